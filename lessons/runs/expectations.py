"""Conditions on what the engine found: dotted paths and what must be found there. Pure.

`{"seen_by_server.source_ip": "10.244.1.9", "request.hops.0.packet.ip.ttl": 64}` holds when both values are there. A
list of values means any of them, a mapping of one operation to its operand means that it holds: `{contains: text}`,
`{not: value}`, `{at_least: 3}`, `{at_most: 3}`, `{count: 3}` (entries of a list). A path that leads nowhere has the
value None, for which only `not` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def holds(when: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether everything that `when` says is so in the document. An empty condition never holds."""
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
    if isinstance(expected, Mapping):
        ((operation, operand),) = expected.items()
        return OPERATIONS[operation](actual, operand)
    if isinstance(expected, list | tuple):
        return any(_matches(choice, actual) for choice in expected)
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def _contains(actual: Any, operand: Any) -> bool:
    if isinstance(actual, str):
        return str(operand) in actual
    return isinstance(actual, list | tuple) and any(_matches(operand, entry) for entry in actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OPERATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "contains": _contains,
    "not": lambda actual, operand: not _matches(operand, actual),
    "at_least": lambda actual, operand: _is_number(actual) and actual >= operand,
    "at_most": lambda actual, operand: _is_number(actual) and actual <= operand,
    "count": lambda actual, operand: isinstance(actual, list | tuple) and len(actual) == operand,
}
