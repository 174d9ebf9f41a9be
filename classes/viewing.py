"""An instructor or assistant looks at the course as a learner of their class does.

They do so through a stand-in, a learner of its own that is enrolled as one: nothing that it does ever counts, whoever
counts asks for `Enrolment.objects.people()` or leaves out `learner__stand_in_of`. The session says in which class and
how far away the chosen date is; the date goes on from there, so that time limits can be tried.

    begin(request, course_class, section, moment), end(request), start_over(request)
    current(request)    the Viewing of this request, or None; the middleware puts it on the request as `viewing`
    now(request)        the moment that holds for this request
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from classes.models import CourseClass, Enrolment, Role, Section
from classes.permissions import may
from lessons.models import Learner

SESSION_KEY = "viewing_as_learner"


@dataclass(frozen=True, slots=True)
class Viewing:
    """Who looks, as whom, in which class; `ahead` is how far the chosen date is from the real one (None: it is now)."""

    enrolment: Enrolment
    ahead: timedelta | None

    @property
    def course_class(self) -> CourseClass:
        return self.enrolment.course_class

    @property
    def section(self) -> Section | None:
        return self.enrolment.section

    @property
    def learner(self) -> Learner:
        return self.enrolment.learner

    @property
    def now(self) -> datetime:
        return timezone.now() + (self.ahead or timedelta())


def now(request: HttpRequest) -> datetime:
    """The real time, unless this request views as a learner with a chosen date."""
    viewing: Viewing | None = getattr(request, "viewing", None)
    return viewing.now if viewing else timezone.now()


def current(request: HttpRequest) -> Viewing | None:
    """None as well when the session says otherwise but the user's role, or the stand-in's place, is gone."""
    state = request.session.get(SESSION_KEY)
    if not state or not request.user.is_authenticated:
        return None
    enrolments = Enrolment.objects.active().select_related("course_class__course", "section", "learner__stand_in_of")
    found = enrolments.filter(course_class=state["class"], learner__stand_in_of=request.user.pk).first()
    if found is None or not may(request.user, found.course_class, Role.ASSISTANT):
        return None
    return Viewing(found, timedelta(seconds=state["ahead"]) if state["ahead"] is not None else None)


@transaction.atomic
def begin(
    request: HttpRequest, course_class: CourseClass, section: Section | None = None, moment: datetime | None = None
) -> Viewing:
    """Enrols the stand-in in this class alone. Whether the user may is the caller's to ask."""
    stand_in = Learner.objects.get_or_create(stand_in_of_id=request.user.pk)[0]
    Enrolment.objects.active().filter(learner=stand_in).exclude(course_class=course_class).update(
        left_at=timezone.now()
    )
    enrolment, _created = Enrolment.objects.update_or_create(
        course_class=course_class,
        learner=stand_in,
        defaults={"section": section, "role": Role.LEARNER, "left_at": None},
    )
    ahead = moment - timezone.now() if moment else None
    request.session[SESSION_KEY] = {"class": course_class.pk, "ahead": ahead.total_seconds() if ahead else None}
    words = gettext("Began to view as a learner; section: %(section)s; date: %(date)s.")
    _log(request.user, course_class, words % {"section": section or gettext("none"), "date": moment or gettext("now")})
    return Viewing(enrolment, ahead)


@transaction.atomic
def end(request: HttpRequest) -> CourseClass | None:
    """The class that was viewed; None where the session did not say so. Works without a role, too."""
    state = request.session.pop(SESSION_KEY, None)
    course_class = CourseClass.objects.filter(pk=state["class"]).first() if state else None
    if course_class is None or not request.user.is_authenticated:
        return None
    Enrolment.objects.active().filter(course_class=course_class, learner__stand_in_of=request.user.pk).update(
        left_at=timezone.now()
    )
    _log(request.user, course_class, gettext("Ended to view as a learner."))
    return course_class


@transaction.atomic
def start_over(request: HttpRequest, viewing: Viewing) -> None:
    """Deletes everything that the stand-in did, in every class; what comes next is a new learner's first visit."""
    viewing.learner.delete()
    stand_in = Learner.objects.create(stand_in_of_id=request.user.pk)
    Enrolment.objects.create(course_class=viewing.course_class, learner=stand_in, section=viewing.section)
    words = gettext("Viewing as a learner: started over, the stand-in’s work was deleted.")
    _log(request.user, viewing.course_class, words)


def end_at_logout(sender: Any, request: HttpRequest | None, user: AbstractBaseUser | None, **_: Any) -> None:
    """Receiver of django.contrib.auth's user_logged_out, which comes before the session is emptied."""
    if user is not None and request is not None and request.session.get(SESSION_KEY):
        end(request)


def _log(user: Any, course_class: CourseClass, words: str) -> None:
    """In the admin's history of the class, in the language of who did it."""
    LogEntry.objects.log_actions(user.pk, [course_class], CHANGE, words, single_object=True)
