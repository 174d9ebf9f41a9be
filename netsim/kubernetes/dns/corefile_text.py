"""The text of a Corefile as words: server blocks, their directives and the lines inside those (caddyfile's lexer)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINES = 2000

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """A plugin's line and the lines of its block; ``line`` counts from 1."""

    words: Words
    block: tuple[Words, ...]
    line: int


def blocks(text: str) -> Iterator[tuple[Words, tuple[Directive, ...]]]:
    """(zones, directives) of each server block; ValueError for text that is no Corefile."""
    zones: Words = ()
    directives: list[Directive] = []
    block: list[Words] = []
    depth = 0
    for number, words in _lines(text):
        closing, opening = words == ["}"], words[-1] == "{"
        words = words[:-1] if opening else words
        if closing:
            depth -= 1
            if depth < 0:
                raise ValueError(f"line {number} closes a block that is not open")
            if depth == 0:
                if not zones:
                    raise ValueError(f"line {number} ends a server block that names no zone")
                yield zones, tuple(directives)
                zones, directives = (), []
            else:
                directives[-1] = Directive(directives[-1].words, tuple(block), directives[-1].line)
        elif depth == 0 and words[:1] == ["import"]:
            continue
        elif depth == 0:
            zones += tuple(word.rstrip(",") for word in words)
            depth += opening
        elif depth == 1:
            directives.append(Directive(tuple(words), (), number))
            block = []
            depth += opening
        elif opening or not words:
            raise ValueError(f"line {number}: a block inside the block of a plugin")
        else:
            block.append(tuple(words))
    if depth or zones:
        raise ValueError("the last block is not closed, or has no braces")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that has any; a ``{`` or ``}`` that stands in a line with others counts as its end."""
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise ValueError(f"more than {MAX_LINES:,} lines")
    for number, line in enumerate(lines, start=1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        while words:
            end = next((i for i, word in enumerate(words) if word in ("{", "}")), len(words) - 1)
            if words[end] == "}" and end > 0:
                end -= 1
            yield number, words[: end + 1]
            words = words[end + 1 :]
