"""An attempt's answers become points and explanations."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from quizzes.errors import UngradableQuestionError
from quizzes.grading.scoring import AnsweredQuestion, earned_points, grade, verdict
from quizzes.kinds import parse_spec

SPEC = {
    "prompt": "Which?",
    "options": [{"text": name, "correct": name in "abc", "explanation": f"About {name}."} for name in "abcd"],
}


def answered(response: dict[str, Any], points: int = 1, **spec: Any) -> AnsweredQuestion:
    content = parse_spec("multiple_choice", SPEC | spec)
    return AnsweredQuestion("q", "multiple_choice", points, content, response, None)


@pytest.mark.parametrize(
    ("fraction", "points", "earned"),
    [(Fraction(1, 3), 1, "0.33"), (Fraction(2, 3), 2, "1.33"), (Fraction(1, 8), 1, "0.13"), (Fraction(1), 5, "5.00")],
    ids=str,
)
def test_points_are_rounded_to_cents_half_up(fraction: Fraction, points: int, earned: str) -> None:
    assert earned_points(fraction, points) == Decimal(earned)


@pytest.mark.parametrize(
    ("fraction", "is_answered", "word"),
    [
        (Fraction(1), True, "right"),
        (Fraction(1, 2), True, "partly right"),
        (Fraction(0), True, "wrong"),
        (Fraction(0), False, "not answered"),
    ],
    ids=lambda value: str(value),
)
def test_the_verdict_is_a_word(fraction: Fraction, is_answered: bool, word: str) -> None:
    assert verdict(fraction, is_answered) == word


def test_the_score_is_the_sum_of_what_is_shown_for_each_question() -> None:
    scores = grade([answered({"chosen": [0]}), answered({"chosen": [0, 1]}, points=3), answered({})])
    assert [result["earned"] for result in scores.results] == ["0.33", "2.00", "0.00"]
    assert (scores.score, scores.max_score) == (Decimal("2.33"), Decimal(5))


def test_a_question_that_does_not_hold_is_named() -> None:
    options = [{"text": "a", "when": {"client_sees": "x"}, "explanation": "b"}] * 1 + SPEC["options"][1:]
    with pytest.raises(UngradableQuestionError, match=r"^q: options\[0\].when: there is no traced packet"):
        grade([answered({}, options=options, experiment="first")])
