"""Applying a regrade in worker processes, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from unittest.mock import patch

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from courseware import programs
from quizzes.grading import grader
from quizzes.models import Grade, Regrade
from quizzes.regrading import running
from tests import servers
from tests.conftest import worker_database_url
from tests.lessons.factories import make_user
from tests.quizzes.factories import wrong
from tests.quizzes.regrading.setting import compared, correct, only_option_1, taken, two_questions

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
State = Regrade.State
OWN_QUEUE = "regrade-tests"
ATTEMPTS = 4


@pytest.fixture
def ready() -> Regrade:
    """A dry run by which every attempt gains, about to be applied by nobody yet."""
    quiz = two_questions()
    with patch.object(grader, "send"):
        for _ in range(ATTEMPTS):
            taken(quiz, wrong)
    correct(quiz, options=only_option_1(quiz))
    with patch.object(running, "send"):  # the worker process of this module must not be the one that works
        regrade = compared(quiz, make_user("ada"))
        running.apply(regrade)
    return regrade


def new_grades() -> list[int]:
    """How many new grades each attempt has that has any."""
    grades = Grade.objects.filter(source=Grade.Source.REGRADE).values_list("attempt_id", flat=True)
    return [list(grades).count(attempt) for attempt in sorted(set(grades))]


def test_a_worker_killed_in_the_middle_leaves_what_the_next_one_finishes_once(
    ready: Regrade, celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    environment = {
        **programs.worker().environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
        "HOP_TEST_REGRADE_FAULT": "kill",
    }
    options = ("--queues", OWN_QUEUE, "--pool", "solo", "--loglevel", "ERROR", "--without-mingle", "--without-gossip")
    include = ("--include", "tests.quizzes.regrading.faulty_worker")
    current_app.send_task(running.TASK, args=[ready.pk], queue=OWN_QUEUE)
    with servers.running(
        *programs.celery(), "worker", *options, *include, environment=environment, stop_seconds=5
    ) as process:
        wait_until(lambda: process.poll() is not None, "the end of the worker")
    assert (new_grades(), Regrade.objects.get().state) == ([1], State.APPLYING)
    Regrade.objects.update(heartbeat_at=timezone.now() - running.LOST_AFTER - timedelta(seconds=1))
    assert running.sweep() == 1
    wait_until(lambda: Regrade.objects.get().state == State.APPLIED, "the rest of the regrade")
    assert new_grades() == [1] * ATTEMPTS


def test_ten_workers_at_once_apply_it_once(ready: Regrade) -> None:
    together = Barrier(10)

    def advance(_: int) -> None:
        together.wait()
        try:
            running.advance(ready.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(advance, range(10)))
    assert (new_grades(), Regrade.objects.get().state) == ([1] * ATTEMPTS, State.APPLIED)
