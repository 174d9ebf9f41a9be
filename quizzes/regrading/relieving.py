"""Work that is no longer late, once its learner was granted more time.

has_raised(...)        whether it did
foreseen(grant, ...)   what a grant that is not stored yet would change
request(...)           after it is stored: gives those attempts a new grade, in a worker

Grades only rise by it. What was granted may be taken back or replaced by less later: that lowers no grade.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_noop

from classes.models import Enrolment
from quizzes.models import Attempt, Quiz, Regrade
from quizzes.regrading.comparing import Comparison, with_granted_time
from quizzes.regrading.running import stored

REASON = gettext_noop("More time was granted, so the work is no longer late.")
"""Translated where it is shown, because grades are kept."""


def foreseen(grant: Callable[[], object], enrolment: Enrolment, quiz: Quiz) -> tuple[Comparison, ...]:
    """What the call would change. It is made, looked at and rolled back; what it raises is raised."""
    with transaction.atomic():
        grant()
        found = relieved(enrolment, quiz)
        transaction.set_rollback(True)
    return found


def request(enrolment: Enrolment, quiz: Quiz, by: int | None) -> Regrade | None:
    """None where nobody's grade rises. `by`: the key of the user who granted it.

    The caller has locked the enrolment, so that no grade is stored meanwhile that does not know the grant.
    """
    if not relieved(enrolment, quiz):
        return None
    regrade = Regrade(quiz=quiz, enrolment=enrolment, kind=Regrade.Kind.TIME, state=Regrade.State.APPLYING)
    regrade.reason, regrade.requested_by_id = REASON, by
    return stored(regrade)


def receive(sender: Any, enrolment: Enrolment, by: AbstractBaseUser | None, **_: Any) -> None:
    """Receiver of classes.signals.time_granted: a greater time factor holds for every quiz of the class."""
    for quiz in Quiz.objects.filter(attempts__enrolment=enrolment).distinct():
        request(enrolment, quiz, by=by.pk if by else None)


def has_raised(enrolment: Enrolment, quiz: Quiz) -> bool:
    """Whether a grade rose by what this learner was granted."""
    return Regrade.objects.filter(kind=Regrade.Kind.TIME, enrolment=enrolment, quiz=quiz).exists()


def relieved(enrolment: Enrolment, quiz: Quiz) -> tuple[Comparison, ...]:
    """The graded attempts whose grade the rules, as they are now, make better."""
    attempts = Attempt.objects.filter(quiz=quiz, enrolment=enrolment, state=Attempt.State.GRADED)
    related = attempts.filter(learner__stand_in_of=None).select_related("quiz__policy", "learner", "enrolment")
    found = (with_granted_time(attempt.grades.latest("run"), attempt) for attempt in related.order_by("number"))
    return tuple(each for each in found if each.changed)
