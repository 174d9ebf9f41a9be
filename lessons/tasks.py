"""Celery tasks: ids in, one service call."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from lessons.runs import simulations


@shared_task(name=simulations.TASK, bind=True)
def simulate(self: Any, key: str) -> None:
    simulations.perform(key, redelivered=bool(self.request.delivery_info.get("redelivered")))


@shared_task
def forget_simulations() -> None:
    simulations.forget()


@shared_task
def sweep_simulations() -> None:
    simulations.sweep()
