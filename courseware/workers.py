"""Which Celery workers are alive: each writes a heartbeat into the broker, the health check reads them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import redis
from django.conf import settings

from courseware.broker import connect

HEARTBEAT_SECONDS = 5.0
LOST_AFTER_SECONDS = 3 * HEARTBEAT_SECONDS
KEY = "hop:workers"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    seconds_since_heartbeat: float


def record_heartbeat(name: str) -> None:
    """Called every HEARTBEAT_SECONDS in the worker; a broker that is down is logged and tried again next time."""
    try:
        with connect(settings.BROKER_URL) as client:
            client.zadd(KEY, {name: time.time()})
            client.zremrangebyscore(KEY, "-inf", time.time() - LOST_AFTER_SECONDS)
    except redis.RedisError as error:
        logger.warning("heartbeat not recorded: %s", type(error).__name__)


def forget(name: str) -> None:
    try:
        with connect(settings.BROKER_URL) as client:
            client.zrem(KEY, name)
    except redis.RedisError as error:
        logger.warning("heartbeat not removed: %s", type(error).__name__)


def alive() -> tuple[Worker, ...]:
    """Workers heard of within LOST_AFTER_SECONDS. Raises redis.RedisError when the broker does not answer."""
    now = time.time()
    with connect(settings.BROKER_URL) as client:
        rows = client.zrangebyscore(KEY, now - LOST_AFTER_SECONDS, "+inf", withscores=True)
    return tuple(Worker(name.decode(), max(0.0, now - score)) for name, score in rows)
