"""Where a learner stands with a quiz: the attempts so far, the best score, and whether another may be started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from lessons.models import Learner
from quizzes.grading.scores import Score, best, score_of
from quizzes.models import Attempt, Quiz
from quizzes.policies import showing
from quizzes.policies.deducting import deducted
from quizzes.policies.finding import rules_for
from quizzes.policies.refusals import refusal
from quizzes.policies.rules import Rules
from quizzes.policies.tries import FREE
from quizzes.questions import drawing

State = Attempt.State


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One attempt in a list, with the score that counts of it (None: not graded yet, or `hidden`).

    `number`: which try it is for its class, or for none, from 1; None when it was set aside.
    """

    attempt: Attempt
    score: Score | None
    hidden: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`past`: newest first, those that count; `others`: those that do not count here, newest first.

    `refusal`: why nothing can be started; "" when something can. `coming`: what is taken off an attempt that starts
    now. `notes`: what will not show as soon as it is graded, until when. `max_score`: in points.
    """

    past: tuple[PastAttempt, ...]
    others: tuple[PastAttempt, ...]
    current: PastAttempt | None
    best: Score | None
    rules: Rules
    refusal: str
    coming: list[dict[str, Any]]
    notes: tuple[str, ...]
    question_count: int
    max_score: int

    @property
    def tries(self) -> int:
        return len(using_tries(self.past))

    @property
    def max_attempts(self) -> int | None:
        return self.rules.max_attempts

    @property
    def attempts_left(self) -> int | None:
        """None without a limit."""
        return None if self.max_attempts is None else max(0, self.max_attempts - self.tries)

    @property
    def may_start(self) -> bool:
        return self.current is not None or not self.refusal


def overview(quiz: Quiz, learner: Learner | None, now: datetime | None = None) -> Overview:
    now = now or timezone.now()
    every = past_attempts(quiz, learner, now)
    rules = rules_for(quiz, learner)
    past = tuple(row for row in every if counts(row.attempt, rules))
    count, points = drawing.size(quiz.questions.all(), list(quiz.pools.all()))
    used = using_tries(past)
    last_submitted_at = max((row.attempt.submitted_at for row in used if row.attempt.submitted_at), default=None)
    why_not = refusal(rules, len(used), last_submitted_at, now)
    if not count:
        why_not = gettext("This quiz has no questions yet.")
    return Overview(
        past=past,
        others=tuple(row for row in every if row not in past),
        current=next((row for row in every if goes_on(row.attempt, rules)), None),
        best=best([row.score for row in past if row.score]),
        rules=rules,
        refusal=why_not,
        coming=deducted(rules, len(used), late=rules.is_late(now, now)),
        notes=showing.announced(quiz, rules),
        question_count=count,
        max_score=points,
    )


def past_attempts(quiz: Quiz, learner: Learner | None, now: datetime) -> tuple[PastAttempt, ...]:
    if learner is None:
        return ()
    found = quiz.attempts.filter(learner=learner).select_related("learner", "enrolment")
    attempts = found.prefetch_related("grades", "manual_grades").order_by("-number")
    hidden = showing.without_points(quiz, attempts, now)
    numbers = numbered(attempts)
    return tuple(
        PastAttempt(
            attempt=attempt,
            score=None if attempt.pk in hidden else score_of(attempt),
            hidden=attempt.pk in hidden,
            number=numbers.get(attempt.pk),
        )
        for attempt in attempts
    )


def numbered(newest_first: Iterable[Attempt]) -> dict[int, int]:
    """As policies.tries.number_of numbers one attempt, for all of a learner's at one quiz; by their keys."""
    tries: Counter[int | None] = Counter()
    numbers = {}
    for attempt in reversed(list(newest_first)):
        if attempt.state != State.SET_ASIDE:
            numbers[attempt.pk] = tries[attempt.enrolment_id] + 1
            tries[attempt.enrolment_id] += attempt.state not in FREE
    return numbers


def best_of(quiz: Quiz, learner: Learner | None) -> Score | None:
    """The best score, whether or not the learner sees it yet."""
    graded = quiz.attempts.filter(learner=learner).prefetch_related("grades", "manual_grades")
    return best([score for attempt in graded if (score := score_of(attempt))])


def using_tries(rows: Iterable[PastAttempt]) -> list[PastAttempt]:
    return [row for row in rows if row.attempt.state not in FREE]


def counts(attempt: Attempt, rules: Rules) -> bool:
    """Whether it is one of the tries that these rules limit: those for the same class, or those for none."""
    return attempt.state != State.SET_ASIDE and attempt.enrolment_id == enrolment_id(attempt, rules)


def goes_on(attempt: Attempt, rules: Rules) -> bool:
    """Whether this attempt is what “start” leads to. One for no class does not go on as one for a class."""
    if attempt.state != State.IN_PROGRESS:
        return False
    return attempt.enrolment_id is not None or enrolment_id(attempt, rules) is None


def enrolment_id(attempt: Attempt, rules: Rules) -> int | None:
    """The class that an attempt of this learner counts for; a stand-in's never counts."""
    if rules.enrolment is None or attempt.learner.stand_in_of_id is not None:
        return None
    return rules.enrolment.pk
