"""What workers do for quizzes. Each task makes one call."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from quizzes.attempts import taking
from quizzes.grading import grader
from quizzes.me import export_requests, retention
from quizzes.regrading import running as regrading
from quizzes.review import practice


@shared_task(name=grader.TASK)
def grade_attempt(attempt_id: int) -> None:
    grader.perform(attempt_id)


@shared_task(name=grader.SWEEP_TASK)
def sweep_attempts() -> None:
    grader.sweep()


@shared_task(name=regrading.TASK)
def advance_regrade(regrade_id: int) -> None:
    regrading.advance(regrade_id)


@shared_task(name=regrading.SWEEP_TASK)
def sweep_regrades() -> None:
    regrading.sweep()


@shared_task(name=practice.TASK)
def grade_practice(practice_id: int) -> None:
    practice.perform(practice_id)


@shared_task(name=practice.SWEEP_TASK)
def sweep_practice() -> None:
    practice.sweep()


@shared_task(name=export_requests.TASK)
def export_data(export_id: int) -> None:
    export_requests.perform(export_id)


@shared_task(name=export_requests.SWEEP_TASK)
def sweep_exports() -> None:
    export_requests.sweep(timezone.now())


@shared_task
def apply_retention() -> None:
    retention.enforce(timezone.now())


@shared_task
def close_expired_attempts() -> None:
    taking.close_expired()
