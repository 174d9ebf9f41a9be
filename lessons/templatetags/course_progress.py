"""Counts for progress bars."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from lessons.progress import LessonCard

register = template.Library()


@register.filter
def completed_count(cards: Iterable[LessonCard]) -> int:
    return sum(card.completed for card in cards)
