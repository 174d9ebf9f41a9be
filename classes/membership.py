"""A person's classes, and what the page of one class shows to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from classes import entries
from classes.entries import Due, Entry
from classes.models import CourseClass, Enrolment, Role
from classes.permissions import User
from lessons import progress
from lessons.drafts import acts_as_staff
from lessons.models import Course, Learner
from lessons.progress import LessonCard

BY_NAME = ("learner__user__last_name", "learner__user__first_name", "learner__user__username")
PEOPLE = Q(enrolments__left_at=None, enrolments__learner__stand_in_of=None, enrolments__role=Role.LEARNER)


@dataclass(frozen=True, slots=True)
class Taken:
    """A class that the person learns in."""

    course_class: CourseClass
    due: tuple[Due, ...]

    @property
    def next(self) -> Due | None:
        return next((due for due in self.due if not due.done and due.opens_at is None), None)


@dataclass(frozen=True, slots=True)
class ClassList:
    """`taught` are counted: each has `learners`, an int. `others` are those that only a superuser may enter."""

    taken: tuple[Taken, ...]
    taught: tuple[CourseClass, ...]
    others: tuple[CourseClass, ...]


@dataclass(frozen=True, slots=True)
class ClassPage:
    """One class as somebody with `role` sees it."""

    role: Role
    entries: tuple[Entry, ...]
    due: tuple[Due, ...]
    instructors: tuple[Enrolment, ...]
    learners: int
    staff_count: int
    invited: int
    may_leave: bool

    @property
    def staff(self) -> bool:
        return self.role != Role.LEARNER

    @property
    def instructor(self) -> bool:
        return self.role == Role.INSTRUCTOR

    @property
    def empty(self) -> bool:
        """Nobody learns here yet."""
        return not (self.learners or self.invited)


def classes_of(user: User, learner: Learner | None, now: datetime) -> ClassList:
    """Archived classes come last."""
    roles = dict(Enrolment.objects.active().filter(learner=learner).values_list("course_class", "role"))
    everything = acts_as_staff(user) and getattr(user, "is_superuser", False)
    seen = CourseClass.objects.all() if everything else CourseClass.objects.filter(pk__in=roles)
    counted = seen.select_related("course").annotate(learners=Count("enrolments", PEOPLE))
    found = sorted(counted, key=lambda each: (each.archived_at is not None, each.title.casefold(), each.pk))
    taken = [each for each in found if roles.get(each.pk) == Role.LEARNER]
    return ClassList(
        taken=_taken(taken, learner, now),
        taught=tuple(each for each in found if each.pk in roles and roles[each.pk] != Role.LEARNER),
        others=tuple(each for each in found if each.pk not in roles),
    )


def look(course_class: CourseClass, role: Role, learner: Learner | None, now: datetime) -> ClassPage:
    people = people_of(course_class)
    counts = dict(people.values_list("role").annotate(count=Count("pk")).order_by())
    own = Enrolment.objects.active().filter(course_class=course_class, learner=learner).first()
    learns = learner is not None and own is not None and own.role == Role.LEARNER
    return ClassPage(
        role=role,
        entries=entries.entries_of(course_class, role, learner),
        due=entries.due_in([course_class], learner, now) if learner and learns else (),
        instructors=tuple(people.filter(role=Role.INSTRUCTOR).select_related("learner__user")),
        learners=counts.get(Role.LEARNER, 0),
        staff_count=counts.get(Role.ASSISTANT, 0) + counts.get(Role.INSTRUCTOR, 0),
        invited=course_class.invitations.filter(accepted_at=None).count(),
        may_leave=own is not None and own.learner.stand_in_of_id is None,
    )


def people_of(course_class: CourseClass) -> QuerySet[Enrolment]:
    """Everybody who is in the class now, by name; no stand-ins."""
    return Enrolment.objects.people().active().filter(course_class=course_class).order_by(*BY_NAME)


def find_people(
    course_class: CourseClass, *, words: str = "", role: str = "", section: int | None = None, left: bool = False
) -> QuerySet[Enrolment]:
    """By name, user name or e-mail address; `section` 0 is none; `left` finds those who are not in it any more."""
    everybody = Enrolment.objects.people().filter(course_class=course_class, left_at__isnull=not left)
    found = everybody.select_related("learner__user", "section").order_by(*BY_NAME)
    for word in words.split():
        user = "learner__user__"
        fields = ("first_name", "last_name", "username", "email")
        found = found.filter(reduce(or_, (Q(**{f"{user}{field}__icontains": word}) for field in fields)))
    if role:
        found = found.filter(role=role)
    if section is not None:
        found = found.filter(section=section or None)
    return found


def lessons_of(enrolment: Enrolment) -> tuple[LessonCard, ...]:
    """How far this person is in the published lessons of the class's course."""
    visible = enrolment.course_class.course.lessons.visible_to(AnonymousUser()).select_related("course")
    return progress.lesson_cards(visible, enrolment.learner)


def taken(course: Course, learner: Learner, now: datetime) -> tuple[Taken, ...]:
    """The classes of this course that take the learner along now."""
    own = Enrolment.objects.active().filter(learner=learner, course_class__course=course, role=Role.LEARNER)
    found = own.filter(course_class__archived_at=None).select_related("course_class__course")
    return _taken([enrolment.course_class for enrolment in found.order_by("course_class__title")], learner, now)


def join_path(course_class: CourseClass) -> str:
    return f"{reverse('class_join')}?code={course_class.code}"


def _taken(course_classes: Sequence[CourseClass], learner: Learner | None, now: datetime) -> tuple[Taken, ...]:
    going_on = [each for each in course_classes if each.archived_at is None]
    due = entries.due_in(going_on, learner, now) if learner and going_on else ()
    return tuple(Taken(each, tuple(one for one in due if one.course_class.pk == each.pk)) for each in course_classes)
