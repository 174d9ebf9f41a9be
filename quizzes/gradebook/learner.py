"""Everything about one learner of a class that its staff may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from classes.models import Enrolment
from lessons.experiments import calibration
from lessons.experiments.calibration import Calibration
from lessons.models import Course, Learner, Lesson, LessonProgress, Prediction
from quizzes.gradebook.activity import Week, weeks_of
from quizzes.gradebook.cells import Cell
from quizzes.gradebook.objectives import Group, Standing, objectives_of
from quizzes.gradebook.table import Row, gradebook_of
from quizzes.grading.scores import Score
from quizzes.models import Attempt, PracticeAnswer

PREDICTIONS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of a cell; `counts`: it is the best."""

    attempt: Attempt
    score: Score | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Work:
    """One assigned quiz with every attempt at it, newest first."""

    cell: Cell
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True)
class LessonWork:
    """How far a learner is in one lesson: first predictions that have an outcome, and how many were right."""

    lesson: Lesson
    progress: LessonProgress | None
    predicted: int
    right: int


@dataclass(frozen=True, slots=True)
class LearnerPage:
    row: Row
    works: tuple[Work, ...]
    lessons: tuple[LessonWork, ...]
    predictions: tuple[Prediction, ...]
    calibration: Calibration
    groups: tuple[Group, ...]
    standings: tuple[Standing, ...]
    practiced: int
    practiced_right: int
    weeks: tuple[Week, ...]

    @property
    def mastered(self) -> int:
        return sum(each.mastery is not None and each.mastery.mastered for each in self.standings)


def look(enrolment: Enrolment, now: datetime) -> LearnerPage:
    learner, course = enrolment.learner, enrolment.course_class.course
    me = Enrolment.objects.filter(pk=enrolment.pk).select_related("learner__user", "section")
    gradebook = gradebook_of(enrolment.course_class, me, now)
    row = gradebook.rows[0]
    table = objectives_of(course, gradebook, [row])
    practice = PracticeAnswer.objects.filter(learner=learner, lesson__course=course, right__isnull=False)
    counts = practice.aggregate(all=Count("pk"), right=Count("pk", filter=Q(right=True)))
    return LearnerPage(
        row=row,
        works=works_of(row.cells),
        lessons=lessons_of(learner, course),
        predictions=newest_predictions(learner, course),
        calibration=calibration.of_learner(learner, course),
        groups=table.groups,
        standings=table.rows[0][1],
        practiced=counts["all"],
        practiced_right=counts["right"],
        weeks=weeks_of(learner, course, now),
    )


def works_of(cells: Sequence[Cell]) -> tuple[Work, ...]:
    return tuple(Work(cell, tuple(tries_of(cell))) for cell in cells)


def tries_of(cell: Cell) -> list[Try]:
    scores = {score.attempt.pk: score for score in cell.scores}
    counting = cell.score.attempt.pk if cell.score else None
    return [Try(each, scores.get(each.pk), each.pk == counting) for each in reversed(cell.attempts)]


def lessons_of(learner: Learner, course: Course) -> tuple[LessonWork, ...]:
    """Lessons in which the learner did something, in the order of the course."""
    progress = {row.lesson_id: row for row in LessonProgress.objects.filter(learner=learner, lesson__course=course)}
    first = Prediction.objects.filter(learner=learner, experiment__lesson__course=course, round=1, right__isnull=False)
    counted: Any = (
        first.order_by()
        .values_list("experiment__lesson")
        .annotate(all=Count("pk"), right=Count("pk", filter=Q(right=True)))
    )
    predicted = {lesson: (count, right) for lesson, count, right in counted}
    lessons = Lesson.objects.filter(course=course, pk__in={*progress, *predicted}).select_related("course")
    return tuple(LessonWork(lesson, progress.get(lesson.pk), *predicted.get(lesson.pk, (0, 0))) for lesson in lessons)


def newest_predictions(learner: Learner, course: Course) -> tuple[Prediction, ...]:
    mine = Prediction.objects.filter(learner=learner, experiment__lesson__course=course)
    related = mine.select_related("experiment__lesson__course")
    return tuple(related.order_by("-pk")[:PREDICTIONS_SHOWN])
