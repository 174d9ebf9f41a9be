"""Grades that are missing through a fault of ours, or that an earlier version of a question gave.

ungraded(user)      attempts that could not be graded, or wait for longer than they should
grade_all(user)     has all of them graded again
outdated_quizzes()  quizzes whose questions changed after attempts were graded
class_entries(...)  what the page of a class says of it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from classes.entries import Entry
from classes.models import CourseClass, Role
from quizzes.grading import grader
from quizzes.models import Attempt, Quiz
from quizzes.permissions import readable_attempts
from quizzes.regrading.outdated import outdated_attempts

State = Attempt.State
OVERDUE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class OutdatedQuiz:
    quiz: Quiz
    attempts: int


def ungraded(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Attempt]:
    """Oldest first."""
    found = readable_attempts(user).filter(without_grade())
    return found.select_related("learner__user", "learner__stand_in_of", "quiz").order_by("submitted_at", "pk")


def without_grade() -> Q:
    overdue = Q(state=State.SUBMITTED, submitted_at__lt=timezone.now() - OVERDUE_AFTER)
    return Q(state=State.FAILED) | overdue


def grade_all(user: AbstractBaseUser | AnonymousUser) -> int:
    """How many were sent. An attempt that got its grade meanwhile keeps it."""
    return sum(grader.retry(pk) for pk in ungraded(user).values_list("pk", flat=True))


def outdated_quizzes() -> tuple[OutdatedQuiz, ...]:
    taken = Quiz.objects.filter(attempts__state=State.GRADED).distinct()
    found = (OutdatedQuiz(quiz, outdated_attempts(quiz).count()) for quiz in taken.select_related("lesson__scene"))
    return tuple(each for each in found if each.attempts)


def class_entries(sender: Any, course_class: CourseClass, role: Role, **_: Any) -> list[Entry]:
    """Receiver of classes.signals.class_page_asked: for whoever helps to run the class."""
    if role == Role.LEARNER:
        return []
    waiting = Attempt.objects.filter(without_grade(), enrolment__course_class=course_class, learner__stand_in_of=None)
    count = waiting.count()
    summary = ngettext("%(count)s attempt has no grade yet", "%(count)s attempts have no grade yet", count)
    return [Entry(gettext("Grading"), reverse("grading"), summary % {"count": count})]
