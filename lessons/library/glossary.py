"""The words of all lessons, each with its meaning and the lessons that introduce it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import reverse

from lessons.content import rendering
from lessons.content.term_links import Term
from lessons.models import Lesson


@dataclass(frozen=True, slots=True)
class Entry:
    """`lessons` in the order of the course; the meaning, Markdown, is that of the first one."""

    word: str
    meaning: str
    lessons: tuple[Lesson, ...]

    @property
    def anchor(self) -> str:
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.word.lower()).strip("-")

    @property
    def url(self) -> str:
        return f"{reverse('glossary')}#{self.anchor}"


def entries(lessons: Iterable[Lesson]) -> tuple[Entry, ...]:
    """In alphabetical order, whatever the case."""
    found: dict[str, tuple[str, str, list[Lesson]]] = {}
    for lesson in lessons:
        for item in lesson.glossary:
            found.setdefault(item["term"].casefold(), (item["term"], item["meaning"], []))[2].append(lesson)
    return tuple(Entry(word, meaning, tuple(using)) for _, (word, meaning, using) in sorted(found.items()))


def entries_for(user: AbstractBaseUser | AnonymousUser) -> tuple[Entry, ...]:
    return entries(Lesson.objects.visible_to(user).select_related("course"))


def terms(found: Iterable[Entry]) -> tuple[Term, ...]:
    """What a text may link to."""
    return tuple(Term(entry.word, entry.url, rendering.plain(entry.meaning)) for entry in found)
