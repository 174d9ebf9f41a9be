"""Points as a percentage, the same everywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from quizzes.gradebook.objectives import Share
from quizzes.grading.scores import Score
from quizzes.models import Attempt, Grade
from quizzes.percentages import percent_of

POINTS = [
    pytest.param(Decimal(0), 4, Decimal(0), id="nothing"),
    pytest.param(Decimal("1.50"), 4, Decimal("37.5"), id="a part"),
    pytest.param(Decimal(4), 4, Decimal(100), id="everything"),
    pytest.param(Decimal(0), 0, Decimal(0), id="where nothing counts any more"),
]


@pytest.mark.parametrize(("points", "most", "percent"), POINTS)
def test_points_become_a_percentage(points: Decimal, most: int, percent: Decimal) -> None:
    assert percent_of(points, most) == percent


@pytest.mark.parametrize(("points", "most", "percent"), POINTS)
def test_a_grade_a_score_and_an_objective_have_the_same_one(points: Decimal, most: int, percent: Decimal) -> None:
    grade = Grade(score=points, max_score=Decimal(most))
    holders: tuple[Any, ...] = (grade, Score(Attempt(), grade, None), Share(points, most))
    assert [holder.percent for holder in holders] == [percent] * 3
