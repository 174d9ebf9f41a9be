"""What the engine raises: bad input only. A packet that does not arrive is a result, never an error."""

from __future__ import annotations


class NetsimError(Exception):
    """The engine cannot do what was asked; the message says what and, where possible, what would work."""


class InputError(NetsimError):
    """Input that cannot be accepted, with its place.

    Attributes:
        file: name of the text as the caller gave it.
        line: line in that text, counted from 1.
        path: the key inside the document, such as ``spec.ports[0].port``; empty for the whole document.
        message: what is wrong and what is allowed.
    """

    def __init__(self, file: str, line: int, path: str, message: str) -> None:
        super().__init__(file, line, path, message)
        self.file = file
        self.line = line
        self.path = path
        self.message = message

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: "
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"
