"""Learners in classes that take a quiz, with everything that can be granted to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from classes.models import CourseClass, Enrolment
from lessons.models import Learner
from quizzes.models import Assignment, Extension, Quiz

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def assign(quiz: Quiz, **values: Any) -> Assignment:
    """To a new class."""
    course_class = CourseClass.objects.create(course=quiz.lesson.course, title="Autumn")
    return Assignment.objects.create(course_class=course_class, quiz=quiz, **values)


def enrol(assignment: Assignment, learner: Learner | None = None, **values: Any) -> Enrolment:
    learner = learner or Learner.objects.create()
    return Enrolment.objects.create(course_class=assignment.course_class, learner=learner, **values)


def extend(enrolment: Enrolment, quiz: Quiz, **values: Any) -> Extension:
    return Extension.objects.create(enrolment=enrolment, quiz=quiz, reason="They were ill.", **values)
