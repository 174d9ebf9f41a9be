"""Markdown from the other formats that texts come in: HTML, plain text, and Moodle's automatic format of both."""

from __future__ import annotations

import re
from typing import Any, Literal

from django.utils.translation import gettext
from markdownify import MarkdownConverter

from quizzes.exchange.items import LONGEST_TEXT, NotCarriedError

Format = Literal["markdown", "html", "plain", "auto"]
MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]\w*);")
PICTURE = re.compile(r"<img\b[^<>]*>|!\[[^\[\]]*\]\([^()]*\)", re.IGNORECASE)
SPECIAL = re.compile(r"([\\`*_\[\]<>~|])")
ENTITY = re.compile(r"&(?=#?\w+;)")
LINE_START = re.compile(r"^([#+=-](?=[\s#=-]|$)|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
STATIC_PICTURE = re.compile(r"src\s*=\s*[\"']?/static/|\]\(/static/", re.IGNORECASE)


class Converter(MarkdownConverter):
    """Without scripts and style sheets, which are no text."""

    def convert_script(self, element: Any, text: str, parent_tags: Any) -> str:
        return ""

    convert_style = convert_script


def to_markdown(text: str, form: Format) -> str:
    """Raises NotCarriedError for a text that is too long or nested too deeply."""
    require_length(text)
    if form == "markdown":
        return text.strip()
    if form == "html" or (form == "auto" and MARKUP.search(text)):
        return from_html(text)
    return from_plain(text)


def require_length(text: str) -> None:
    """Raises NotCarriedError."""
    if len(text) > LONGEST_TEXT:
        raise NotCarriedError(
            gettext("a text has {count} characters; {most} are allowed").format(
                count=f"{len(text):,}", most=f"{LONGEST_TEXT:,}"
            )
        )


def from_html(text: str) -> str:
    try:
        converted: str = Converter(heading_style="ATX", bullets="-").convert(text)
    except RecursionError:
        raise NotCarriedError(gettext("its HTML is nested too deeply")) from None
    return re.sub(r"\n{3,}", "\n\n", converted).strip()


def from_plain(text: str) -> str:
    """Every character means itself, and lines stay lines."""
    lines = [line.strip() for line in text.strip().split("\n")]
    escaped = LINE_START.sub(_escaped_start, ENTITY.sub("&amp;", SPECIAL.sub(r"\\\1", "\n".join(lines))))
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", escaped)


def _escaped_start(match: re.Match[str]) -> str:
    mark = match[1]
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def missing_pictures(text: str) -> bool:
    """Whether the text, in whatever format, shows a picture that pages here do not show."""
    return any(not STATIC_PICTURE.search(picture) for picture in PICTURE.findall(text))
