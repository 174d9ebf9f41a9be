"""The same with many workers at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from django.db import connection

from lessons.models import Learner
from lti import scores
from lti.models import ScoreDelivery
from quizzes import grader
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
