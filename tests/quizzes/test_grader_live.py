"""The same with separate processes and many requests at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from celery import current_app
from django.db import connection
from django.test import Client
from django.utils import timezone

from courseware import programs
from lessons.learners import SESSION_KEY
from quizzes import grader
from quizzes.models import Attempt, Grade
from tests import servers
from tests.conftest import worker_database_url
from tests.quizzes.factories import MAX_SCORE, make_attempt, right, submit, wrong

pytestmark = pytest.mark.django_db(transaction=True)
State = Attempt.State
WaitUntil = Callable[..., None]
OWN_QUEUE = "quiz-tests"


def client_of(attempt: Attempt) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = attempt.learner_id
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


@pytest.mark.services
def test_twenty_submissions_at_once_grade_once(celery_worker_process: None, wait_until: WaitUntil) -> None:
    """Ten times the same form (a double click), ten times another window with other answers; all are sent at once."""
    attempt = make_attempt()
    ours, theirs = right(attempt) | {"page": [str(uuid4())]}, wrong(attempt)
    forms = [ours if number % 2 else theirs | {"page": [str(uuid4())]} for number in range(20)]
    clients = [client_of(attempt) for _ in forms]
    together = threading.Barrier(len(forms))

    def send(client: Client, form: dict[str, list[str]]) -> int:
        together.wait()
        try:
            return client.post(f"/quizzes/attempts/{attempt.pk}/submit/", form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(forms)) as pool:
        statuses = list(pool.map(send, clients, forms))
    wait_until(lambda: Attempt.objects.get(pk=attempt.pk).state == State.GRADED, "the grade")
    assert set(statuses) == {302}
    assert Grade.objects.count() == 1
    assert Grade.objects.get().score in (0, MAX_SCORE)
    assert Attempt.objects.get(pk=attempt.pk).grading_tries == 1


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
def test_twenty_starts_at_once_start_one_attempt() -> None:
    attempt = make_attempt()
    quiz, client = attempt.quiz, client_of(attempt)
    Attempt.objects.all().delete()
    together = threading.Barrier(20)

    def start(_: int) -> Any:
        own = Client()
        own.cookies["sessionid"] = client.cookies["sessionid"].value
        together.wait()
        try:
            return own.post(f"{quiz.get_absolute_url()}start/").headers["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        places = set(pool.map(start, range(20)))
    assert places == {Attempt.objects.get().get_absolute_url()}


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


def submitted_to(queue: str) -> Attempt:
    """An attempt with right answers whose grading waits in a queue that only the test's own worker reads."""
    attempt = make_attempt()
    with patch.object(grader, "enqueue"):
        submit(attempt, right(attempt))
    current_app.send_task(grader.TASK, args=[attempt.pk], queue=queue)
    return attempt


@contextmanager
def own_worker(fault: str) -> Iterator[int]:
    """A worker process in a group of its own; fault: "hold" or "kill" (see faulty_grader.py). Yields the group."""
    environment = {
        **programs.worker().environment,
        "DJANGO_SETTINGS_MODULE": "courseware.settings.test",
        "DATABASE_URL": worker_database_url(),
        "HOP_TEST_GRADER_FAULT": fault,
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
    command = (*programs.celery(), "worker", *options, "--include", "tests.quizzes.faulty_grader")
    with servers.running(*command, environment=environment, stop_seconds=5) as process:
        yield os.getpgid(process.pid)
