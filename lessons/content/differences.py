"""In which parts two versions of a lesson, or of its quiz, differ: what an import says that it changes.

parts_of(bundle)          {"title": …, "body": …, "experiment one-add": …}, by the names that an author knows
differences(old, new)     "body, experiment one-add, trace alone (new), experiment garbage (gone)"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel

from lessons.content.lesson_bundle import LessonBundle

Parts = Mapping[str, object]
"""JSON by the name of the part."""
ORDER = "the order"

written = partial(BaseModel.model_dump, mode="json", by_alias=True, exclude_defaults=True)
"""As JSON. What has its default does not count: a key that a later version adds changes nothing that lacks it."""


def parts_of(bundle: LessonBundle) -> Parts:
    return {
        **written(bundle.lesson),
        "scene": bundle.scene,
        "playground": bundle.playground.document() if bundle.playground else None,
        **_by_slug("experiment", bundle.experiments),
        **_by_slug("trace", bundle.traces),
    }


def _by_slug(kind: str, items: Iterable[Any]) -> Parts:
    return {f"{kind} {item.slug}": written(item) for item in items}


def differences(old: Parts, new: Parts) -> str:
    """Names of parts, in the order of the new version; that which only the old one has comes last."""
    return ", ".join(_named(old, new)) or ORDER


def _named(old: Parts, new: Parts) -> Iterator[str]:
    for name, value in new.items():
        if name not in old:
            yield f"{name} (new)"
        elif old[name] != value:
            yield name
    yield from (f"{name} (gone)" for name in old if name not in new)
