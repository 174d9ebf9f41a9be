"""Who of the instructors may do what with questions, attempts and grades.

edits_questions(user)        may correct questions, regrade, and see everybody's attempts
readable_attempts(user)      the attempts that somebody may look at: all, or those of the classes they help to run
may_set_grade(user, attempt) may say what an attempt is worth: who edits questions, and the class's instructors

Nothing is anybody's while they look at the site as a learner does.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from classes.models import Enrolment, Role
from lessons.drafts import acts_as_staff
from quizzes.models import Attempt

User = AbstractBaseUser | AnonymousUser
STAFF = (Role.ASSISTANT, Role.INSTRUCTOR)


def edits_questions(user: User) -> bool:
    return acts_as_staff(user) and bool(user.has_perm("quizzes.change_question"))  # type: ignore[union-attr]


def staffed(user: User, roles: Iterable[Role] = STAFF) -> QuerySet[Enrolment]:
    """Where the user helps to run a class."""
    enrolments = Enrolment.objects.active().filter(role__in=tuple(roles))
    if getattr(user, "views_as_learner", False):
        return enrolments.none()
    return enrolments.filter(learner__user=user.pk, learner__user__isnull=False)


def reads_attempts(user: User) -> bool:
    """Whether there may ever be attempts of others for this user to look at."""
    return edits_questions(user) or staffed(user).exists()


def readable_attempts(user: User) -> QuerySet[Attempt]:
    attempts = Attempt.objects.filter(learner__stand_in_of=None)
    if edits_questions(user):
        return attempts
    return attempts.filter(enrolment__course_class__in=staffed(user).values("course_class"))


def may_set_grade(user: User, attempt: Attempt) -> bool:
    if edits_questions(user):
        return True
    led = staffed(user, (Role.INSTRUCTOR,))
    return attempt.enrolment is not None and led.filter(course_class=attempt.enrolment.course_class_id).exists()
