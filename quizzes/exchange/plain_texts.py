"""Markdown as the text that a reader sees, for places that show no markup, such as the choices of a match."""

from __future__ import annotations

from html import unescape

from django.utils.html import strip_tags

from lessons.content.rendering import inline_html


def plain(text: str) -> str:
    return unescape(strip_tags(inline_html(text))).strip()
