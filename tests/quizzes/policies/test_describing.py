"""A policy in a few words, where one is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from quizzes.assigning.forms import AssignmentForm
from quizzes.models import Policy
from quizzes.policies.describing import in_short

NEVER, CLOSED = Policy.Moment.NEVER, Policy.Moment.CLOSED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({}, ("any number of tries",), id="nothing set"),
        pytest.param({"max_attempts": 1}, ("1 try",), id="one try"),
        pytest.param(
            {"max_attempts": 3, "penalty_percent": 10, "cooldown_minutes": 60},
            ("3 tries", "−10 % for each try before", "60 min between tries"),
            id="tries that cost",
        ),
        pytest.param({"max_attempts": 1, "penalty_percent": 10, "cooldown_minutes": 5}, ("1 try",), id="no second try"),
        pytest.param(
            {"time_limit_minutes": 30, "late_penalty_percent": 20},
            ("any number of tries", "30 min for a try", "−20 % when late"),
            id="time",
        ),
        pytest.param(
            {"shuffle_questions": True, "feedback": CLOSED, "key": NEVER},
            ("any number of tries", "questions shuffled", "points: once the quiz is closed", "answers: never"),
            id="what shows later",
        ),
        pytest.param(
            {"feedback": CLOSED, "key": CLOSED}, ("any number of tries", "points: once the quiz is closed"), id="both"
        ),
    ],
)
def test_a_policy_says_what_it_sets_and_nothing_else(values: dict[str, Any], words: tuple[str, ...]) -> None:
    assert in_short(Policy(name="x", **values)) == words


@pytest.mark.django_db
def test_whoever_chooses_a_policy_reads_what_it_says() -> None:
    Policy.objects.create(name="Exam", max_attempts=1, time_limit_minutes=45)
    assert "Exam: 1 try, 45 min for a try" in AssignmentForm()["policy"].as_widget()
