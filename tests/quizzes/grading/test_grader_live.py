"""The same with separate processes and many requests at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from courseware import programs
from quizzes.grading import grader
from quizzes.models import Attempt, Grade
from tests import servers
from tests.conftest import worker_database_url
from tests.quizzes.factories import MAX_SCORE, make_attempt, make_quiz, right, submit

pytestmark = pytest.mark.django_db(transaction=True)
State = Attempt.State
WaitUntil = Callable[..., None]
OWN_QUEUE = "quiz-tests"


@pytest.mark.services
def test_twenty_workers_at_once_grade_once() -> None:
    attempt = make_attempt()
    with patch.object(grader, "enqueue"):  # the worker process of this module must not be the one that grades
        submit(attempt, right(attempt))
    together = threading.Barrier(20)

    def perform(_: int) -> bool:
        together.wait()
        try:
            return grader.perform(attempt.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        stored = list(pool.map(perform, range(20)))
    assert sum(stored) == 1
    assert Grade.objects.count() == 1


@pytest.mark.services
def test_an_attempt_whose_worker_was_killed_in_the_middle_is_graded_once(
    celery_worker_process: None, wait_until: WaitUntil
) -> None:
    attempt = submitted_to(OWN_QUEUE)
    with own_worker("hold") as group:
        wait_until(lambda: Attempt.objects.get(pk=attempt.pk).grading_tries == 1, "a claim")
        os.killpg(group, signal.SIGKILL)
    assert not Grade.objects.exists()
    Attempt.objects.update(claimed_at=timezone.now() - grader.LOST_AFTER - timedelta(seconds=1), enqueued_at=None)
    Attempt.objects.update(submitted_at=timezone.now() - grader.LOST_AFTER)
    assert grader.sweep() == 1
    wait_until(lambda: Attempt.objects.get(pk=attempt.pk).state == State.GRADED, "the second try")
    assert Grade.objects.get().score == MAX_SCORE
    assert Attempt.objects.get(pk=attempt.pk).grading_tries == 2


def test_grading_that_kills_its_process_ends_after_three_tries(broker: str, wait_until: WaitUntil) -> None:
    attempt = submitted_to(OWN_QUEUE)
    with own_worker("kill"):
        wait_until(lambda: Attempt.objects.get(pk=attempt.pk).grading_tries == grader.MAX_TRIES, "the third try", 60)
    Attempt.objects.update(claimed_at=timezone.now() - grader.LOST_AFTER - timedelta(seconds=1))
    grader.sweep()
    assert Attempt.objects.get(pk=attempt.pk).state == State.FAILED
    assert not Grade.objects.exists()


def test_a_broker_that_forgets_everything_loses_no_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    """It is killed while one attempt is being graded and another one waits in its queue."""
    port = servers.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    send_task = current_app.send_task

    def send(name: str, args: list[int]) -> None:
        with current_app.connection_for_write(url) as connection:
            send_task(name, args=args, queue=OWN_QUEUE, connection=connection)

    monkeypatch.setattr(current_app, "send_task", send)
    with own_worker("pause", BROKER_URL=url) as group:
        with servers.broker_on_port(port, tmp_path):
            quiz = make_quiz()
            for _ in range(2):
                attempt = make_attempt(quiz)
                submit(attempt, right(attempt))
            wait_until(lambda: Attempt.objects.filter(grading_tries=1).exists(), "a claim", 60)
        with servers.broker_on_port(port, tmp_path):
            Attempt.objects.update(enqueued_at=timezone.now() - grader.UNCLAIMED_AFTER - timedelta(seconds=1))
            grader.sweep()
            wait_until(lambda: not Attempt.objects.exclude(state=State.GRADED).exists(), "both grades", 60)
        os.killpg(group, signal.SIGKILL)  # without its broker it would take its time to stop
    assert list(Attempt.objects.values_list("grading_tries", flat=True)) == [1, 1]
    assert Grade.objects.count() == 2


def submitted_to(queue: str) -> Attempt:
    """An attempt with right answers whose grading waits in a queue that only the test's own worker reads."""
    attempt = make_attempt()
    with patch.object(grader, "enqueue"):
        submit(attempt, right(attempt))
    current_app.send_task(grader.TASK, args=[attempt.pk], queue=queue)
    return attempt


@contextmanager
def own_worker(fault: str, **settings: str) -> Iterator[int]:
    """A worker process in a group of its own; fault: see faulty_grader.py. Yields the group."""
    environment = {
        **programs.worker().environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
        "HOP_TEST_GRADER_FAULT": fault,
        **settings,
    }
    options = (
        "--queues",
        OWN_QUEUE,
        "--concurrency",
        "1",
        "--loglevel",
        "ERROR",
        "--without-mingle",
        "--without-gossip",
    )
    command = (*programs.celery(), "worker", *options, "--include", "tests.quizzes.grading.faulty_grader")
    with servers.running(*command, environment=environment, stop_seconds=5) as process:
        yield os.getpgid(process.pid)
