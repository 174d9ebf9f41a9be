"""How long data is kept that nobody uses. The numbers are settings; see docs/privacy.md.

plan(now)           what would go, as counts
enforce(now)        lets it go, in batches
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from classes.models import Enrolment, Role
from lessons.models import Learner
from quizzes.me import deleting
from quizzes.models import AccountDeletion

AHEAD = frozenset({"due_at", "deadline_at", "expires_at"})
"""Moments that are set beforehand: they do not say that somebody was there."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unused`: accounts that are announced to be deleted; `deleted`: those whose time to come back is over."""

    guests: int
    unused: int
    deleted: int
    sessions: int


def plan(now: datetime) -> Outcome:
    due = AccountDeletion.objects.filter(due_at__lte=now).select_related("user")
    deletable = sum(not deleting.obstacles(request.user) for request in due)
    return Outcome(guests(now).count(), unused_accounts(now).count(), deletable, old_sessions(now).count())


def enforce(now: datetime) -> Outcome:
    deleted = deleting.delete_due(now)
    announced = [deleting.ask(user, now) for user in unused_accounts(now)]
    forgotten = 0
    while batch := list(guests(now).values_list("pk", flat=True)[:BATCH]):
        Learner.objects.filter(pk__in=batch).delete()
        forgotten += len(batch)
    sessions, _ = old_sessions(now).delete()
    return Outcome(forgotten, len(announced), deleted, sessions)


def guests(now: datetime) -> QuerySet[Learner]:
    """Who never signed up and has done nothing for long."""
    days = settings.RETENTION_GUEST_DAYS
    if days is None:
        return Learner.objects.none()
    since = now - timedelta(days=days)
    return Learner.objects.filter(user=None, stand_in_of=None, created_at__lt=since).exclude(active_since(since, "pk"))


def unused_accounts(now: datetime) -> QuerySet[Any]:
    """Who has neither signed in nor done anything for long. Staff are never among them."""
    users = get_user_model()._default_manager.filter(is_staff=False, is_superuser=False, deletion=None)
    days = settings.RETENTION_INACTIVE_DAYS
    if days is None:
        return users.none()
    since = now - timedelta(days=days)
    runs = Enrolment.objects.filter(learner__user=OuterRef("pk")).exclude(role=Role.LEARNER)
    quiet = users.annotate(seen_at=Coalesce("last_login", "date_joined")).filter(seen_at__lt=since)
    return quiet.exclude(Exists(runs)).exclude(active_since(since, "learner"))


def active_since(since: datetime, learner: str) -> Q:
    """Whether a learner, named by this field, has any row of any app that is not older."""
    found = Q(pk__in=[])
    for model, name, moments in dated_rows():
        newer = Q(*[(f"{moment}__gte", since) for moment in moments], _connector=Q.OR)
        found |= Q(Exists(model._default_manager.filter(newer, **{name: OuterRef(learner)})))
    return found


def dated_rows() -> Iterator[tuple[type[models.Model], str, list[str]]]:
    """What learners have: each model, its field that names the learner, and its fields that say when."""
    for relation in Learner._meta.related_objects:
        model = relation.related_model
        fields = [field.name for field in model._meta.concrete_fields if isinstance(field, models.DateTimeField)]
        if moments := [name for name in fields if name not in AHEAD]:
            yield model, relation.field.name, moments


def old_sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now)
