"""Who is learning: a user, or a guest known to one browser session. Guests are made on their first write.

Whoever looks at the course as a learner does so through a stand-in, which a middleware puts on the request as
`learner_stand_in` (see classes.viewing).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from lessons.bookmarks import bookmarks
from lessons.models import Learner, LessonProgress, Prediction, TraceAnswer
from lessons.signals import learner_merged

SESSION_KEY = "learner"


def current_learner(request: HttpRequest) -> Learner | None:
    """The learner of this request, or None for a visitor who has done nothing yet."""
    if stand_in := _stand_in(request):
        return stand_in
    if request.user.is_authenticated:
        return Learner.objects.filter(user=request.user).first()
    return _guest(request)


def require_learner(request: HttpRequest) -> Learner:
    """The learner of this request, made if there is none."""
    if stand_in := _stand_in(request):
        return stand_in
    if request.user.is_authenticated:
        return learner_of(request.user)
    learner = _guest(request)
    if learner is None:
        learner = Learner.objects.create()
        request.session[SESSION_KEY] = learner.pk
    return learner


def learner_of(user: AbstractBaseUser | AnonymousUser) -> Learner:
    """The own learner of a user who is signed in, made if there is none."""
    return Learner.objects.get_or_create(user_id=user.pk or 0)[0]


def keep_guest(request: HttpRequest, response: HttpResponse) -> None:
    """Stores the session and sends its cookie with an answer of 5xx, where Django's session middleware does neither.

    Without it a guest whose first click met an outage would lose the prediction that was just stored.
    """
    if not request.session.modified:
        return
    request.session.save()
    samesite: Any = settings.SESSION_COOKIE_SAMESITE
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        request.session.session_key or "",
        max_age=request.session.get_expiry_age(),
        domain=settings.SESSION_COOKIE_DOMAIN,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.SESSION_COOKIE_HTTPONLY,
        samesite=samesite,
    )


def keep_guest_progress(request: HttpRequest, user: AbstractBaseUser) -> None:
    """After a login or sign-up: what the guest did in this session becomes the user's."""
    guest = Learner.objects.filter(pk=request.session.pop(SESSION_KEY, None), user=None).first()
    if guest is not None:
        adopt(guest, user)


def adopt(guest: Learner, user: AbstractBaseUser) -> Learner:
    """Makes the guest the user's learner; where the user has one already, merges the guest into it."""
    target = Learner.objects.filter(user_id=user.pk).first()
    if target is None:
        try:
            with transaction.atomic():
                Learner.objects.filter(pk=guest.pk, user=None).update(user_id=user.pk)
        except IntegrityError:  # another request of this user just made their learner
            target = Learner.objects.get(user_id=user.pk)
        else:
            return Learner.objects.get(user_id=user.pk)
    merge(guest, target)
    return target


@transaction.atomic
def merge(source: Learner, target: Learner) -> None:
    """Moves everything that source did to target, then deletes source. Predictions of both are kept, as rounds."""
    Learner.objects.select_for_update().get(pk=target.pk)
    _move_predictions(source, target)
    _move_progress(source, target)
    TraceAnswer.objects.filter(learner=source).update(learner=target)
    bookmarks.move(source, target)
    learner_merged.send(sender=Learner, source=source, target=target)
    source.delete()


def _stand_in(request: HttpRequest) -> Learner | None:
    return getattr(request, "learner_stand_in", None)


def _guest(request: HttpRequest) -> Learner | None:
    pk = request.session.get(SESSION_KEY)
    return Learner.objects.filter(pk=pk, user=None).first() if pk else None


def _move_predictions(source: Learner, target: Learner) -> None:
    last: dict[int, int] = {}
    for prediction in Prediction.objects.filter(learner=target).order_by("round"):
        last[prediction.experiment_id] = prediction.round
    for prediction in Prediction.objects.filter(learner=source).order_by("round"):
        last[prediction.experiment_id] = last.get(prediction.experiment_id, 0) + 1
        prediction.learner, prediction.round = target, last[prediction.experiment_id]
        prediction.save(update_fields=["learner", "round"])


def _move_progress(source: Learner, target: Learner) -> None:
    own = {row.lesson_id: row for row in LessonProgress.objects.filter(learner=target)}
    for row in LessonProgress.objects.filter(learner=source):
        mine = own.get(row.lesson_id)
        if mine is None:
            row.learner = target
            row.save(update_fields=["learner"])
        else:
            mine.opened_at = min(mine.opened_at, row.opened_at)
            mine.completed_at = _earlier(mine.completed_at, row.completed_at)
            mine.place = row.place or mine.place
            mine.seen_at = row.seen_at or mine.seen_at
            mine.save(update_fields=["opened_at", "completed_at", "place", "seen_at"])


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def keep_progress_at_login(sender: Any, request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    """Receiver of django.contrib.auth's user_logged_in."""
    if request is not None and hasattr(request, "session"):
        keep_guest_progress(request, user)
