"""Icons from the sprite static/icons.svg, which browsers fetch once. Built-ins: templates need not load them."""

from __future__ import annotations

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "icons.svg"
HIDDEN = SafeString('aria-hidden="true"')


@register.simple_tag
def icon(name: str, extra_class: str = "", label: str = "") -> SafeString:
    """The symbol of this name in the color of the text, as an SVG element; screen readers hear its label or nothing.

    The sprite is no part of pages: it would be 1.4 kB of each. The address in a `use` must be of the page's own origin.
    """
    return _element(name, extra_class, str(label))


@cache
def _element(name: str, extra_class: str, label: str) -> SafeString:
    """Kept, because a page has up to a hundred. Names, classes and labels stand in templates, so there are few."""
    classes = f"icon {extra_class}".rstrip()
    spoken = format_html('role="img" aria-label="{}"', label) if label else HIDDEN
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', classes, spoken, static(SPRITE), name)


@register.simple_tag
def sprite() -> str:
    """The sprite's address, which scripts read from the page (static/js/icons.js)."""
    return static(SPRITE)
