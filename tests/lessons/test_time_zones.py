"""Moments are shown, and understood, in the time zone that the browser tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from lessons.time_zones import local_time, zone_of

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def shown(cookie: str) -> str:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(Template("{{ noon|moment }}").render(Context({"noon": NOON})))

    request = RequestFactory().get("/")
    request.COOKIES["timezone"] = cookie
    return bytes(local_time(view)(request).content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cookie", "words"),
    [
        pytest.param("Europe/Berlin", "July 1, 2026, 2 p.m. CEST", id="a zone with a name"),
        pytest.param("Asia/Kathmandu", "July 1, 2026, 5:45 p.m. +0545", id="a zone with a number"),
        pytest.param("", "July 1, 2026, noon UTC", id="none told"),
        pytest.param("Mars/Olympus", "July 1, 2026, noon UTC", id="an unknown one"),
        pytest.param("../../etc/passwd", "July 1, 2026, noon UTC", id="a path"),
    ],
)
def test_a_moment_is_shown_in_the_zone_of_the_browser_and_says_so(cookie: str, words: str) -> None:
    assert shown(cookie) == words


def test_the_zone_of_one_request_is_not_that_of_the_next() -> None:
    shown("Europe/Berlin")
    assert shown("") == "July 1, 2026, noon UTC"


def test_nothing_is_shown_for_no_moment() -> None:
    assert Template("{{ missing|moment }}{{ none|moment }}").render(Context({"none": None})) == ""


def test_a_made_up_name_is_no_zone() -> None:
    assert zone_of("Europe") is None
