"""Numbers of statistics as learners' languages write them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """0.625 as “62 %”. A share that is not all but would be rounded to it stays below: 0.999 is “99 %”."""
    whole = round(100 * share)
    if whole in (0, 100) and share not in (0, 1):
        whole = 1 if whole == 0 else 99
    return gettext("{percent} %").format(percent=whole).replace(" ", "\N{NO-BREAK SPACE}")
