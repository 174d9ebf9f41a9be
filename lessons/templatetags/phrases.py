"""Shows texts of stored results in the learner's language, see lessons.phrases."""

from __future__ import annotations

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from lessons import phrases

register = template.Library()


@register.filter
def shown(text: str) -> str:
    """A short text: a place, a header, a unit."""
    return phrases.shown(text)


@register.filter
def told(sentence: str) -> SafeString:
    """A sentence; one that no phrase makes is marked as English on a page that is not (WCAG 3.1.2)."""
    if phrases.is_shown(sentence):
        return escape(phrases.shown(sentence))
    return format_html('<span lang="{}">{}</span>', phrases.LANGUAGE, sentence)


@register.filter
def as_sentence(reason: str) -> SafeString:
    """What the engine gives as a reason, as a sentence of its own."""
    return told(phrases.sentence(reason))
