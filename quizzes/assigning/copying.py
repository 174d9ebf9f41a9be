"""The plan of a class that took the course before, taken over: quizzes, policies and weights, with all dates moved.

sources(user, course_class)              the classes whose plan this person may take
take_over(course_class, source, begins)  what is not assigned yet; its first date falls on `begins`
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from classes.models import CourseClass, Enrolment, Role
from classes.permissions import User
from quizzes.assigning.planning import DATES, assignments_of, lock, moved, rest_of, store
from quizzes.models import Assignment

STAFF = (Role.ASSISTANT, Role.INSTRUCTOR)


def sources(user: User, course_class: CourseClass) -> QuerySet[CourseClass]:
    """Other classes of the same course that have a plan, the newest first."""
    others = CourseClass.objects.filter(course=course_class.course_id, assignments__isnull=False)
    if not getattr(user, "is_superuser", False):
        mine = Enrolment.objects.people().active().filter(learner__user=user.pk, role__in=STAFF)
        others = others.filter(pk__in=mine.values("course_class"))
    return others.exclude(pk=course_class.pk).distinct().order_by("-created_at", "-pk")


@transaction.atomic
def take_over(course_class: CourseClass, source: CourseClass, begins: date | None = None) -> int:
    """How many quizzes were assigned: all that can be or, with a ValidationError, none. Without `begins` the dates
    stay. Quizzes that are assigned already stay as they are; extensions are not taken over."""
    lock(course_class)
    days = days_between(source, begins)
    wanted = set(rest_of(course_class).values_list("pk", flat=True))
    found = [each for each in assignments_of(source) if each.quiz_id in wanted]
    for each in found:
        copied = Assignment(course_class=course_class, quiz=each.quiz, policy=each.policy, weight=each.weight)
        for name, moment in moved(each, days).items():
            setattr(copied, name, moment)
        store(copied)
    return len(found)


def days_between(source: CourseClass, begins: date | None) -> int:
    """From the first date of its plan; 0 where there is nothing to count from."""
    every = (getattr(each, name) for each in assignments_of(source) for name in DATES)
    first = min((moment for moment in every if moment is not None), default=None)
    return 0 if first is None or begins is None else (begins - timezone.localtime(first).date()).days
