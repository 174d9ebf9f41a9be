"""How often one learner or address may ask; the shared cache counts, and a broken one lets everyone through."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from lessons import rate_limits
from lessons.learners import SESSION_KEY
from lessons.rate_limits import Limit, TooManyRequestsError
from lessons.runs import shared_cache
from tests.lessons.factories import make_user

pytestmark = pytest.mark.django_db


class Clock:
    now = 1_000_020.0

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Twenty seconds into a window of sixty... limits: two a minute for learners, three for an address."""
    limits = {"simulate": {"learner": Limit(2, 60), "address": Limit(3, 60)}}
    monkeypatch.setattr(rate_limits, "LIMITS", limits)
    monkeypatch.setattr(rate_limits, "time", clock := Clock())
    clock.now = 60 * 20_000 + 20.0
    return clock


def request_of(guest: int | None = None, user: Any = None, address: str = "198.51.100.7") -> HttpRequest:
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    request.user, request.session = user or AnonymousUser(), SessionStore()
    if guest:
        request.session[SESSION_KEY] = guest
    return request


def admitted(request: HttpRequest, times: int) -> int:
    count = 0
    for _ in range(times):
        try:
            rate_limits.check("simulate", request)
            count += 1
        except TooManyRequestsError:
            pass
    return count


def test_a_learner_gets_as_many_as_the_limit_says() -> None:
    assert admitted(request_of(guest=1), 5) == 2


def test_learners_do_not_share_a_limit() -> None:
    assert [admitted(request_of(guest=number), 3) for number in (1, 2)] == [2, 2]
    assert admitted(request_of(user=make_user()), 3) == 2


def test_visitors_without_a_session_share_their_address() -> None:
    assert admitted(request_of(), 2) + admitted(request_of(), 3) == 3
    assert admitted(request_of(address="198.51.100.8"), 1) == 1


def test_the_answer_says_when_to_come_back(clock: Clock) -> None:
    request = request_of(guest=1)
    admitted(request, 2)
    with pytest.raises(TooManyRequestsError) as caught:
        rate_limits.check("simulate", request)
    assert caught.value.retry_after == 40
    clock.now += 40 + 60
    assert admitted(request, 1) == 1


def test_the_window_slides(clock: Clock) -> None:
    """Two at second 20; at second 65 five sixtieths of the window are past, so most of the two still count."""
    request = request_of(guest=1)
    admitted(request, 2)
    clock.now += 45
    assert admitted(request, 1) == 0


def test_a_cache_that_is_down_lets_everyone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(rate_limits.cache, "add", down)
    monkeypatch.setattr(shared_cache, "PAUSE_SECONDS", 0.0)
    assert admitted(request_of(guest=1), 5) == 5
