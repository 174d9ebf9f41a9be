"""Says what a stored result says in the learner's language.

Results are kept once for everybody, so they are in English. A phrase is a message with {placeholders}; a text that was
made from one is recognized by it, and said again in the current language with the same values.

    phrase = register("Pod {pod} on {node}")       marked with gettext_noop where it is written
    shown("Pod ops/probe on n1")                   "Pod ops/probe auf n1" in German
    shown("Delivered to ops/a. The end.")          sentence by sentence: capitals and full stops are no part of a phrase

What stands for {words} may be a phrase itself, and what stands for {phrase} must be one. The engine knows no Django:
its sentences have their phrases in lessons.engine_words. What is no phrase stays English; is_shown tells it apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from lessons import engine_words

LANGUAGE = "en"
KEPT_TEXTS = 20_000
"""How many texts a process remembers in the languages that it was asked for."""
MOST_WORDS = 120
"""A longer text is none of the engine's own: it repeats what somebody wrote, and phrases in phrases need not end."""
NESTED = re.compile(r"(?:words|phrase)\d?")
STRICT = re.compile(r"phrase\d?")
PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")
ONE_WORD = (
    "action", "address", "annotation", "device", "direction", "host", "how", "kind", "listener", "mac", "mode",
    "namespace", "network", "node", "number", "path", "plugin", "pod", "point", "port", "process", "protocol",
    "reason", "record", "server", "source", "state", "target",
)  # fmt: skip
SHAPES = dict.fromkeys(ONE_WORD, r"\S+") | {
    "hook": "PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING",
    "match": r"\S+ \S+(?:, \S+ \S+)*",
    "numbers": r"\d+(?: or \d+)*",
    "object": r"[A-Z]\w+ \S+",
    "pairs": r"\S+=\S*",
    "policy": r"(?:Cluster)?NetworkPolicy .+",
    "policies": r"(?:Cluster)?NetworkPolicy .+",
    "rule": r"(?:in|e)gress\[\d+\](?: \(.+\))?",
    "wanted": r"(?:TCP|UDP|SCTP) \S+",
}
"""What a placeholder of this name stands for; others stand for anything."""

_phrases: list[str] = []
CLIENT_SEES = (
    gettext_noop("connected"), gettext_noop("refused"), gettext_noop("reset"), gettext_noop("unreachable"),
    gettext_noop("ttl exceeded"), gettext_noop("message too long"), gettext_noop("not permitted"),
    gettext_noop("permission denied"), gettext_noop("invalid argument"), gettext_noop("connected, then stalled"),
    gettext_noop("timeout"),
)  # fmt: skip
"""The words of netsim.Exchange.client_sees."""
MATCHES = (gettext_noop("matches"), gettext_noop("does not match"), gettext_noop("may match"))


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`literal` is the longest part of a phrase without placeholders: a text without it was not made from it."""

    phrase: str
    literal: str
    expression: re.Pattern[str]


def register(*phrases: str) -> None:
    """`phrases` are marked with gettext_noop by whoever makes texts from them."""
    _phrases.extend(phrases)
    _patterns.cache_clear()
    _said_again.cache_clear()


def shown(text: str) -> str:
    """`text` in the current language; as it is when no phrase makes it."""
    return _said(text) or text


def is_shown(text: str) -> bool:
    """Whether `text` can be shown in the current language, other than as it is."""
    return as_stored() or _said(text) is not None


def as_stored() -> bool:
    """Whether the current language is that of stored results."""
    return get_language() in (None, LANGUAGE)


def sentence(text: str) -> str:
    """`text` with a full stop and a capital, unless the name of a device, table or program begins it."""
    start = _with_capital(text)
    return start if start.endswith((".", "!", "?")) else f"{start}."


def _with_capital(text: str) -> str:
    is_name = not text.partition(" ")[0].rstrip(",:;").isalpha()
    return text if is_name else text[:1].upper() + text[1:]


def _said(text: str) -> str | None:
    return _said_again(text, get_language() or LANGUAGE)


@lru_cache(maxsize=KEPT_TEXTS)
def _said_again(text: str, language: str) -> str | None:
    """`language` is the current one, for which the answer is remembered."""
    if text.count(" ") > MOST_WORDS:
        return None
    return _by_phrase(text) or _as_sentence(text) or _sentence_by_sentence(text)


def _by_phrase(text: str) -> str | None:
    plain, patterns = _patterns()
    if text in plain:
        return gettext(text)
    for pattern in patterns:
        if pattern.literal in text and (found := pattern.expression.fullmatch(text)):
            values = _values(found.groupdict())
            if values is not None:
                return gettext(pattern.phrase).format(**values)
    return None


def _values(found: dict[str, str]) -> dict[str, str] | None:
    """With what stands for a phrase said again; None where something has to be a phrase and is none."""
    values = dict(found)
    for name in filter(NESTED.fullmatch, found):
        said = _said(found[name])
        if said is None and STRICT.fullmatch(name):
            return None
        values[name] = said or found[name]
    return values


def _as_sentence(text: str) -> str | None:
    bare = text.removesuffix(".")
    said = _by_phrase(bare) or _by_phrase(bare[:1].lower() + bare[1:])
    if said is None:
        return None
    return (_with_capital(said) if text[:1].isupper() else said) + text[len(bare) :]


def _sentence_by_sentence(text: str) -> str | None:
    for end in re.finditer(r"\. ", text):
        first, rest = text[: end.start() + 1], text[end.end() :]
        if (start := _by_phrase(first) or _as_sentence(first)) and (said := _said(rest)):
            return f"{start} {said}"
    return None


@cache
def _patterns() -> tuple[frozenset[str], tuple[_Pattern, ...]]:
    """The phrases without placeholders, and those with, the most particular first."""
    plain = frozenset(phrase for phrase in _phrases if "{" not in phrase)
    rest = sorted({phrase for phrase in _phrases if "{" in phrase}, key=lambda phrase: (-len(_words(phrase)), phrase))
    return plain, tuple(map(_pattern, rest))


def _pattern(phrase: str) -> _Pattern:
    expression = PLACEHOLDER.sub(lambda name: f"(?P<{name[1]}>{_shape(name[1])})", re.escape(phrase))
    return _Pattern(phrase, max(re.split(r"\{\w+\}", phrase), key=len), re.compile(expression))


def _shape(name: str) -> str:
    return ".+?" if NESTED.fullmatch(name) else SHAPES.get(name, ".+")


def _words(phrase: str) -> str:
    """The phrase without its placeholders."""
    return re.sub(r"\{\w+\}", "", phrase)


register(*CLIENT_SEES, *MATCHES, *engine_words.ALL)
