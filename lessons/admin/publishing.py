"""Publishing: what a lesson must satisfy before learners see it, and the admin's actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

import netsim
from lessons import phrases
from lessons.content import authoring
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError
from lessons.models import Course, Experiment, Lesson, Scene, Status, TraceExercise
from lessons.playground import authoring as playground_authoring
from lessons.traces import importing as trace_importing


def lesson_problems(lesson: Lesson) -> tuple[str, ...]:
    """Why learners should not see this lesson yet; each names the experiment or trace. Runs the engine."""
    if not lesson.body.strip():
        return (gettext("it has no text."),)
    experiments = lesson.experiments.select_related("lesson__scene").prefetch_related("options")
    found = [experiment_problem(experiment) for experiment in experiments]
    found += [trace_problem(exercise) for exercise in lesson.traces.select_related("lesson__scene")]
    return (
        *authoring.places_problems(lesson),
        *(problem for problem in found if problem),
        *playground_problems(lesson),
    )


def playground_problems(lesson: Lesson) -> tuple[str, ...]:
    """Why the lesson's playground cannot be offered; each names the key."""
    try:
        return tuple(
            gettext("Playground: {problem}").format(problem=problem)
            for problem in playground_authoring.problems(lesson)
        )
    except ContentError as error:
        return tuple(gettext("Playground: {problem}").format(problem=problem) for problem in error.problems)


def experiment_problem(experiment: Experiment) -> str:
    """Why this experiment cannot be offered, or ""."""
    try:
        exchange = authoring.exchange_of(experiment.scenario())
    except (ContentError, ManifestError) as error:
        return gettext("Experiment “{experiment}”: {problem}").format(experiment=experiment, problem=error)
    problem = authoring.options_problem(exchange, [option.when for option in experiment.options.all()])
    if not problem:
        return ""
    return gettext("Experiment “{experiment}”: {problem}").format(experiment=experiment, problem=problem)


def trace_problem(exercise: TraceExercise) -> str:
    """Why this trace cannot be offered, or ""."""
    try:
        problems = trace_importing.exercise_problems(exercise)
    except (ContentError, ManifestError, netsim.NetsimError) as error:
        problems = (phrases.shown(str(error)),)
    if not problems:
        return ""
    return gettext("Trace “{trace}”: {problem}").format(trace=exercise, problem=" ".join(problems))


def settle(request: HttpRequest, lesson: Lesson) -> None:
    """Makes a draft of a published lesson that is not fit for learners, and tells its author why."""
    problems = lesson_problems(lesson) if lesson.status == Status.PUBLISHED else ()
    for problem in problems:
        messages.warning(request, gettext("Saved as a draft: {problem}").format(problem=problem))
    if problems:
        Lesson.objects.filter(pk=lesson.pk).update(status=Status.DRAFT)


def tell_of_scene(request: HttpRequest, scene: Scene, but: Lesson | None = None) -> None:
    """Says which experiments of published lessons a change of their scene broke, `but` for one lesson."""
    for lesson in scene.lessons.filter(status=Status.PUBLISHED):
        if lesson == but:
            continue
        for problem in lesson_problems(lesson):
            words = gettext("This scene is used by the published lesson “{lesson}”. {problem}")
            messages.warning(request, words.format(lesson=lesson, problem=problem))


@admin.action(description=gettext_lazy("Publish"), permissions=["change"])
def publish_lessons(model_admin: Any, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
    for lesson in queryset:
        problems = lesson_problems(lesson)
        for problem in problems:
            words = gettext("“{lesson}” was not published: {problem}")
            messages.error(request, words.format(lesson=lesson, problem=problem))
        if not problems:
            Lesson.objects.filter(pk=lesson.pk).update(status=Status.PUBLISHED)
            messages.success(request, gettext("“{lesson}” is published.").format(lesson=lesson))


@admin.action(description=gettext_lazy("Publish"), permissions=["change"])
def publish_courses(model_admin: Any, request: HttpRequest, queryset: QuerySet[Course]) -> None:
    count = queryset.update(status=Status.PUBLISHED)
    words = gettext("{count} published. Learners see its lessons that are published too.")
    messages.success(request, words.format(count=count))


@admin.action(description=gettext_lazy("Back to draft (only staff see it)"), permissions=["change"])
def make_draft(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    count = queryset.update(status=Status.DRAFT)
    words = gettext("{count} back to draft. Learners' work is kept.")
    messages.success(request, words.format(count=count))
