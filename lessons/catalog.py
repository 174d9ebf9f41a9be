"""What is there to learn, as one visitor may see it: drafts exist for staff only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Prefetch, QuerySet
from django.utils.safestring import SafeString

from lessons import progress
from lessons.bookmarks import bookmarks, lesson_places
from lessons.bookmarks.lesson_places import Place
from lessons.content import rendering
from lessons.contents import Entry, contents
from lessons.course_map import MapPart, course_map
from lessons.experiments import predictions
from lessons.experiments.predictions import Bench
from lessons.library import glossary
from lessons.models import Bookmark, Course, Experiment, Learner, Lesson, Status, TraceExercise
from lessons.progress import LessonCard
from lessons.traces import exercises as trace_exercises
from lessons.traces.exercises import TraceBench

User = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class CourseCard:
    course: Course
    lessons: tuple[LessonCard, ...]
    resume: LessonCard | None
    map: tuple[MapPart, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a lesson: prose, the bench of an experiment or a trace, or the place of the playground."""

    html: SafeString | None = None
    bench: Bench | None = None
    trace: TraceBench | None = None
    playground: bool = False


@dataclass(frozen=True, slots=True)
class LessonPage:
    course: Course
    lesson: Lesson
    blocks: tuple[Block, ...]
    card: LessonCard
    previous: Lesson | None
    next: Lesson | None
    preview: bool
    bookmarks: tuple[Bookmark, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def contents(self) -> tuple[Entry, ...]:
        return contents(self.lesson, self.blocks)

    def context(self) -> dict[str, Any]:
        """The fields by name, and the contents."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"contents": self.contents}


def visible_experiments(user: User) -> QuerySet[Experiment]:
    visible = Experiment.objects.filter(lesson__in=Lesson.objects.visible_to(user))
    return visible.select_related("lesson__course", "lesson__scene").prefetch_related("options")


def visible_traces(user: User) -> QuerySet[TraceExercise]:
    return TraceExercise.objects.filter(lesson__in=Lesson.objects.visible_to(user)).select_related(
        "lesson__course", "lesson__scene"
    )


def course_cards(user: User, learner: Learner | None) -> tuple[CourseCard, ...]:
    visible = Prefetch("lessons", queryset=Lesson.objects.visible_to(user), to_attr="visible_lessons")
    courses = Course.objects.visible_to(user).prefetch_related(visible)
    return tuple(_course_card(course, course.visible_lessons, learner) for course in courses)


def course_card(course: Course, user: User, learner: Learner | None) -> CourseCard:
    return _course_card(course, course.lessons.visible_to(user).select_related("course"), learner)


def open_lesson(lesson: Lesson, user: User, learner: Learner | None, *, again: str = "") -> LessonPage:
    """The lesson's page; a learner's first visit is recorded. `again` is the slug of an experiment to predict anew."""
    if learner is not None:
        progress.record_opened(learner, lesson)
    siblings = list(lesson.course.lessons.visible_to(user).select_related("course"))
    place = siblings.index(lesson)
    return LessonPage(
        course=lesson.course,
        lesson=lesson,
        blocks=_blocks(lesson, siblings, learner, again),
        card=progress.lesson_cards([lesson], learner)[0],
        previous=siblings[place - 1] if place else None,
        next=siblings[place + 1] if place + 1 < len(siblings) else None,
        preview=Status.DRAFT in (lesson.status, lesson.course.status),
        bookmarks=bookmarks.of_lesson(learner, lesson),
        places=lesson_places.places(lesson),
    )


def with_bench(page: LessonPage, bench: Bench) -> LessonPage:
    """The page with this bench in the place of its experiment's."""
    return replace(
        page,
        blocks=tuple(
            Block(bench=bench) if block.bench and block.bench.experiment == bench.experiment else block
            for block in page.blocks
        ),
    )


def _course_card(course: Course, lessons: list[Lesson] | QuerySet[Lesson], learner: Learner | None) -> CourseCard:
    cards = progress.lesson_cards(lessons, learner)
    return CourseCard(course=course, lessons=cards, resume=progress.resume_card(cards), map=course_map(course, cards))


def _blocks(lesson: Lesson, siblings: Sequence[Lesson], learner: Learner | None, again: str) -> tuple[Block, ...]:
    """Prose, benches and traces in the author's order; those that the prose does not place come at the end."""
    experiments = lesson.experiments.select_related("lesson__course", "lesson__scene").prefetch_related("options")
    waiting = {experiment.slug: experiment for experiment in experiments}
    terms = glossary.terms(glossary.entries(siblings))
    traces = {trace.slug: trace for trace in lesson.traces.select_related("lesson__course", "lesson__scene")}
    found: list[Block] = []
    for part in rendering.blocks(lesson.body, terms):
        match part:
            case rendering.Text(html):
                found.append(Block(html=html))
            case rendering.Place("experiment", slug) if slug in waiting:
                found.append(Block(bench=_bench(waiting.pop(slug), learner, again)))
            case rendering.Place("trace", slug) if slug in traces:
                found.append(Block(trace=trace_exercises.look(traces.pop(slug), learner)))
            case rendering.Place("playground"):
                found.append(Block(playground=True))
    found.extend(Block(bench=_bench(experiment, learner, again)) for experiment in waiting.values())
    found.extend(Block(trace=trace_exercises.look(trace, learner)) for trace in traces.values())
    if lesson.playground and not any(block.playground for block in found):
        found.append(Block(playground=True))
    return tuple(found)


def _bench(experiment: Experiment, learner: Learner | None, again: str) -> Bench:
    if learner is None or experiment.slug == again:
        return predictions.ask(experiment, learner)
    return predictions.observe(learner, experiment)
