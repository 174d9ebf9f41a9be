"""How long a lesson takes to read, and where in it a learner was last."""

from __future__ import annotations

from math import ceil

from django.utils import timezone

from lessons.bookmarks import lesson_places
from lessons.content import rendering
from lessons.models import Learner, Lesson, LessonProgress

WORDS_EACH_MINUTE = 200
LONGEST_PLACE = 200


def minutes(lesson: Lesson) -> int:
    """For its text alone, at least one; without code blocks, experiments and the playground."""
    return max(1, ceil(len(rendering.plain(lesson.body).split()) / WORDS_EACH_MINUTE))


def remember_place(learner: Learner, lesson: Lesson, address: str) -> None:
    """Of a lesson that was opened; raises lesson_places.PlaceError where the address names nothing in it."""
    place = lesson_places.parse(lesson, address).address
    if len(place) <= LONGEST_PLACE:
        LessonProgress.objects.filter(learner=learner, lesson=lesson).update(place=place, seen_at=timezone.now())
