"""One attempt for an instructor: every answer as it was given, in the variant that was asked, with its mark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizzes.attempts.presentation import ResultCard
from quizzes.grading.manual_grades import Event, history
from quizzes.grading.scores import Score, score_of
from quizzes.models import Answer, Attempt
from quizzes.policies.showing import EVERYTHING
from quizzes.reports.seen import Seen, all_seen


@dataclass(frozen=True, slots=True)
class InspectedAnswer:
    """`saves` counts how often the learner changed it."""

    position: int
    slug: str
    seen: Seen
    saves: int
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inspected:
    attempt: Attempt
    score: Score | None
    history: tuple[Event, ...]
    answers: tuple[InspectedAnswer, ...]

    @property
    def cards(self) -> tuple[ResultCard, ...]:
        return tuple(answer.seen.result for answer in self.answers if answer.seen.result)


def inspect(attempt: Attempt) -> Inspected:
    answers = attempt.answers.select_related("revision", "attempt__quiz__lesson__course").order_by("position")
    shown = zip(answers, all_seen(attempt, answers, EVERYTHING), strict=True)
    return Inspected(attempt, score_of(attempt), history(attempt), tuple(inspected(*each) for each in shown))


def inspected(answer: Answer, seen: Seen) -> InspectedAnswer:
    return InspectedAnswer(answer.position, answer.revision.slug, seen, answer.version, answer.saved_at)
