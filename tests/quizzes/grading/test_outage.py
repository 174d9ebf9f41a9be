"""Without a broker or a worker a submission is kept, says so within two seconds, and is graded later."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quizzes.grading import grader
from quizzes.models import Attempt, Quiz
from tests import servers
from tests.lessons.visitor import Answer, Visitor
from tests.quizzes.factories import MAX_SCORE, make_quiz, right
from tests.quizzes.site_process import running_site

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRMED = {"unanswered_confirmed": "on"}


@pytest.fixture(scope="module")
def broker_port() -> int:
    return servers.free_port()


@pytest.fixture(scope="module")
def site(django_db_setup: None, broker_port: int) -> Iterator[str]:
    """The URL of a web server process on the test database, whose broker and cache should be at broker_port."""
    address = f"redis://127.0.0.1:{broker_port}"
    with running_site(BROKER_URL=f"{address}/0", CACHE_URL=f"{address}/1") as url:
        yield url


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz()


def take(visitor: Visitor, quiz: Quiz) -> Answer:
    """Starts the quiz, answers everything right, submits."""
    visitor.get(quiz.get_absolute_url())
    page = visitor.post(f"{quiz.get_absolute_url()}start/", {})
    attempt = Attempt.objects.get()
    name = re.search(r'name="page" value="([^"]+)"', page.text)
    assert name is not None
    data = {field: value for field, values in right(attempt, "source").items() for value in values}
    return visitor.post(f"/quizzes/attempts/{attempt.pk}/submit/", data | CONFIRMED | {"page": name[1]})


def test_a_broker_that_is_not_there_is_said_within_two_seconds(site: str, quiz: Quiz) -> None:
    answer = take(Visitor(site), quiz)
    assert (answer.status, "The grader cannot be reached right now." in answer.text) == (200, True)
    assert "Your answers are stored" in answer.text
    assert answer.seconds < 2.0
    attempt = Attempt.objects.get()
    assert attempt.state == Attempt.State.SUBMITTED
    assert attempt.answers.get(revision__slug="source").response == {"text": "10.244.1.2"}


def test_a_missing_worker_is_said_within_two_seconds(site: str, broker_port: int, quiz: Quiz, tmp_path: Path) -> None:
    """Follows the page's own polling."""
    visitor = Visitor(site)
    with servers.broker_on_port(broker_port, tmp_path):
        answer = take(visitor, quiz)
        result = f"/quizzes/attempts/{Attempt.objects.get().pk}/result/"
        start, polls, waited = time.monotonic() - answer.seconds, 0, answer.seconds
        while "the grader may be down" not in answer.text:
            assert "Grading your answers" in answer.text
            delay = re.search(r"\?n=(\d+).*load delay:(\d+)ms", answer.text, re.DOTALL)
            assert delay is not None
            time.sleep(int(delay[2]) / 1000)
            answer = visitor.get(f"{result}?n={delay[1]}")
            waited, polls = time.monotonic() - start, polls + 1
    assert polls <= 3
    assert waited < 2.0


def test_what_was_submitted_during_an_outage_is_graded_by_the_next_worker(
    site: str, quiz: Quiz, celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    visitor = Visitor(site)
    take(visitor, quiz)
    attempt = Attempt.objects.get()
    time.sleep(grader.UNSENT_AFTER.total_seconds())
    assert grader.sweep() == 1
    wait_until(lambda: Attempt.objects.get().state == Attempt.State.GRADED, "the grade")
    assert f"1 of {MAX_SCORE} points" in visitor.get(f"/quizzes/attempts/{attempt.pk}/result/").text
