"""Periodic tasks: what the scheduler sends exists, and no sweeper is forgotten."""

from __future__ import annotations

from typing import Any

from courseware import celery_app


def test_every_scheduled_task_exists(settings: Any) -> None:
    celery_app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(celery_app.tasks)


def test_every_sweeper_is_scheduled(settings: Any) -> None:
    celery_app.loader.import_default_modules()
    sweepers = {name for name in celery_app.tasks if name.rsplit(".", 1)[-1].startswith("sweep_")}
    assert sweepers
    assert sweepers <= {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_sweeps_expire_before_the_next_one_is_sent(settings: Any) -> None:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["expires"] < entry["schedule"]
