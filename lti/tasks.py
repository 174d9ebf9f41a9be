"""What workers do for LTI. Each task makes one call."""

from __future__ import annotations

from celery import shared_task

from lti import launches, scores


@shared_task(name=scores.TASK)
def deliver_score(delivery_id: int) -> None:
    scores.perform(delivery_id)


@shared_task
def sweep_scores() -> None:
    scores.sweep()


@shared_task
def forget_launches() -> None:
    launches.forget()
