"""Deleting an account, with time to think again.

ask(user, now)        sets the date; signing in before it takes the request back
obstacles(user)       what has to be settled first, in words
delete(user)          everything that is stored about them, at once and for good
delete_due(now)       those whose date has come
forget_guest(learner) a guest's work, at once
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext

from classes.models import CourseClass, Enrolment, Invitation, Role
from lessons.models import Learner
from quizzes.models import AccountDeletion


def obstacles(user: Any) -> list[str]:
    """Nobody leaves a class without an instructor, or the site without an administrator."""
    found = [
        gettext("You are the only instructor of “{title}”. Add another one, or end the class.").format(title=each.title)
        for each in taught_alone(user)
    ]
    administrators = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    if user.is_superuser and not administrators.exclude(pk=user.pk).exists():
        found.append(gettext("You are the only administrator of this site."))
    return found


def taught_alone(user: AbstractBaseUser) -> list[CourseClass]:
    teaching = Enrolment.objects.active().filter(role=Role.INSTRUCTOR)
    own = teaching.filter(learner__user=user.pk).values("course_class")
    mine = CourseClass.objects.filter(archived_at=None, pk__in=own)
    return [each for each in mine if not teaching.filter(course_class=each).exclude(learner__user=user.pk).exists()]


def ask(user: AbstractBaseUser, now: datetime) -> AccountDeletion:
    """A second request changes nothing."""
    due_at = now + timedelta(days=settings.ACCOUNT_DELETION_GRACE_DAYS)
    return AccountDeletion.objects.get_or_create(user_id=user.pk, defaults={"asked_at": now, "due_at": due_at})[0]


def keep(user: AbstractBaseUser) -> bool:
    """Takes the request back. Returns whether there was one."""
    return bool(AccountDeletion.objects.filter(user=user.pk).delete()[0])


def keep_at_login(sender: Any, request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    """Receiver of django.contrib.auth's user_logged_in."""
    if keep(user) and request is not None and hasattr(request, "_messages"):
        messages.success(request, gettext("Welcome back. Your account stays, and nothing of it was deleted."))


def delete(user: Any) -> None:
    """What other people wrote stays; it names nobody any more."""
    with transaction.atomic():
        theirs = Q(accepted_by__learner__user=user)
        Invitation.objects.filter(theirs | Q(email__iexact=user.email) if user.email else theirs).delete()
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username=user.get_username()).delete()
        user.delete()


def delete_due(now: datetime) -> int:
    """Returns how many accounts were deleted. One that cannot be spared by now is left for an administrator."""
    deleted = 0
    for request in AccountDeletion.objects.filter(due_at__lte=now).select_related("user"):
        if not obstacles(request.user):
            delete(request.user)
            deleted += 1
    return deleted


def forget_guest(learner: Learner) -> None:
    if learner.user_id is None and learner.stand_in_of_id is None:
        learner.delete()
