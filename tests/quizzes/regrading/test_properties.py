"""What holds of every grade and every regrade, whatever was answered."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.grading import deductions, manual_grades
from quizzes.grading.scores import score_of
from quizzes.grading.scoring import Scores, earned_points
from quizzes.models import Attempt, Grade, Quiz
from quizzes.regrading.comparing import TREATMENTS, Comparison, Effect
from quizzes.regrading.running import APPLIED_EFFECTS
from tests.lessons.factories import make_user
from tests.quizzes.factories import filled, right, wrong
from tests.quizzes.regrading.setting import applied, correct, effects, only_option_1, points, taken, two_questions

FRACTIONS = st.fractions(min_value=0, max_value=1, max_denominator=60)
QUESTIONS = st.lists(st.tuples(FRACTIONS, st.integers(min_value=1, max_value=100)), min_size=1, max_size=8)
PERCENTS = st.lists(st.integers(min_value=0, max_value=100), max_size=3)


def scores_of(questions: list[tuple[Fraction, int]]) -> Scores:
    return Scores.of({"earned": str(earned_points(share, points)), "points": points} for share, points in questions)


@given(QUESTIONS, PERCENTS)
def test_a_score_lies_between_nothing_and_the_maximum(
    questions: list[tuple[Fraction, int]], percents: list[int]
) -> None:
    scores = scores_of(questions)
    left = deductions.after(scores.score, [{"reason": "late", "percent": percent} for percent in percents])
    assert 0 <= left <= scores.score <= scores.max_score


@given(QUESTIONS, QUESTIONS, PERCENTS, st.booleans())
def test_what_a_regrade_would_apply_is_never_less_unless_told_to(
    before: list[tuple[Fraction, int]], after: list[tuple[Fraction, int]], percents: list[int], may_lower: bool
) -> None:
    taken_off = [{"reason": "late", "percent": percent} for percent in percents]
    old = scores_of(before)
    grade = Grade(score=deductions.after(old.score, taken_off), max_score=old.max_score, deductions=taken_off)
    found = Comparison(grade, scores_of(after), (), changed=True)
    effect = found.effect(may_lower=may_lower)
    assert effect not in APPLIED_EFFECTS or may_lower or found.percent >= grade.percent
    assert (effect == Effect.UP) == (found.percent > grade.percent)


def attempts_at_random(quiz: Quiz, seed: int) -> list[Attempt]:
    """Each question right, wrong or left open."""
    chance = random.Random(seed)

    def answers(attempt: Attempt) -> Any:
        form: dict[str, list[str]] = {}
        for slug in ("true", "source"):
            if (which := chance.randrange(3)) < 2:
                form |= filled(attempt, which, (slug,))
        return form

    return [taken(quiz, answers) for _ in range(6)]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_a_regrade_of_unchanged_questions_changes_nothing(seed: int) -> None:
    quiz = two_questions()
    attempts = attempts_at_random(quiz, seed)
    regrade = applied(quiz, make_user("ada"), may_lower=True)
    assert effects(regrade) == {attempt.pk: Effect.SAME for attempt in attempts}
    assert Grade.objects.count() == len(attempts)


@pytest.mark.django_db
@pytest.mark.parametrize("treatment", [None, *TREATMENTS])
def test_nobody_s_percentage_falls_and_a_second_regrade_finds_nothing_to_do(treatment: str | None) -> None:
    quiz, user = two_questions(), make_user("ada")
    attempts = attempts_at_random(quiz, 3)
    before = [score.percent for attempt in attempts if (score := score_of(attempt))]
    correct(quiz, options=only_option_1(quiz))
    treatments = {"true": treatment} if treatment else {}
    applied(quiz, user, treatments=treatments)
    after = [score.percent for attempt in attempts if (score := score_of(Attempt.objects.get(pk=attempt.pk)))]
    assert all(new >= old for new, old in zip(after, before, strict=True))
    grades = Grade.objects.count()
    applied(quiz, user, treatments=treatments)
    assert Grade.objects.count() == grades


@pytest.mark.django_db
def test_a_person_s_score_wins_in_whatever_order_grades_come() -> None:
    quiz, user = two_questions(), make_user("ada")
    earlier, later = taken(quiz, wrong), taken(quiz, right)
    manual_grades.give(earlier, Decimal("0.5"), "Before.", user)
    correct(quiz, options=only_option_1(quiz))
    applied(quiz, user, may_lower=True)
    manual_grades.give(later, Decimal("0.25"), "After.", user)
    assert (points(earlier), points(later)) == (Decimal("0.5"), Decimal("0.25"))
