"""The learners of a class by what the questions test: the share of the points that they earned on each objective.

It reads the engine's marks of the attempt that counts at each quiz, before deductions. What a person set is a score
of the whole attempt, so it changes nothing here. Beside it stands mastery (quizzes.review.evidence), which practice
raises, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from lessons.models import Course, Lesson
from quizzes.gradebook.table import Gradebook, Row
from quizzes.models import Mark, Question
from quizzes.percentages import percent_of
from quizzes.review.evidence import Mastery, masteries

Key = tuple[int, int]
"""(quiz, objective); objectives count from 1 in the lesson's list."""
HIGH, MIDDLE = 80, 50
AT_ONCE = 10_000
"""Keys in one query: SQLite takes 32,766 parameters at most (SQLITE_MAX_VARIABLE_NUMBER)."""


@dataclass(frozen=True, slots=True)
class Share:
    """Points on the questions about one objective."""

    earned: Decimal
    points: int

    @property
    def percent(self) -> Decimal:
        return percent_of(self.earned, self.points)

    @property
    def rounded(self) -> str:
        """Percent in whole numbers, halves up as `floatformat` rounds them."""
        return str(self.percent.quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def level(self) -> str:
        return "high" if self.percent >= HIGH else "middle" if self.percent >= MIDDLE else "low"


@dataclass(frozen=True, slots=True)
class Objective:
    """`share`: of everybody who is shown; None where nobody was asked."""

    lesson: Lesson
    quiz: int
    number: int
    text: str
    share: Share | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One learner at one objective; None for what they were never asked."""

    objective: Objective
    share: Share | None
    mastery: Mastery | None


@dataclass(frozen=True, slots=True)
class Group:
    """The objectives of one lesson."""

    lesson: Lesson
    objectives: tuple[Objective, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: each row of the gradebook with its standings, in the order of the groups."""

    groups: tuple[Group, ...]
    rows: tuple[tuple[Row, tuple[Standing, ...]], ...]


def objectives_of(course: Course, gradebook: Gradebook, rows: Sequence[Row]) -> Table:
    """`rows`: those of the gradebook that a page shows; the shares of objectives are of all of them."""
    asked = asked_about(gradebook)
    shares = shares_of(gradebook.rows)
    totals = totals_of(shares)
    groups = tuple(group_of(each.quiz.lesson, each.quiz_id, asked, totals) for each in gradebook.assignments)
    learners = {row.enrolment.learner_id: row.enrolment.learner for row in rows}
    mastered = masteries(learners, course)
    groups = tuple(group for group in groups if group.objectives)
    return Table(groups, tuple((row, standings_of(row, groups, shares, mastered)) for row in rows))


def standings_of(
    row: Row,
    groups: Iterable[Group],
    shares: Mapping[tuple[int, Key], Share],
    mastered: Mapping[int, Mapping[tuple[int, int], Mastery]],
) -> tuple[Standing, ...]:
    learner = row.enrolment.learner_id
    return tuple(
        Standing(
            objective,
            shares.get((row.enrolment.pk, (objective.quiz, objective.number))),
            mastered[learner].get((objective.lesson.pk, objective.number)),
        )
        for group in groups
        for objective in group.objectives
    )


def asked_about(gradebook: Gradebook) -> set[Key]:
    quizzes = [assignment.quiz_id for assignment in gradebook.assignments]
    found = Question.objects.filter(quiz__in=quizzes, objective__isnull=False).order_by()
    return {(quiz, objective) for quiz, objective in found.values_list("quiz", "objective") if objective}


def group_of(lesson: Lesson, quiz: int, asked: Collection[Key], totals: Mapping[Key, Share]) -> Group:
    objectives = (
        Objective(lesson, quiz, number, str(text), totals.get((quiz, number)))
        for number, text in enumerate(lesson.objectives, start=1)
        if (quiz, number) in asked
    )
    return Group(lesson, tuple(objectives))


def totals_of(shares: Mapping[tuple[int, Key], Share]) -> dict[Key, Share]:
    """Of everybody together."""
    earned: dict[Key, Decimal] = defaultdict(Decimal)
    points: dict[Key, int] = defaultdict(int)
    for (_enrolment, key), share in shares.items():
        earned[key] += share.earned
        points[key] += share.points
    return {key: Share(earned[key], points[key]) for key in earned}


def shares_of(rows: Iterable[Row]) -> dict[tuple[int, Key], Share]:
    """By enrolment and objective, over the attempts that count. One query for ten thousand of them."""
    graded = {
        cell.score.grade.pk: (cell.enrolment.pk, cell.assignment.quiz_id)
        for row in rows
        for cell in row.cells
        if cell.score is not None
    }
    sums: dict[tuple[int, Key], Share] = {}
    keys = list(graded)
    for start in range(0, len(keys), AT_ONCE):
        marks = Mark.objects.filter(
            grade__in=keys[start : start + AT_ONCE], answer__revision__question__objective__isnull=False
        )
        by_objective = marks.order_by().values_list("grade", "answer__revision__question__objective")
        for grade, objective, earned, points in by_objective.annotate(Sum("earned"), Sum("points")):
            enrolment, quiz = graded[grade]
            sums[enrolment, (quiz, objective)] = Share(earned, points)
    return sums
