"""Says in which language a passage is, where that is not the page's. A built-in: templates need not load it."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

CONTENT_LANGUAGE = "en"
"""What the shipped course and the engine's own sentences are written in."""


@register.simple_tag
def written_in(language: str = CONTENT_LANGUAGE) -> SafeString:
    """The attribute ` lang="…"` for an element whose text is not in the page's language (WCAG 3.1.2), else nothing."""
    page = (get_language() or CONTENT_LANGUAGE).partition("-")[0]
    return SafeString("") if page == language else format_html(' lang="{}"', language)
