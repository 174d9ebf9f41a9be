"""The cache that all processes share, used so that it may be down: it is then left alone for a moment.

Without the pause, a cache that accepts connections and says nothing would cost its timeout again at every use.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import redis

PAUSE_SECONDS = 2.0
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class _Pause:
    until = 0.0


def attempt(operation: Callable[[], Result], *, otherwise: Result) -> Result:
    """The operation's result, or `otherwise` when the cache does not answer now or did not a moment ago."""
    if time.monotonic() < _Pause.until:
        return otherwise
    try:
        return operation()
    except redis.RedisError as error:
        _Pause.until = time.monotonic() + PAUSE_SECONDS
        logger.warning("the cache does not answer (%s); left alone for %.0f s", type(error).__name__, PAUSE_SECONDS)
        return otherwise


def resume() -> None:
    """Ends a pause at once."""
    _Pause.until = 0.0
