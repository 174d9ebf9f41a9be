"""Who has completed a course, and what is missing.

missing(course, learner)        what is left to do, each with the place to do it; empty for who has completed the course
issue(course, learner, name)    the certificate, made if there is none
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from lessons import progress
from lessons.models import Certificate, Course, Learner, Lesson
from lessons.signals import course_completion_asked


class NotCompletedError(Exception):
    """The course is not completed; `missing` says what is left."""

    def __init__(self, missing: Sequence[Requirement]) -> None:
        super().__init__(f"{len(missing)} requirements are not met")
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that is left to do, in words, and where."""

    text: str
    url: str


def missing(course: Course, learner: Learner) -> tuple[Requirement, ...]:
    """Lessons that are not completed, then what other apps ask for (lessons.signals.course_completion_asked)."""
    cards = progress.lesson_cards(_lessons(course), learner)
    to_do = _("Make a prediction in every experiment of “%s”.")
    lessons = [
        Requirement(to_do % card.lesson.title, card.lesson.get_absolute_url()) for card in cards if not card.completed
    ]
    answers: list[tuple[Any, Any]] = course_completion_asked.send(sender=Course, course=course, learner=learner)
    return (*lessons, *(requirement for _receiver, found in answers for requirement in found or ()))


def issue(course: Course, learner: Learner, name: str) -> Certificate:
    """A certificate that exists keeps everything but the name. Raises NotCompletedError."""
    if left := missing(course, learner):
        raise NotCompletedError(left)
    lessons = _lessons(course)
    certificate, created = Certificate.objects.get_or_create(
        learner=learner,
        course=course,
        defaults={
            "name": name,
            "course_title": course.title,
            "lessons": [lesson.title for lesson in lessons],
            "minutes": sum(lesson.minutes for lesson in lessons),
        },
    )
    if not created and certificate.name != name:
        certificate.name = name
        certificate.save(update_fields=["name"])
    return certificate


def _lessons(course: Course) -> list[Lesson]:
    """What learners see: drafts are not asked for."""
    return list(course.lessons.visible_to(AnonymousUser()).select_related("course"))
