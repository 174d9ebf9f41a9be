"""The plan of a class: its assignments, and the extensions of single learners.

    plan_of(course_class)            what is assigned, in the order of the course, and who has more time
    assign_rest(course_class, …)     every quiz of the course that is not assigned yet
    store(assignment, …), remove(…)  one of them
    shift(course_class, days)        all dates, by whole days
    grant(extension), take_back(…)   more time, a later closing or more tries for one learner at one quiz
    foreseen(extension)              the grades that would rise by it

Whoever changes the plan holds the lock of the class's row, so that two instructors wait for each other; and whoever
changes an assignment says what they saw of it, so that neither overwrites unseen what the other one did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from classes.models import CourseClass, Enrolment
from lessons.models import Status
from quizzes.models import Assignment, Extension, Policy, Quiz
from quizzes.policies import granting
from quizzes.regrading import relieving
from quizzes.regrading.comparing import Comparison

DATES = ("opens_at", "closes_at", "late_until")


class ChangedMeanwhileError(Exception):
    """Somebody has changed the plan since."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`rest`: published quizzes of the course that are not assigned. `factors`: who has extra time everywhere."""

    assignments: tuple[Assignment, ...]
    extensions: tuple[Extension, ...]
    rest: tuple[Quiz, ...]
    factors: tuple[Enrolment, ...]

    @property
    def dated(self) -> bool:
        return any(getattr(each, name) for each in self.assignments for name in DATES)


@dataclass(frozen=True, slots=True)
class Schedule:
    """For quizzes that are assigned together: the first closes at `first`, each next one `every` days later, at the
    same hour of the time zone of `first`."""

    opens_at: datetime | None = None
    first: datetime | None = None
    every: int = 0

    def closes_at(self, place: int) -> datetime | None:
        """`place` counts from 0."""
        return None if self.first is None else self.first + timedelta(days=self.every * place)


def plan_of(course_class: CourseClass) -> Plan:
    extensions = Extension.objects.filter(enrolment__course_class=course_class)
    people = Enrolment.objects.people().active().filter(course_class=course_class, time_factor__gt=1)
    return Plan(
        assignments=tuple(assignments_of(course_class)),
        extensions=tuple(extensions.select_related("enrolment__learner__user", "quiz", "granted_by")),
        rest=tuple(rest_of(course_class)),
        factors=tuple(people.select_related("learner__user", "section")),
    )


def assignments_of(course_class: CourseClass) -> QuerySet[Assignment]:
    """In the order of the course."""
    found = Assignment.objects.filter(course_class=course_class)
    related = found.select_related("quiz__lesson__course", "quiz__policy", "policy")
    return related.order_by("quiz__lesson__position", "quiz__lesson")


def rest_of(course_class: CourseClass) -> QuerySet[Quiz]:
    published = Quiz.objects.filter(lesson__course=course_class.course_id, status=Status.PUBLISHED)
    rest = published.filter(lesson__status=Status.PUBLISHED).exclude(assignments__course_class=course_class)
    return rest.select_related("lesson").order_by("lesson__position", "lesson")


@transaction.atomic
def assign_rest(course_class: CourseClass, policy: Policy | None, schedule: Schedule) -> int:
    """How many quizzes were assigned: all or, with a ValidationError, none."""
    lock(course_class)
    rest = list(rest_of(course_class))
    for place, quiz in enumerate(rest):
        dates = {"opens_at": schedule.opens_at, "closes_at": schedule.closes_at(place)}
        store(Assignment(course_class=course_class, quiz=quiz, policy=policy, **dates))
    return len(rest)


@transaction.atomic
def store(assignment: Assignment, seen: str | None = None) -> Assignment:
    """Raises ValidationError where the dates are in the wrong order, or the quiz is assigned already.

    `seen`: the version on which a change is based. Raises ChangedMeanwhileError where there is another by now.
    """
    lock(assignment.course_class)
    if seen is not None:
        stored = Assignment.objects.filter(pk=assignment.pk).first()
        if stored is None or version_of(stored) != seen:
            raise ChangedMeanwhileError
    require_order(assignment)
    assignment.full_clean()
    assignment.save()
    return assignment


def version_of(assignment: Assignment) -> str:
    """The same as long as everything that instructors set is the same."""
    moments = [moment and moment.timestamp() for moment in (getattr(assignment, name) for name in DATES)]
    return sha256(json.dumps([assignment.policy_id, *moments, assignment.weight]).encode()).hexdigest()


@transaction.atomic
def remove(assignment: Assignment) -> None:
    """Attempts and grades stay; they show again when the quiz is assigned again."""
    lock(assignment.course_class)
    assignment.delete()


@transaction.atomic
def shift(course_class: CourseClass, days: int) -> int:
    """How many assignments have dates and were moved; the hour stays, also where summer time begins or ends between.

    Extensions keep their dates, which were granted to the day.
    """
    lock(course_class)
    dated = {each.pk: dates for each in assignments_of(course_class) if (dates := moved(each, days))}
    return sum(Assignment.objects.filter(pk=pk).update(**dates) for pk, dates in dated.items())


def moved(assignment: Assignment, days: int) -> dict[str, datetime]:
    """Those of its dates that are set, at the same hour of another day."""
    dates = {name: getattr(assignment, name) for name in DATES}
    return {name: timezone.localtime(moment) + timedelta(days=days) for name, moment in dates.items() if moment}


@transaction.atomic
def grant(extension: Extension) -> Extension | None:
    """Stores it in the place of the one that the learner has for this quiz, and returns that one. Raises
    ValidationError by field.

    Graded attempts that are no longer late by it get a new grade, in a worker. Less than before lowers no grade.
    """
    lock(extension.enrolment.course_class)
    if not (extension.closes_at or extension.extra_minutes or extension.extra_attempts):
        raise ValidationError(gettext("Say what is granted: a later closing, more minutes or more attempts."))
    granting.hold(extension.enrolment_id)
    before = Extension.objects.filter(enrolment=extension.enrolment, quiz=extension.quiz).first()
    if before is not None:
        Extension.objects.filter(pk=before.pk).delete()
    extension.full_clean(exclude=["granted_by"])
    extension.save(force_insert=True)
    relieving.request(extension.enrolment, extension.quiz, by=extension.granted_by_id)
    return before


def foreseen(extension: Extension) -> tuple[Comparison, ...]:
    """The grades that rise when it is granted. Changes nothing; raises ValidationError as granting does."""
    return relieving.foreseen(partial(grant, copy(extension)), extension.enrolment, extension.quiz)


def fingerprint(foreseen: Iterable[Comparison]) -> str:
    """Says which grades somebody has seen rising; "" for none."""
    return ",".join(f"{each.grade.attempt_id}:{each.score}" for each in foreseen)


@transaction.atomic
def take_back(extension: Extension) -> None:
    """Grades that it raised stay as they are."""
    lock(extension.enrolment.course_class)
    extension.delete()


def lock(course_class: CourseClass) -> None:
    CourseClass.objects.select_for_update().get(pk=course_class.pk)


def require_order(assignment: Assignment) -> None:
    opens_at, closes_at, late_until = (getattr(assignment, name) for name in DATES)
    if opens_at and closes_at and closes_at <= opens_at:
        message = gettext("“{quiz}” would close before it opens.").format(quiz=assignment.quiz)
        raise ValidationError({"closes_at": message})
    if late_until and not closes_at:
        raise ValidationError({"late_until": gettext("Late work needs a closing before it.")})
    if late_until and late_until <= closes_at:
        raise ValidationError({"late_until": gettext("Late work ends after the closing.")})
