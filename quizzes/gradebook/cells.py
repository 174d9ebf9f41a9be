"""One learner at one assigned quiz: which attempt counts, and how it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy

from classes.models import Enrolment
from quizzes.grading.scores import Score, best, scores_of
from quizzes.models import Assignment, Attempt, Extension
from quizzes.policies.rules import Rules
from quizzes.policies.tries import FREE


class State(TextChoices):
    """How a learner stands with a quiz. Missed: it closed before they handed anything in."""

    PASSED = "passed", gettext_lazy("passed")
    NOT_PASSED = "not_passed", gettext_lazy("not passed")
    WAITING = "waiting", gettext_lazy("waits for its grade")
    IN_PROGRESS = "in_progress", gettext_lazy("in progress")
    NOT_STARTED = "not_started", gettext_lazy("not started")
    NOT_OPEN = "not_open", gettext_lazy("not open yet")
    MISSED = "missed", gettext_lazy("missed")


UNGRADED = {
    Attempt.State.SUBMITTED: State.WAITING,
    Attempt.State.FAILED: State.WAITING,
    Attempt.State.IN_PROGRESS: State.IN_PROGRESS,
}

SHOWN = ("learner", "quiz", "number", "state", "enrolment", "pass_percent", "started_at", "closed_by_clock")
"""What tables read of an attempt: a class has thousands of them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`attempts`, and the `scores` of those that are graded: oldest first. `score`: the best, which counts.

    `closes_at`: for this learner, late work included; None: never.
    """

    assignment: Assignment
    enrolment: Enrolment
    attempts: tuple[Attempt, ...]
    scores: tuple[Score, ...]
    score: Score | None
    state: State
    closes_at: datetime | None
    extension: Extension | None

    @property
    def graded(self) -> int:
        return len(self.scores)

    @property
    def percent(self) -> Decimal | None:
        """0 to 100 where it counts: None while there is nothing to count, 0 for what was missed."""
        if self.score is not None:
            return self.score.percent
        return Decimal(0) if self.state == State.MISSED else None

    @property
    def deducted(self) -> int:
        """Percent that the policy took off the attempt that counts; 0 where a person set its score."""
        if self.score is None or self.score.manual is not None:
            return 0
        return min(100, sum(deduction["percent"] for deduction in self.score.grade.deductions))

    @property
    def manual(self) -> bool:
        return self.score is not None and self.score.manual is not None

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do for the learner."""
        return self.state in (State.NOT_STARTED, State.IN_PROGRESS)

    @property
    def tries_left(self) -> int | None:
        """None without a limit."""
        policy = self.assignment.policy or self.assignment.quiz.policy
        if policy is None or policy.max_attempts is None:
            return None
        more = self.extension.extra_attempts if self.extension else 0
        used = sum(attempt.state not in FREE for attempt in self.attempts)
        return max(0, policy.max_attempts + more - used)

    @property
    def shown(self) -> Attempt | None:
        """The attempt that counts, else the newest."""
        return self.score.attempt if self.score else self.attempts[-1] if self.attempts else None


def attempts_of(enrolments: QuerySet[Any]) -> QuerySet[Attempt]:
    """Those that count for these people's class. `enrolments` are people: nothing of a stand-in is in a gradebook."""
    counting = Attempt.objects.filter(enrolment__in=enrolments)
    return counting.exclude(state=Attempt.State.SET_ASIDE).only(*SHOWN).order_by("number")


def cells_of(
    assignments: Sequence[Assignment], enrolments: QuerySet[Enrolment], now: datetime
) -> Iterator[tuple[Enrolment, tuple[Cell, ...]]]:
    """For each person a cell for each assignment, in five queries. `enrolments` is not sliced."""
    attempts = attempts_of(enrolments.order_by().values("pk"))
    scores = scores_of(attempts)
    tries: dict[tuple[int | None, int], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        tries[attempt.enrolment_id, attempt.quiz_id].append(attempt)
    given = {(row.enrolment_id, row.quiz_id): row for row in Extension.objects.filter(enrolment__in=enrolments)}
    for enrolment in enrolments:
        keys = [(enrolment.pk, assignment.quiz_id) for assignment in assignments]
        cells = (
            cell_of(assignment, enrolment, tries.get(key, ()), scores, given.get(key), now)
            for assignment, key in zip(assignments, keys, strict=True)
        )
        yield enrolment, tuple(cells)


def cell_of(
    assignment: Assignment,
    enrolment: Enrolment,
    attempts: Sequence[Attempt],
    scores: dict[int, Score],
    extension: Extension | None,
    now: datetime,
) -> Cell:
    closes_at = last_moment(assignment, enrolment, extension)
    found = [scores[attempt.pk] for attempt in attempts if attempt.pk in scores]
    score = best(found)
    state = state_of(assignment, attempts, score, closes_at, now)
    return Cell(assignment, enrolment, tuple(attempts), tuple(found), score, state, closes_at, extension)


def state_of(
    assignment: Assignment,
    attempts: Sequence[Attempt],
    score: Score | None,
    closes_at: datetime | None,
    now: datetime,
) -> State:
    if score is not None:
        return State.PASSED if score.passed else State.NOT_PASSED
    if attempts:
        return UNGRADED.get(Attempt.State(attempts[-1].state), State.WAITING)
    if assignment.opens_at is not None and now < assignment.opens_at:
        return State.NOT_OPEN
    return State.MISSED if closes_at is not None and now >= closes_at else State.NOT_STARTED


def last_moment(assignment: Assignment, enrolment: Enrolment, extension: Extension | None) -> datetime | None:
    """Until when this learner may start, as quizzes.policies decides it."""
    return window(assignment, enrolment, extension).last_moment


def window(assignment: Assignment, enrolment: Enrolment, extension: Extension | None) -> Rules:
    """When this learner may start: of the rules that hold for them nothing but the moments."""
    rules = Rules(opens_at=assignment.opens_at, closes_at=assignment.closes_at, late_until=assignment.late_until)
    if extension is None:
        return rules
    return rules.granted(enrolment.time_factor, extension.extra_minutes, extension.extra_attempts, extension.closes_at)
