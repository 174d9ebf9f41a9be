"""Reads single facts out of an exchange document by a dotted path, such as `seen_by_server.source_ip`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quizzes.kinds.base import Exchange, UngradableQuestionError


def value_at(path: str, exchange: Exchange, key: str) -> Any:
    """The value at a path; None below a fact that is null. A number picks from a list: `request.hops.0.netns`.

    Raises UngradableQuestionError, naming the specification's key, for a path that no exchange document has.
    """
    value: Any = exchange
    walked: list[str] = []
    for part in path.split("."):
        if value is None:
            return None
        try:
            value = value[int(part)] if is_list(value) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            place = ".".join(walked) or "the exchange"
            raise UngradableQuestionError(f"{key}: {place} has no {part!r}; {offers(value)}") from None
        walked.append(part)
    return value


def holds(when: Mapping[str, Any], exchange: Exchange, key: str) -> bool:
    """Whether every path has the value that is expected. Raises UngradableQuestionError for an unknown path."""
    found = {path: value_at(path, exchange, key) for path in when}
    return found == dict(when)


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def offers(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"it has {', '.join(map(str, value))}"
    if is_list(value):
        return f"it is a list of {len(value)}"
    return f"it is {value!r}"
