"""Conditions on an exchange: dotted paths and the values that must be found there. Pure.

`{"seen_by_server.source_ip": "10.244.1.9", "request.hops.0.packet.ip.ttl": 64}` holds when both values are there. A
list of values means any of them. A path that leads nowhere has the value None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def holds(when: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether every path of `when` has its value in the document. An empty condition never holds."""
    return bool(when) and all(_matches(expected, value_at(path, document)) for path, expected in when.items())


def value_at(path: str, document: Any) -> Any:
    """The value at a dotted path; numbers index lists (negative ones from the end). None where the path ends early."""
    value = document
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.lstrip("-").isdecimal() and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _matches(expected: Any, actual: Any) -> bool:
    if isinstance(expected, list | tuple):
        return any(_matches(choice, actual) for choice in expected)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)
