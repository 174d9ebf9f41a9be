"""Telling workers what to do, where a row says what is to be done and a sweeper tells again what got lost.

tell(task, row_id)          tells them
wait_while(rows, seconds)   gives them a moment, so that a quick answer is there with the page
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import current_app
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

# A waiting request holds a thread of the web server, so most threads may wait and some must stay free.
WAITING_THREADS = threading.BoundedSemaphore(12)
POLL_SECONDS = 0.03
logger = logging.getLogger(__name__)


def tell(task: str, row_id: int) -> bool:
    """Whether the broker took it. One that is down is no error: the row waits for its sweeper."""
    try:
        current_app.send_task(task, args=[row_id])
    except OperationalError as error:
        logger.warning("%s(%s) is not queued, the broker does not answer: %s", task, row_id, type(error).__name__)
        return False
    return True


def wait_while(waiting: QuerySet[Any], seconds: float) -> None:
    """Returns once there is none of these rows any more, or after this time; at once when too many threads wait."""
    if not WAITING_THREADS.acquire(blocking=False):
        return
    try:
        deadline = time.monotonic() + seconds
        while waiting.exists() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    finally:
        WAITING_THREADS.release()
