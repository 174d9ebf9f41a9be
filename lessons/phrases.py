"""Says what a stored result says in the learner's language.

Results are kept once for everybody, so they are in English. A phrase is a message with {placeholders}; a text that was
made from one is recognized by it, and said again in the current language with the same values.

    phrase = register("Pod {pod} on {node}")       marked with gettext_noop where it is written
    shown("Pod ops/probe on n1")                   "Pod ops/probe auf n1" in German

What stands for {words} may be a phrase itself. The engine's own sentences are no phrases and stay English; is_shown
tells them apart.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

NESTED = frozenset({"words"})
PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")
LANGUAGE = "en"


_phrases: list[str] = []
CLIENT_SEES = (
    gettext_noop("connected"), gettext_noop("refused"), gettext_noop("reset"), gettext_noop("unreachable"),
    gettext_noop("ttl exceeded"), gettext_noop("message too long"), gettext_noop("not permitted"),
    gettext_noop("permission denied"), gettext_noop("invalid argument"), gettext_noop("connected, then stalled"),
    gettext_noop("timeout"),
)  # fmt: skip
"""The words of netsim.Exchange.client_sees."""
MATCHES = (gettext_noop("matches"), gettext_noop("does not match"), gettext_noop("may match"))


def register(*phrases: str) -> None:
    """`phrases` are marked with gettext_noop by whoever makes texts from them."""
    _phrases.extend(phrases)
    _patterns.cache_clear()


def shown(text: str) -> str:
    """`text` in the current language; as it is when no phrase makes it."""
    return _said_again(text) or text


def is_shown(text: str) -> bool:
    """Whether `text` can be shown in the current language, other than as it is."""
    return get_language() in (None, LANGUAGE) or _said_again(text) is not None


def _said_again(text: str) -> str | None:
    plain, patterns = _patterns()
    if text in plain:
        return gettext(text)
    for phrase, pattern in patterns:
        if found := pattern.fullmatch(text):
            values = found.groupdict()
            return gettext(phrase).format(**values | {name: shown(values[name]) for name in NESTED & set(values)})
    return None


@cache
def _patterns() -> tuple[frozenset[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """The phrases without placeholders, and those with, the most particular first."""
    plain = frozenset(phrase for phrase in _phrases if "{" not in phrase)
    rest = sorted(
        (phrase for phrase in _phrases if "{" in phrase), key=lambda phrase: len(_words(phrase)), reverse=True
    )
    return plain, tuple((phrase, _pattern(phrase)) for phrase in rest)


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(PLACEHOLDER.sub(r"(?P<\1>.+)", re.escape(phrase)))


def _words(phrase: str) -> str:
    """The phrase without its placeholders."""
    return re.sub(r"\{\w+\}", "", phrase)


register(*CLIENT_SEES, *MATCHES)
