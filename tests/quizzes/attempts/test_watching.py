"""A packet of a graded answer, to be watched by whoever gave it, and only then."""

from __future__ import annotations

import pytest
from django.test import Client

from lessons.models import Learner
from quizzes.attempts.watching import NothingToWatchError, watched
from quizzes.grading import grader
from quizzes.models import Attempt, Quiz
from tests.quizzes.every_kind import NOBODY, make_quiz_of_every_kind
from tests.quizzes.factories import make_attempt, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz_of_every_kind()


@pytest.fixture
def graded(quiz: Quiz) -> Attempt:
    attempt = make_attempt(quiz)
    submit(attempt, {"doors": [NOBODY], "doors.version": ["0"]})
    grader.perform(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def test_the_packet_is_sent_through_the_learners_cluster(graded: Attempt) -> None:
    scenario = watched(graded, "doors", 0)
    assert scenario.changes[-1] == NOBODY
    assert (scenario.action.spec.source, scenario.action.spec.destination) == ("pod/ops/client", "pod/app/one")


@pytest.mark.parametrize(
    ("slug", "number"),
    [
        pytest.param("doors", 99, id="no such packet"),
        pytest.param("who", 0, id="a kind without packets"),
        pytest.param("sees", 0, id="a choice"),
        pytest.param("nothing", 0, id="no such question"),
    ],
)
def test_there_is_nothing_else_to_watch(graded: Attempt, slug: str, number: int) -> None:
    with pytest.raises(NothingToWatchError):
        watched(graded, slug, number)


def test_an_open_attempt_shows_nothing(quiz: Quiz) -> None:
    with pytest.raises(NothingToWatchError):
        watched(make_attempt(quiz), "wrapper", 0)


def test_the_page_is_for_its_own_learner_only(graded: Attempt) -> None:
    Learner.objects.create()
    assert Client().get(f"/quizzes/attempts/{graded.pk}/doors/packets/0/").status_code == 404
