r"""Pieces of a GIFT file that know their line. A backslash takes the meaning from the character after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from quizzes.exchange.items import MOST_ANSWERS, NotCarriedError

SPECIAL = "~=#{}:"
ESCAPE = re.compile(r"\\([~=#{}:\\n])")
NEEDS_ESCAPE = re.compile(r"[~=#{}:\\\n]")


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a file's text, from `start` to `end`."""

    source: str
    start: int
    end: int

    @property
    def raw(self) -> str:
        return self.source[self.start : self.end]

    @property
    def text(self) -> str:
        """What it says, without white space around."""
        return unescaped(self.raw.strip()).strip()

    @property
    def line(self) -> int:
        """Counted from 1, of its first character that is no white space."""
        start = self.start + len(self.raw) - len(self.raw.lstrip())
        return self.source.count("\n", 0, start) + 1

    def __bool__(self) -> bool:
        return bool(self.raw.strip())

    def part(self, start: int, end: int | None = None) -> Span:
        """From one place to another, counted from its own start."""
        return Span(self.source, self.start + start, self.end if end is None else self.start + end)

    def stripped(self) -> Span:
        raw = self.raw
        return self.part(len(raw) - len(raw.lstrip()), len(raw.rstrip()))

    def starts(self, prefix: str) -> bool:
        return self.raw.startswith(prefix)

    def marks(self, pattern: str) -> list[tuple[int, int]]:
        """Where the pattern matches, with no backslash before it."""
        found = re.finditer(rf"\\.|(?P<mark>{pattern})", self.raw, re.DOTALL)
        return [match.span("mark") for match in found if match["mark"] is not None]

    def cut(self, pattern: str) -> tuple[Span, Span | None]:
        """What stands before the first mark and after it."""
        marks = self.marks(pattern)
        return (self.part(0, marks[0][0]), self.part(marks[0][1])) if marks else (self, None)

    def cut_last(self, pattern: str) -> tuple[Span, Span | None]:
        marks = self.marks(pattern)
        return (self.part(0, marks[-1][0]), self.part(marks[-1][1])) if marks else (self, None)

    def entries(self, pattern: str) -> Iterator[Span]:
        """Each mark with what follows it up to the next.

        Raises NotCarriedError for text before the first, and for more answers than any question has.
        """
        starts = [start for start, _ in self.marks(pattern)]
        if len(starts) > MOST_ANSWERS:
            raise NotCarriedError(
                gettext("{count} answers; {most} are allowed").format(count=f"{len(starts):,}", most=MOST_ANSWERS),
                self.line,
            )
        if lost := self.part(0, starts[0] if starts else None):
            raise NotCarriedError(
                gettext("“{text}” is no answer: an answer begins with = or ~").format(text=lost.text[:40]), lost.line
            )
        for start, end in zip(starts, [*starts[1:], self.end - self.start], strict=True):
            yield self.part(start, end)


def unescaped(raw: str) -> str:
    return ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], raw)


def escaped(text: str) -> str:
    """Text in which no character has a meaning of GIFT, in one line."""
    return NEEDS_ESCAPE.sub(lambda found: r"\n" if found[0] == "\n" else f"\\{found[0]}", text)


def paragraphs(text: str) -> Iterator[Span]:
    """What stands between blank lines, comments left out: a line that begins with // ends no question."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ["" if line.lstrip().startswith("//") else line for line in lines]
    source = "\n".join(kept)
    start, offset = None, 0
    for line, shown in zip([*lines, ""], [*kept, ""], strict=True):
        if line.strip() and start is None:
            start = offset
        elif not line.strip() and start is not None:
            if span := Span(source, start, min(offset, len(source))):
                yield span
            start = None
        offset += len(shown) + 1
