"""The same with a worker process, and with many workers at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from lessons.models import Learner
from lti import scores
from lti.models import ScoreDelivery
from quizzes.grading import grader
from quizzes.models import Attempt
from tests.lti.conftest import Launch
from tests.lti.platform import Platform
from tests.quizzes.factories import make_attempt, make_quiz, right, submit

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 10


@pytest.mark.services
def test_ten_workers_at_once_send_a_score_once(platform: Platform, launch: Launch) -> None:
    quiz = make_quiz(slugs=("source",))
    launch(f"http://testserver{quiz.get_absolute_url()}")
    attempt: Attempt = make_attempt(quiz, Learner.objects.get(user__isnull=False))
    with patch.object(grader, "enqueue"):
        submit(attempt, right(attempt))
    assert grader.perform(attempt.pk)
    pk = ScoreDelivery.objects.get().pk
    together = threading.Barrier(WORKERS)

    def perform(_: int) -> bool:
        together.wait()
        try:
            return scores.perform(pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        sent = list(pool.map(perform, range(WORKERS)))
    assert (sum(sent), len(platform.scores)) == (1, 1)
    assert ScoreDelivery.objects.get().tries == 1


def test_from_the_launch_to_the_gradebook(
    platform: Platform, launch: Launch, client: Client, celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    """Everything by the pages: launch, start, submit; a worker process grades and sends."""
    quiz = make_quiz(slugs=("source",))
    launch(f"http://testserver{quiz.get_absolute_url()}")
    client.post(f"{quiz.get_absolute_url()}start/")
    attempt = Attempt.objects.get()
    form = right(attempt) | {"page": [str(uuid4())], "unanswered_confirmed": ["on"]}
    client.post(f"/quizzes/attempts/{attempt.pk}/submit/", form)
    wait_until(lambda: ScoreDelivery.objects.filter(state=ScoreDelivery.State.SENT).exists(), "the score")
    assert [(score["userId"], score["scoreGiven"]) for score in platform.scores] == [("user-42", 1.0)]
    assert "Sent to Networks 101: 1 of 1 points" in client.get(quiz.get_absolute_url()).content.decode()
