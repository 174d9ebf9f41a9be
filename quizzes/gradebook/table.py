"""The gradebook of a class.

    gradebook_of(course_class, people, now)   a row for each person, a column for each assigned quiz
    narrowed(gradebook, wanted)               the rows that somebody wants to see, in the order they want

Of each quiz the best attempt counts (quizzes.grading.scores). The overall grade is the mean of the quizzes by their
weights: of those that have a score, and of those that were missed, as 0. What is still open is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from classes.models import CourseClass, Enrolment
from quizzes.assigning.planning import assignments_of
from quizzes.gradebook.cells import Cell, State, cells_of
from quizzes.gradebook.stuck import Reason, reasons_of, signs_of
from quizzes.models import Assignment


@dataclass(frozen=True, slots=True)
class Row:
    """One person. `percent`: overall, 0 to 100; None while nothing counts. `active_at`: None for never."""

    enrolment: Enrolment
    cells: tuple[Cell, ...]
    percent: Decimal | None
    reasons: tuple[Reason, ...]
    active_at: datetime | None

    @property
    def passed(self) -> int:
        return sum(cell.state == State.PASSED for cell in self.cells)

    @property
    def started(self) -> bool:
        return any(cell.attempts for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Column:
    """One quiz. `mean`: of those who have a score, 0 to 100; None where nobody has."""

    assignment: Assignment
    mean: Decimal | None
    graded: int
    passed: int


@dataclass(frozen=True, slots=True)
class Gradebook:
    """Columns count the rows that are in it."""

    assignments: tuple[Assignment, ...]
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(
            column_of(assignment, [row.cells[place] for row in self.rows])
            for place, assignment in enumerate(self.assignments)
        )

    @property
    def mean(self) -> Decimal | None:
        return mean([row.percent for row in self.rows if row.percent is not None])

    @property
    def stuck(self) -> int:
        return sum(bool(row.reasons) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`sort`: name, overall, active or the key of an assignment; a minus before it turns it round."""

    words: str = ""
    state: str = ""
    quiz: int | None = None
    sort: str = "name"


def gradebook_of(course_class: CourseClass, people: QuerySet[Enrolment], now: datetime) -> Gradebook:
    """Thirteen queries, however many people there are. `people` selects learner, user and section, and is no slice."""
    assignments = tuple(assignments_of(course_class))
    signs = signs_of(people.order_by().values("learner"), course_class.course)
    rows = (
        Row(
            enrolment,
            cells,
            overall(cells),
            reasons_of(enrolment, cells, signs, now),
            signs.last_active.get(enrolment.learner_id),
        )
        for enrolment, cells in cells_of(assignments, people, now)
    )
    return Gradebook(assignments, tuple(rows))


def overall(cells: Iterable[Cell]) -> Decimal | None:
    weights, earned = 0, Decimal(0)
    for cell in cells:
        percent, weight = cell.percent, cell.assignment.weight
        if percent is not None:
            weights += weight
            earned += weight * percent
    return earned / weights if weights else None


def narrowed(gradebook: Gradebook, wanted: Wanted) -> Gradebook:
    """With one column only where a quiz is wanted; what is overall stays so."""
    rows = [row for row in gradebook.rows if fits(row, wanted)]
    rows = in_order(rows, gradebook.assignments, wanted.sort)
    places = [place for place, each in enumerate(gradebook.assignments) if wanted.quiz in (None, each.quiz_id)]
    kept = (replace(row, cells=tuple(row.cells[place] for place in places)) for row in rows)
    return Gradebook(tuple(gradebook.assignments[place] for place in places), tuple(kept))


def fits(row: Row, wanted: Wanted) -> bool:
    user = row.enrolment.learner.user
    said = f"{row.enrolment.name} {user.get_username()} {user.email}" if user else row.enrolment.name
    if not all(word in said.casefold() for word in wanted.words.casefold().split()):
        return False
    cells = [cell for cell in row.cells if wanted.quiz in (None, cell.assignment.quiz_id)]
    counting = [cell for cell in cells if cell.assignment.weight or wanted.quiz is not None]
    match wanted.state:
        case "passed":
            return bool(counting) and all(cell.state == State.PASSED for cell in counting)
        case "not_passed":
            return any(cell.state in (State.NOT_PASSED, State.MISSED) for cell in counting)
        case "not_started":
            return not any(cell.attempts for cell in cells)
        case "stuck":
            return bool(row.reasons)
    return True


def in_order(rows: Sequence[Row], assignments: Sequence[Assignment], sort: str) -> list[Row]:
    """Rows without a value come last either way; equal ones by name."""
    key, turned = value_of(sort.removeprefix("-"), assignments), sort.startswith("-")
    by_name = sorted(rows, key=lambda row: sort_name(row.enrolment))
    with_value = [row for row in by_name if key(row) is not None]
    ordered = sorted(with_value, key=key, reverse=turned)
    return ordered + [row for row in by_name if key(row) is None]


def value_of(sort: str, assignments: Sequence[Assignment]) -> Callable[[Row], Any]:
    places = {str(assignment.pk): place for place, assignment in enumerate(assignments)}
    if sort in places:
        return lambda row: row.cells[places[sort]].percent
    values: dict[str, Callable[[Row], Any]] = {
        "overall": lambda row: row.percent,
        "active": lambda row: row.active_at,
        "section": lambda row: row.enrolment.section.name.casefold() if row.enrolment.section else None,
    }
    return values.get(sort, lambda row: sort_name(row.enrolment))


def sort_name(enrolment: Enrolment) -> tuple[str, str, str]:
    user = enrolment.learner.user
    if user is None:
        return "", "", enrolment.name.casefold()
    return user.last_name.casefold(), user.first_name.casefold(), user.get_username().casefold()


def column_of(assignment: Assignment, cells: Sequence[Cell]) -> Column:
    percents = [cell.score.percent for cell in cells if cell.score is not None]
    return Column(assignment, mean(percents), len(percents), sum(cell.state == State.PASSED for cell in cells))


def mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None
