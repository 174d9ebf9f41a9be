"""The first time that a text uses a word of the glossary, the word becomes a link to its meaning.

A plugin for markdown-it: it acts when the environment has "terms", and only in running text, not in headings, tables,
code or links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

RUNNING_TEXT = "paragraph_open"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, where it is explained, and its meaning as plain text."""

    word: str
    url: str
    meaning: str


def term_links(parser: MarkdownIt) -> None:
    parser.core.ruler.push("term_links", _link_first_uses)


def _link_first_uses(state: StateCore) -> None:
    terms: tuple[Term, ...] = state.env.get("terms", ())
    if not terms:
        return
    linked: set[str] = set()
    for before, token in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "inline" and before.type == RUNNING_TEXT and token.children:
            token.children = list(_linked(token.children, terms, linked))


def _linked(children: Sequence[Token], terms: tuple[Term, ...], linked: set[str]) -> Iterator[Token]:
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "text" and depth == 0:
            yield from _split(child, terms, linked)
        else:
            yield child


def _split(text: Token, terms: tuple[Term, ...], linked: set[str]) -> Iterator[Token]:
    place = 0
    for match in _pattern(terms).finditer(text.content):
        term = _known(terms)[match["word"]]
        if term.word in linked:
            continue
        linked.add(term.word)
        yield _text(text, text.content[place : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": term.url, "title": term.meaning, "class": "term"})
        yield _text(text, match[0])
        yield Token("link_close", "a", -1)
        place = match.end()
    yield _text(text, text.content[place:])


def _text(original: Token, content: str) -> Token:
    return Token("text", "", 0, content=content, level=original.level)


@lru_cache(maxsize=64)
def _known(terms: tuple[Term, ...]) -> dict[str, Term]:
    return {spelling: term for term in terms for spelling in _spellings(term.word)}


@lru_cache(maxsize=64)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str]:
    """The longest word wins; a plural counts."""
    words = sorted({spelling for term in terms for spelling in _spellings(term.word)}, key=len, reverse=True)
    return re.compile(rf"(?<![\w./-])(?P<word>{'|'.join(map(re.escape, words))})(?:s|es)?(?![\w/-]|\.\w)")


def _spellings(word: str) -> tuple[str, ...]:
    """Words of small letters may begin a sentence; names and abbreviations are written as they are."""
    return (word, word[:1].upper() + word[1:]) if word[1:].islower() and word[:1].islower() else (word,)
