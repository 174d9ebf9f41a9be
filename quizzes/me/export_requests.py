"""The copy of their data that somebody asks for: made by a worker, kept for some days, for them alone.

request(learner, now)     begins it, or begins it anew; an earlier copy is thrown away at once
perform(export_id)        the worker's part
archive_of(learner, pk)   the file, while it is kept
sweep(now)                sends again what a killed worker left, and throws away what was kept long enough

A worker may die anywhere and two may work on the same request: only the first one to finish stores what it made, and
none stores for a request that was made anew meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lessons.models import Learner
from lessons.queue import tell, wait_while
from quizzes.me.exporting import export
from quizzes.models import DataExport

TASK = "quizzes.tasks.export_data"
SWEEP_TASK = "quizzes.tasks.sweep_exports"
LOST_AFTER = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)  # its worker is surely gone
GIVEN_UP_AFTER = timedelta(hours=1)
LATE_AFTER = timedelta(seconds=5)
SOON_MS, LATER_MS = 500, 2000
State = DataExport.State


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy and its name, to be downloaded."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody's copy is; `poll_ms`: when to look again while it is being made."""

    export: DataExport
    percent: int
    poll_ms: int


@transaction.atomic
def request(learner: Learner, now: datetime) -> DataExport:
    fresh = {"state": State.WAITING, "asked_at": now, "done": 0, "total": 0, "heartbeat_at": None, "finished_at": None,
             "expires_at": None, "archive": None, "size": 0}  # fmt: skip
    row, _new = DataExport.objects.update_or_create(learner=learner, defaults=fresh)
    transaction.on_commit(partial(send, row.pk))
    return row


def send(export_id: int) -> bool:
    """Whether the broker took it; without it the sweeper sends it later."""
    return tell(TASK, export_id)


def wait_for(export_id: int, seconds: float) -> None:
    """Returns once it is made, or after this time."""
    wait_while(DataExport.objects.filter(pk=export_id, state=State.WAITING), seconds)


def standing_of(learner: Learner | None, now: datetime) -> Standing | None:
    """None for whoever never asked."""
    found = DataExport.objects.defer("archive").filter(learner=learner).first() if learner else None
    if found is None:
        return None
    if found.state == State.READY and found.expires_at is not None and found.expires_at <= now:
        found.state = State.EXPIRED  # the sweeper has not come by yet
    percent = 100 * found.done // found.total if found.total else 0
    return Standing(found, percent, LATER_MS if now - found.asked_at > LATE_AFTER else SOON_MS)


def archive_of(learner: Learner, export_id: int, now: datetime) -> Copy | None:
    """None where it is somebody else's, not ready, or no longer kept."""
    row = DataExport.objects.filter(pk=export_id, learner=learner, state=State.READY, expires_at__gt=now).first()
    if row is None or row.archive is None or row.finished_at is None:
        return None
    return Copy(f"hop-by-hop-{row.finished_at:%Y-%m-%d}.zip", bytes(row.archive))


def perform(export_id: int) -> bool:
    """Makes it and keeps it; returns whether this call did. An error of our own (which is raised) fails it."""
    row = DataExport.objects.select_related("learner__user").filter(pk=export_id, state=State.WAITING).first()
    if row is None:
        return False
    mine = DataExport.objects.filter(pk=row.pk, state=State.WAITING, asked_at=row.asked_at)

    def told(done: int, total: int) -> None:
        mine.update(done=done, total=total, heartbeat_at=timezone.now())

    try:
        archive = export(row.learner.user or row.learner, row.learner, timezone.now(), told)
    except Exception:
        mine.update(state=State.FAILED, finished_at=timezone.now())
        raise
    now = timezone.now()
    kept_until = now + timedelta(days=settings.DATA_EXPORT_DAYS)
    made = {"archive": archive, "size": len(archive), "finished_at": now, "expires_at": kept_until}
    return bool(mine.update(state=State.READY, **made))


def sweep(now: datetime) -> int:
    """Returns how many it sent again."""
    DataExport.objects.filter(state=State.READY, expires_at__lte=now).update(state=State.EXPIRED, archive=None, size=0)
    waiting = DataExport.objects.filter(state=State.WAITING)
    waiting.filter(asked_at__lt=now - GIVEN_UP_AFTER).update(state=State.FAILED, finished_at=now)
    quiet = Q(heartbeat_at=None, asked_at__lt=now - LOST_AFTER) | Q(heartbeat_at__lt=now - LOST_AFTER)
    return sum(send(pk) for pk in waiting.filter(quiet).values_list("pk", flat=True))
