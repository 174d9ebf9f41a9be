"""Telling workers what to do, where a row says what is to be done and a sweeper tells again what got lost."""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def tell(task: str, row_id: int) -> bool:
    """Whether the broker took it. One that is down is no error: the row waits for its sweeper."""
    try:
        current_app.send_task(task, args=[row_id])
    except OperationalError as error:
        logger.warning("%s(%s) is not queued, the broker does not answer: %s", task, row_id, type(error).__name__)
        return False
    return True
