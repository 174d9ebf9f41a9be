"""The way through a course: its lessons as stations, in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lessons.content.content_schema import CoursePart
from lessons.models import Course
from lessons.progress import LessonCard


@dataclass(frozen=True, slots=True)
class MapPart:
    """Without a title where the course has no parts, or for lessons before the first one."""

    title: str
    summary: str
    cards: tuple[LessonCard, ...]

    @property
    def completed(self) -> int:
        return sum(card.completed for card in self.cards)

    @property
    def minutes(self) -> int:
        return sum(card.lesson.minutes for card in self.cards)


def course_map(course: Course, cards: Sequence[LessonCard]) -> tuple[MapPart, ...]:
    """Every lesson once, in order; parts without a lesson that the visitor may see are left out."""
    parts = [CoursePart.model_validate(part) for part in course.parts]
    found: list[MapPart] = []
    starts = [0, *(part.first for part in parts)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], float("inf")], strict=True)):
        inside = tuple(card for card in cards if start <= card.lesson.position < end)
        if inside:
            title, summary = (parts[number - 1].title, parts[number - 1].summary) if number else ("", "")
            found.append(MapPart(title, summary, inside))
    return tuple(found)
