"""Grades the answers of one attempt. Pure: answers and facts in, points and explanations out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_noop

from lessons import phrases
from quizzes.errors import UngradableQuestionError
from quizzes.kinds import KINDS, QuestionSpec, Response

CENT = Decimal("0.01")
NOT_READ = gettext_noop("When time was up, this could not be read: {problem}")
phrases.register(NOT_READ)


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question as it was asked, the learner's response, and the engine's exchange that decides (or None).

    `unreadable`: what was wrong with a response that could not be read when time was up; `response` is then empty.
    """

    slug: str
    kind: str
    points: int
    spec: QuestionSpec
    response: Response
    exchange: Mapping[str, Any] | None
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """`results`: JSON for each question, in order. The sums are in points, with two decimals."""

    results: tuple[dict[str, Any], ...]
    score: Decimal
    max_score: Decimal

    @classmethod
    def of(cls, results: Iterable[dict[str, Any]]) -> Scores:
        kept = tuple(results)
        return cls(
            kept,
            score=sum((Decimal(result["earned"]) for result in kept), Decimal(0)),
            max_score=sum((Decimal(result["points"]) for result in kept), Decimal(0)),
        )


def grade(answers: Iterable[AnsweredQuestion]) -> Scores:
    """Raises UngradableQuestionError that names the question whose facts do not fit its specification."""
    return Scores.of(grade_one(answer) for answer in answers)


def grade_one(answer: AnsweredQuestion) -> dict[str, Any]:
    kind = KINDS[answer.kind]
    try:
        result = kind.grade(answer.spec, answer.response, answer.exchange)
    except UngradableQuestionError as error:
        raise UngradableQuestionError(f"{answer.slug}: {error}") from error
    document = result.document()
    if answer.unreadable:
        document["remark"] = NOT_READ.format(problem=answer.unreadable)
    return {
        "slug": answer.slug,
        "kind": answer.kind,
        "points": answer.points,
        "earned": str(earned_points(result.fraction, answer.points)),
        "verdict": verdict(result.fraction, kind.answered(answer.response)),
        "prompt": answer.spec.prompt,
        "explanation": answer.spec.explanation,
        "experiment": answer.spec.experiment or "",
        **document,
    }


def earned_points(fraction: Fraction, points: int) -> Decimal:
    exact = Decimal(fraction.numerator * points) / Decimal(fraction.denominator)
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def verdict(fraction: Fraction, answered: bool) -> str:
    """right | partly right | wrong | not answered; translated where it is shown, because grades are kept."""
    if not answered:
        return gettext_noop("not answered")
    if fraction == 1:
        return gettext_noop("right")
    return gettext_noop("partly right") if fraction else gettext_noop("wrong")
