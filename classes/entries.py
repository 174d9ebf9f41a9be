"""What other apps add to the pages of classes (see classes.signals)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from classes import signals
from classes.models import CourseClass, Enrolment, Role
from lessons.models import Learner


@dataclass(frozen=True, slots=True)
class Entry:
    """A page about a class, to be linked to from the class's own."""

    title: str
    url: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do in a class. Without `due_at` it has no end; `state` is a word such as “submitted”.

    `opens_at`: from when on it can be done; None: by now. `failed`: done, but not well.
    """

    course_class: CourseClass
    title: str
    url: str
    due_at: datetime | None = None
    state: str = ""
    done: bool = False
    opens_at: datetime | None = None
    failed: bool = False


def entries_of(course_class: CourseClass, role: Role, learner: Learner | None) -> tuple[Entry, ...]:
    """In the order in which the receivers were connected."""
    answers: list[tuple[Any, Any]] = signals.class_page_asked.send(
        sender=CourseClass, course_class=course_class, role=role, learner=learner
    )
    return tuple(entry for _receiver, found in answers for entry in found or ())


def entries_of_person(enrolment: Enrolment) -> tuple[Entry, ...]:
    answers: list[tuple[Any, Any]] = signals.person_page_asked.send(sender=Enrolment, enrolment=enrolment)
    return tuple(entry for _receiver, found in answers for entry in found or ())


def due_in(course_classes: Sequence[CourseClass], learner: Learner, now: datetime) -> tuple[Due, ...]:
    """What is to do comes first, by its end; then what is not open yet, by its beginning; then what is done."""
    answers: list[tuple[Any, Any]] = signals.due_asked.send(
        sender=CourseClass, course_classes=list(course_classes), learner=learner, now=now
    )
    found = [due for _receiver, dues in answers for due in dues or ()]
    return tuple(sorted(found, key=lambda due: in_order(due, now)))


def in_order(due: Due, now: datetime) -> tuple[Any, ...]:
    return due.done, due.opens_at or now, due.due_at is None, due.due_at or now, due.title
