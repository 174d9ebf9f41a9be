"""{{ value|moment }}: date and time in the reader's time zone, which is named; nothing for what is no moment."""

from __future__ import annotations

from datetime import datetime

from django import template

from lessons.time_zones import in_words

register = template.Library()


@register.filter
def moment(value: datetime | str | None) -> str:
    return in_words(value) if isinstance(value, datetime) else ""
