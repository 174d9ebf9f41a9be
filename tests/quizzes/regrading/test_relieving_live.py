"""More time that is granted in the very moment in which a grade is stored, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from classes.models import Enrolment
from quizzes.assigning import planning
from quizzes.grading import grader
from quizzes.grading.scoring import Scores
from quizzes.models import Assignment, Attempt, Grade, Regrade
from quizzes.regrading import running
from tests.quizzes.regrading.setting import points
from tests.quizzes.regrading.test_relieving import ana, extension, given, late_attempt

__all__ = ["ana", "given"]  # fixtures
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def in_threads(*calls: Any) -> None:
    def closing(call: Any) -> None:
        try:
            call()
        finally:
            connection.close()

    with patch.object(running, "send"), ThreadPoolExecutor(len(calls)) as pool:
        list(pool.map(closing, calls))


def ungraded(attempt: Attempt) -> Scores:
    """It waits for its grade again, of which a worker has found these."""
    scores = Scores.of(mark.result for mark in attempt.grades.get().marks.all())
    attempt.grades.all().delete()
    Attempt.objects.filter(pk=attempt.pk).update(state=Attempt.State.SUBMITTED, grading_token="worker")
    return scores


def test_either_the_grade_knows_it_or_the_grade_is_raised(given: Assignment, ana: Enrolment) -> None:
    attempt = late_attempt(ana, given)
    scores, was_read = ungraded(attempt), Event()
    deductions_of = grader.deductions_of

    def read_slowly(found: Attempt) -> Any:
        deductions = deductions_of(found)
        was_read.set()
        time.sleep(0.5)  # long enough for a grant that does not wait
        return deductions

    def grant() -> None:
        was_read.wait(10)
        planning.grant(extension(ana, given))

    with patch.object(grader, "deductions_of", read_slowly):
        in_threads(lambda: grader.store(attempt.pk, "worker", scores), grant)
    assert (points(attempt), Regrade.objects.count()) == (4, 1)
    running.advance(Regrade.objects.get().pk)
    assert points(attempt) == 8


def test_five_workers_at_once_raise_a_grade_once(given: Assignment, ana: Enrolment) -> None:
    attempt = late_attempt(ana, given)
    with patch.object(running, "send"):
        planning.grant(extension(ana, given))
    regrade, together = Regrade.objects.get(), Barrier(5)

    def work() -> None:
        together.wait()
        running.advance(regrade.pk)

    in_threads(*[work] * 5)
    assert [grade.score for grade in Grade.objects.filter(attempt=attempt).order_by("run")] == [4, 8]
    assert Regrade.objects.get().state == Regrade.State.APPLIED
