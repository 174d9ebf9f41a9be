"""The Celery app. Its settings are Django's settings that start with CELERY_."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, bootsteps

from courseware import workers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings.development")

app = Celery("courseware")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Heartbeat(bootsteps.StartStopStep):
    """Tells the health check, through the broker, that this worker process is alive."""

    requires = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        workers.record_heartbeat(worker.hostname)
        worker.timer.call_repeatedly(workers.HEARTBEAT_SECONDS, workers.record_heartbeat, (worker.hostname,))

    def stop(self, worker: Any) -> None:
        workers.forget(worker.hostname)


app.steps["worker"].add(Heartbeat)
