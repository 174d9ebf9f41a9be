"""Moments in the time zone of whoever looks: that of their browser, which tells it in a cookie (js/time_zone.js).

local_time(get_response)   middleware: dates in pages and forms are in that zone, in UTC for who told none
in_words(moment)           date and time with the zone's short name, in the language of the page
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format

COOKIE = "timezone"
View = Callable[[HttpRequest], HttpResponseBase]


def local_time(get_response: View) -> View:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(zone_of(request.COOKIES.get(COOKIE, ""))):
            return get_response(request)

    return middleware


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone with this name in the IANA Time Zone Database; None, which is the site's own, for any other text."""
    return ZoneInfo(name) if name in known_zones() else None


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def in_words(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
