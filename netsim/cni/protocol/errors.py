"""What a plugin answers when it cannot do what it was asked (CNI specification 1.1.0, section 5, "Error")."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """Well-known codes; from 100 on they are a plugin's own. INTERNAL is what the reference library gives to any error
    without a code (containernetworking/cni pkg/types/types.go ErrInternal)."""

    INCOMPATIBLE_VERSION = 1
    UNSUPPORTED_FIELD = 2
    UNKNOWN_CONTAINER = 3
    INVALID_ENVIRONMENT = 4
    IO_FAILURE = 5
    DECODING_FAILURE = 6
    INVALID_CONFIG = 7
    INVALID_NETNS = 8
    TRY_AGAIN_LATER = 11
    PLUGIN_NOT_AVAILABLE = 50
    LIMITED_CONNECTIVITY = 51
    INTERNAL = 999


class CniError(Exception):
    """A failed invocation: what the plugin prints to standard output before it exits with 1."""

    def __init__(self, message: str, code: int = Code.INTERNAL, details: str = "") -> None:
        super().__init__(message, code, details)
        self.message = message
        self.code = int(code)
        self.details = details

    def __str__(self) -> str:
        return f"{self.message}; {self.details}" if self.details else self.message

    def document(self) -> dict[str, Any]:
        """The error's JSON object."""
        document: dict[str, Any] = {"code": self.code, "msg": self.message}
        return document | ({"details": self.details} if self.details else {})
