"""How often one learner, or one address, may ask for what costs: a sliding window over counters in the shared cache.

A cache that is down lets everyone through: then nothing that costs can be started either.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lessons.learners import SESSION_KEY
from lessons.runs import shared_cache


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `seconds`."""

    count: int
    seconds: int


LIMITS = {
    "simulate": {"learner": Limit(30, 60), "address": Limit(120, 60)},
    "playground": {"learner": Limit(90, 60), "address": Limit(240, 60)},
    "diagram": {"learner": Limit(120, 60), "address": Limit(240, 60)},
    "trace": {"learner": Limit(120, 60), "address": Limit(240, 60)},
    "quiz": {"learner": Limit(20, 60), "address": Limit(80, 60)},
    "practice": {"learner": Limit(60, 60), "address": Limit(120, 60)},
    "note": {"learner": Limit(120, 60), "address": Limit(240, 60)},
    "place": {"learner": Limit(60, 60), "address": Limit(240, 60)},
    "enrol": {"learner": Limit(20, 600), "address": Limit(60, 600)},
    "launch": {"learner": Limit(60, 60), "address": Limit(600, 60)},
    "score": {"learner": Limit(10, 60), "address": Limit(80, 60)},
    "export": {"learner": Limit(5, 600), "address": Limit(20, 600)},
    "delete": {"learner": Limit(10, 600), "address": Limit(30, 600)},
    "signup": {"learner": Limit(10, 600), "address": Limit(30, 600)},
}


class TooManyRequestsError(Exception):
    """The limit is reached; retry_after is in whole seconds, 1 or more."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(_("Too many requests; try again in {seconds} s.").format(seconds=retry_after))
        self.retry_after = retry_after


def check(scope: str, request: HttpRequest) -> None:
    """Counts this request. Raises TooManyRequestsError when its learner, or else its address, is over the limit."""
    kind, identity = _identity(request)
    limit = LIMITS[scope][kind]
    wait = shared_cache.attempt(lambda: _seconds_to_wait(f"rate:{scope}:{kind}:{identity}", limit), otherwise=0.0)
    if wait > 0:
        raise TooManyRequestsError(math.ceil(wait))


def _identity(request: HttpRequest) -> tuple[str, str]:
    if request.user.is_authenticated:
        return "learner", f"user-{request.user.pk}"
    if guest := request.session.get(SESSION_KEY):
        return "learner", f"guest-{guest}"
    return "address", request.META.get("REMOTE_ADDR", "")


def _seconds_to_wait(key: str, limit: Limit) -> float:
    """0 when this request fits; the previous window counts for the part of it that is within `limit.seconds`."""
    now = time.time()
    window, elapsed = divmod(now, limit.seconds)
    current = _increment(f"{key}:{int(window)}", limit)
    previous = cache.get(f"{key}:{int(window) - 1}", 0)
    used = current + previous * (1 - elapsed / limit.seconds)
    return 0.0 if used <= limit.count else limit.seconds - elapsed


def _increment(key: str, limit: Limit) -> int:
    cache.add(key, 0, 2 * limit.seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two calls
        cache.set(key, 1, 2 * limit.seconds)
        return 1
