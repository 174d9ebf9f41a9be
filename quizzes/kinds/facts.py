"""Reads facts out of an exchange document by dotted paths, such as `seen_by_server.source_ip`.

Conditions mean what they mean in experiments (lessons.runs.expectations); here a path that no exchange can have is the
author's mistake and is reported, because a key that never holds would mark learners wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from lessons.runs import expectations
from quizzes.errors import UngradableQuestionError
from quizzes.kinds.base import Exchange


def holds(when: Mapping[str, Any], exchange: Exchange, key: str) -> bool:
    """Whether every path has the value that is expected. Raises UngradableQuestionError for an unknown path."""
    for path in when:
        require_path(path, exchange, key)
    return expectations.holds(when, exchange)


def value_at(path: str, exchange: Exchange, key: str) -> Any:
    """The value at a path; None below a fact that is null. Raises UngradableQuestionError for an unknown path."""
    require_path(path, exchange, key)
    return expectations.value_at(path, exchange)


def require_path(path: str, exchange: Exchange, key: str) -> None:
    """Raises UngradableQuestionError, naming the specification's key and what there is instead, for an unknown name."""
    parts = path.split(".")
    for depth, part in enumerate(parts):
        place = ".".join(parts[:depth])
        value = expectations.value_at(place, exchange) if place else exchange
        if isinstance(value, Mapping) and part not in value:
            raise UngradableQuestionError(
                gettext("{key}: {place} has no {part}; it has {known}").format(
                    key=key, place=place or gettext("the exchange"), part=repr(part), known=", ".join(map(str, value))
                )
            )
        if isinstance(value, str | int | float):
            raise UngradableQuestionError(
                gettext("{key}: {place} is {value}, so there is no {part} below it").format(
                    key=key, place=place, value=repr(value), part=repr(part)
                )
            )
