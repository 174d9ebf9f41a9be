"""Earlier versions of a lesson, for an author who wants one back: text, scene, experiments and traces as one.

keep(lesson, author)         stores the lesson as it is, unless that is its newest version
listed(lesson)               its versions, newest first, and what each of them changed
bring_back(version, author)  makes the lesson what it was; its place and status and the work of learners stay
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from lessons.models import Experiment, Lesson, LessonVersion, PredictionOption, Scene, TraceExercise

MOST_VERSIONS = 100
"""Of one lesson; older ones are forgotten."""
STAYS = ("id", "course", "slug", "position", "status", "scene", "imported_digest")
"""What says where a lesson stands, not what it teaches."""
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """`changed` names what differs from the version before, none for the first; `current`: the lesson is this one."""

    version: LessonVersion
    changed: tuple[str, ...]
    current: bool


def keep(lesson: Lesson, author: User | None) -> None:
    content = _content(lesson)
    newest = lesson.versions.first()
    if newest is None or newest.content != content:
        lesson.versions.create(content=content, author=author)
        kept = lesson.versions.values_list("pk", flat=True)[:MOST_VERSIONS]
        lesson.versions.exclude(pk__in=list(kept)).delete()


def listed(lesson: Lesson) -> list[Listed]:
    versions = list(lesson.versions.select_related("author"))
    current = _content(lesson)
    return [
        Listed(version, _changed(older.content, version.content) if older else (), version.content == current)
        for version, older in zip_longest(versions, versions[1:])
    ]


@transaction.atomic
def bring_back(version: LessonVersion, author: User | None) -> list[Experiment | TraceExercise]:
    """What the lesson was until now is kept as a version of its own.

    Returns what the version does not have and stays all the same, because learners have worked on it.
    """
    lesson, content = version.lesson, version.content
    keep(lesson, None)
    if scene := content["scene"]:
        lesson.scene, _ = Scene.objects.update_or_create(course=lesson.course, slug=scene["slug"], defaults=scene)
    for name, value in content["lesson"].items():
        setattr(lesson, name, value)
    lesson.save()
    newer_traces = lesson.traces.exclude(slug__in=content["traces"])
    newer_traces.filter(answers=None).delete()
    for slug, fields in content["traces"].items():
        lesson.traces.update_or_create(slug=slug, defaults=fields)
    newer_experiments = lesson.experiments.exclude(slug__in=content["experiments"])
    newer_experiments.filter(predictions=None).delete()
    for slug, fields in content["experiments"].items():
        _bring_back_experiment(lesson, slug, dict(fields))
    keep(lesson, author)
    return [*newer_experiments.all(), *newer_traces.all()]


def _bring_back_experiment(lesson: Lesson, slug: str, fields: Fields) -> None:
    options: list[Fields] = fields.pop("options")
    experiment, _ = lesson.experiments.update_or_create(slug=slug, defaults=fields)
    experiment.set_options(options)


def _content(lesson: Lesson) -> dict[str, Any]:
    """Of the database, not of an object that a form has changed."""
    lesson = Lesson.objects.select_related("scene").get(pk=lesson.pk)
    experiments = lesson.experiments.prefetch_related("options")
    return {
        "lesson": _fields(lesson, STAYS),
        "scene": _fields(lesson.scene, ("id", "course")) if lesson.scene else None,
        "experiments": {row.slug: _experiment(row, row.options.all()) for row in experiments},
        "traces": {row.slug: _fields(row, ("id", "lesson", "slug")) for row in lesson.traces.all()},
    }


def _experiment(row: Experiment, options: Iterable[PredictionOption]) -> Fields:
    fields = _fields(row, ("id", "lesson", "slug"))
    return fields | {"options": [_fields(option, ("id", "experiment")) for option in options]}


def _fields(row: models.Model, but: tuple[str, ...]) -> Fields:
    return {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name not in but}


def _changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """The names of what differs, as the admin calls them."""
    before, after = _parts(old), _parts(new)
    return tuple(name for name in {**after, **before} if before.get(name) != after.get(name))


def _parts(content: dict[str, Any]) -> dict[str, object]:
    names = {field.name: str(field.verbose_name) for field in Lesson._meta.concrete_fields}
    parts = {names[name]: value for name, value in content["lesson"].items() if name in names}
    parts[str(Scene._meta.verbose_name)] = content["scene"]
    for model, key in ((Experiment, "experiments"), (TraceExercise, "traces")):
        parts |= {f"{model._meta.verbose_name} {slug}": fields for slug, fields in content[key].items()}
    return parts
