"""How people get into a class and out of it, and what they are in it. Nothing here asks who wants it: the views do.

    join_by_code(user, code)            a person who has the class's code
    enrol(course_class, learner, …)     whoever may be let in: by an invitation, a CSV, as the first instructor
    leave(enrolment), remove(enrolment), bring_back(enrolment)
    change(enrolment, role, section, time_factor), move(course_class, enrolments, section)

What is refused raises EnrolmentError, which says in words why.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from classes.models import CourseClass, Enrolment, Role, Section
from classes.permissions import RANK, User
from classes.signals import time_granted
from lessons.learners import learner_of
from lessons.models import Learner


class EnrolmentError(Exception):
    """The message is for the person who asked."""


def class_of_code(code: str) -> CourseClass:
    """The class that this code opens now; spaces, hyphens and case do not matter."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    found = CourseClass.objects.select_related("course").filter(code=plain).first() if plain else None
    if found is None:
        raise EnrolmentError(_("No class has this code. Check it letter by letter, or ask your instructor."))
    if found.archived_at:
        raise EnrolmentError(_("This class has ended."))
    if not found.code_enabled or (found.code_valid_until and found.code_valid_until <= timezone.now()):
        raise EnrolmentError(_("This code is no longer valid. Ask your instructor for a new one."))
    return found


def is_in(user: User, course_class: CourseClass) -> bool:
    return Enrolment.objects.active().filter(course_class=course_class, learner__user=user.pk).exists()


@transaction.atomic
def join_by_code(user: User, code: str) -> tuple[Enrolment, bool]:
    """The enrolment, and whether it is new; who is in already stays what they are."""
    course_class, learner = class_of_code(code), learner_of(user)
    if Enrolment.objects.filter(course_class=course_class, learner=learner, removed=True).exists():
        raise EnrolmentError(_("An instructor took you out of this class. Ask them to let you in again."))
    return enrol(course_class, learner)


def take_name(user: User, name: str) -> None:
    """What somebody is called in classes, unless they have a name already."""
    if not isinstance(user, AbstractUser) or not name or user.get_full_name():
        return
    first, _space, last = name.rpartition(" ")
    user.first_name, user.last_name = first[:150], last[:150]
    user.save(update_fields=["first_name", "last_name"])


@transaction.atomic
def enrol(
    course_class: CourseClass,
    learner: Learner,
    *,
    role: Role = Role.LEARNER,
    section: Section | None = None,
    time_factor: Decimal = Decimal(1),
) -> tuple[Enrolment, bool]:
    """The enrolment, and whether they came in now. Who is in already keeps everything but a lower role."""
    values = {"role": role, "section": section, "time_factor": time_factor}
    enrolment, created = Enrolment.objects.select_for_update().get_or_create(
        course_class=course_class, learner=learner, defaults=values
    )
    came = created or enrolment.left_at is not None
    if not came and RANK[role] > RANK[Role(enrolment.role)]:
        values = {"role": role}
    elif created or not came:
        return enrolment, came
    _set(enrolment, left_at=None, removed=False, **values)
    return enrolment, came


@transaction.atomic
def leave(enrolment: Enrolment) -> None:
    _keep_an_instructor(enrolment)
    _set(enrolment, left_at=timezone.now())


@transaction.atomic
def remove(enrolment: Enrolment) -> None:
    """Like leaving, but the code does not let them in again."""
    _keep_an_instructor(enrolment)
    _set(enrolment, left_at=timezone.now(), removed=True)


def bring_back(enrolment: Enrolment) -> None:
    """Takes back that somebody left or was removed: they are what they were."""
    _set(enrolment, left_at=None, removed=False)


@transaction.atomic
def change(
    enrolment: Enrolment,
    *,
    role: Role,
    section: Section | None,
    time_factor: Decimal,
    by: User | None = None,
) -> None:
    """`by`: who changes it, for whoever listens to classes.signals.time_granted."""
    before = Enrolment.objects.values_list("time_factor", flat=True).get(pk=enrolment.pk)
    if role != Role.INSTRUCTOR:
        _keep_an_instructor(enrolment)
    _set(enrolment, role=role, section=section, time_factor=time_factor)
    if time_factor > before:
        time_granted.send(sender=Enrolment, enrolment=enrolment, by=by)


def move(course_class: CourseClass, enrolments: Collection[int], section: Section | None) -> int:
    """Puts people into a section, or into none. Returns how many of the given ids are in this class."""
    return Enrolment.objects.people().filter(course_class=course_class, pk__in=enrolments).update(section=section)


def _keep_an_instructor(leaving: Enrolment) -> None:
    """The class's row is locked, so that two instructors cannot leave at the same time."""
    CourseClass.objects.select_for_update().get(pk=leaving.course_class_id)
    instructors = Enrolment.objects.people().active().filter(course_class=leaving.course_class_id, role=Role.INSTRUCTOR)
    if instructors.filter(pk=leaving.pk).exists() and not instructors.exclude(pk=leaving.pk).exists():
        raise EnrolmentError(_("A class needs an instructor. Make somebody else one first."))


def _set(enrolment: Enrolment, **values: object) -> None:
    for name, value in values.items():
        setattr(enrolment, name, value)
    enrolment.save(update_fields=[*values])
