"""A regrade from its request to its end.

request(quiz, ...)       begins the dry run, in a worker; so does quizzes.regrading.undoing.request
request_again(regrade)   the same once more, with the questions as they are now
advance(regrade_id)      the worker's part: a slice of the dry run, or of applying it; then sends itself the rest
apply(regrade)           begins to apply what the dry run found
cancel(regrade)          stops it; what was applied stays
progress(regrade)        how far it is
sweep()                  sends again what a killed worker left

Every attempt is one transaction that happens once: a row of the dry run is unique, and is applied under a lock. So a
worker may die anywhere, and two of them may work on the same regrade.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from lessons import phrases
from lessons.queue import tell
from quizzes.grading import grader
from quizzes.grading.scoring import Scores
from quizzes.models import Attempt, Grade, Quiz, Regrade, RegradeChange
from quizzes.regrading.comparing import (
    TREATMENTS,
    Comparison,
    Effect,
    before_regrade,
    compare,
    digest_of,
    questions_by_slug,
    with_granted_time,
)
from quizzes.signals import grade_changed

STOPPED = gettext_noop("It stopped with {kind}, which is logged.")
GRADED_MEANWHILE = gettext_noop("The attempt was graded again meanwhile.")
phrases.register(STOPPED, GRADED_MEANWHILE)

TASK = "quizzes.tasks.advance_regrade"
SWEEP_TASK = "quizzes.tasks.sweep_regrades"
SLICE_SECONDS = 5.0
LOST_AFTER = timedelta(seconds=60)
AT_WORK = (Regrade.State.COMPARING, Regrade.State.APPLYING)
APPLIED_EFFECTS = (Effect.UP, Effect.OTHER, Effect.DOWN)
State = Regrade.State
Kind = Regrade.Kind
SOURCES = {Kind.QUESTIONS: Grade.Source.REGRADE, Kind.UNDO: Grade.Source.UNDO, Kind.TIME: Grade.Source.TIME}
logger = logging.getLogger(__name__)


class RegradeRefusedError(Exception):
    """This regrade cannot be begun or applied; the message tells the instructor why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many attempts are done of those that the present step takes."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100


def request(
    quiz: Quiz,
    *,
    reason: str,
    by: AbstractBaseUser | AnonymousUser,
    may_lower: bool = False,
    treatments: Mapping[str, str] | None = None,
) -> Regrade:
    """Raises ValidationError by field, and RegradeRefusedError while another regrade of the quiz is under way."""
    treatments = dict(treatments or {})
    if unknown := set(treatments.values()) - set(TREATMENTS):
        raise ValidationError(
            {
                "treatments": gettext("{text} is none of {known}").format(
                    text=repr(min(unknown)), known=", ".join(TREATMENTS)
                )
            }
        )
    with transaction.atomic():
        Quiz.objects.select_for_update().get(pk=quiz.pk)
        values = {"treatments": treatments, "digest": digest_of(quiz)}
        return begun(Regrade(quiz=quiz, reason=reason, may_lower=may_lower, requested_by_id=by.pk, **values))


@transaction.atomic
def begun(regrade: Regrade) -> Regrade:
    """Stored and given to a worker. A dry run of the quiz that nobody applied gives way to it.

    Raises ValidationError by field, and RegradeRefusedError while another one is under way.
    """
    quiz = Quiz.objects.select_for_update().get(pk=regrade.quiz_id)
    others = quiz.regrades.exclude(kind=Kind.TIME)
    if others.filter(state__in=AT_WORK).exists():
        raise RegradeRefusedError(gettext("Another regrade of this quiz is under way. Wait for it, or cancel it."))
    others.filter(state=State.READY).update(state=State.CANCELLED)
    return stored(regrade)


@transaction.atomic
def stored(regrade: Regrade) -> Regrade:
    """And given to a worker on commit. Raises ValidationError without a reason."""
    regrade.reason = regrade.reason.strip()
    regrade.clean_fields(exclude=[field.name for field in Regrade._meta.fields if field.name != "reason"])
    regrade.save()
    enqueue(regrade.pk)
    return regrade


def request_again(regrade: Regrade, by: AbstractBaseUser | AnonymousUser) -> Regrade:
    """The same with the questions and attempts as they are now. Raises RegradeRefusedError."""
    if regrade.kind == Kind.QUESTIONS:
        values = {"may_lower": regrade.may_lower, "treatments": regrade.treatments}
        return request(regrade.quiz, reason=regrade.reason, by=by, **values)
    values = {name: getattr(regrade, name) for name in ("quiz", "kind", "undoes", "enrolment", "reason", "may_lower")}
    if regrade.kind == Kind.TIME:
        return stored(Regrade(**values, state=State.APPLYING, requested_by_id=by.pk))
    return begun(Regrade(**values, requested_by_id=by.pk))


def apply(regrade: Regrade) -> None:
    """Raises RegradeRefusedError unless its dry run is complete and still true."""
    if is_stale(regrade):
        message = gettext("The questions have changed since this was worked out. Ask for a new regrade.")
        raise RegradeRefusedError(message)
    with transaction.atomic():
        begun = Regrade.objects.filter(pk=regrade.pk, state=State.READY).update(state=State.APPLYING)
        if not begun:
            raise RegradeRefusedError(gettext("This regrade is not ready to be applied."))
        enqueue(regrade.pk)


def is_stale(regrade: Regrade) -> bool:
    """Whether the questions that it graded with have changed since."""
    return bool(regrade.digest) and digest_of(regrade.quiz) != regrade.digest


def cancel(regrade: Regrade) -> bool:
    """Whether there was something to stop."""
    return bool(Regrade.objects.filter(pk=regrade.pk, state__in=(*AT_WORK, State.READY)).update(state=State.CANCELLED))


def progress(regrade: Regrade) -> Progress:
    if regrade.state == State.COMPARING or regrade.kind == Kind.TIME:
        left = to_compare(regrade).count()
        done = regrade.changes.count()
        return Progress(done, done + left)
    wanted = regrade.changes.filter(effect__in=APPLIED_EFFECTS)
    return Progress(wanted.exclude(applied_at=None).count(), wanted.count())


def enqueue(regrade_id: int) -> None:
    transaction.on_commit(partial(send, regrade_id))


def send(regrade_id: int) -> bool:
    """Whether the broker took it; without it the sweeper sends it later."""
    return tell(TASK, regrade_id)


def advance(regrade_id: int, seconds: float = SLICE_SECONDS) -> None:
    """Works for about this long. An error of our own (which is raised) fails the regrade."""
    regrade = Regrade.objects.select_related("quiz__lesson__scene", "undoes").get(pk=regrade_id)
    steps = {State.COMPARING: comparing, State.APPLYING: giving_time if regrade.kind == Kind.TIME else applying}
    if regrade.state not in steps:
        return
    try:
        finished = work(regrade, steps[State(regrade.state)](regrade), seconds)
    except Exception as error:
        failure = STOPPED.format(kind=type(error).__name__)
        Regrade.objects.filter(pk=regrade_id, state=regrade.state).update(state=State.FAILED, failure=failure)
        raise
    if finished:
        finish(regrade)
    else:
        send(regrade_id)


def work(regrade: Regrade, steps: Iterator[Callable[[], None]], seconds: float) -> bool:
    """Takes one step after the other until the time is over or somebody stops it. Whether all were taken."""
    deadline = time.monotonic() + seconds
    alive = Regrade.objects.filter(pk=regrade.pk, state=regrade.state)
    for step in steps:
        if not alive.update(heartbeat_at=timezone.now()):
            return False
        step()
        if time.monotonic() > deadline:
            return False
    return True


def finish(regrade: Regrade) -> None:
    """To the next state, unless it was cancelled meanwhile."""
    running = Regrade.objects.filter(pk=regrade.pk, state=regrade.state)
    if regrade.state == State.COMPARING:
        running.update(state=State.READY)
    else:
        running.update(state=State.APPLIED, applied_at=timezone.now())


def comparing(regrade: Regrade) -> Iterator[Callable[[], None]]:
    if regrade.undoes is not None:
        find = partial(before_regrade, regrade=regrade.undoes)
    else:
        find = partial(compare, questions=questions_by_slug(regrade.quiz), treatments=regrade.treatments)
    for attempt in to_compare(regrade).order_by("pk").iterator(chunk_size=100):
        yield partial(compare_one, regrade, attempt, find)


def applying(regrade: Regrade) -> Iterator[Callable[[], None]]:
    waiting = regrade.changes.filter(effect__in=APPLIED_EFFECTS, applied_at=None)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        yield partial(apply_one, regrade, pk)


def giving_time(regrade: Regrade) -> Iterator[Callable[[], None]]:
    for pk in to_compare(regrade).order_by("pk").values_list("pk", flat=True):
        yield partial(give_time, regrade, pk)


def to_compare(regrade: Regrade) -> QuerySet[Attempt]:
    """The graded attempts that it has not looked at yet; none that an instructor made as a learner."""
    counting = Attempt.objects.filter(quiz=regrade.quiz_id, learner__stand_in_of=None)
    graded = counting.filter(state=Attempt.State.GRADED).exclude(regrade_changes__regrade=regrade)
    if regrade.undoes_id is not None:
        return graded.filter(pk__in=Grade.objects.filter(regrade=regrade.undoes_id).values("attempt"))
    return graded.filter(enrolment=regrade.enrolment_id or 0) if regrade.kind == Kind.TIME else graded


def compare_one(regrade: Regrade, attempt: Attempt, find: Callable[[Grade], Comparison]) -> None:
    found = find(attempt.grades.order_by("-run")[0])
    RegradeChange.objects.get_or_create(regrade=regrade, attempt=attempt, defaults=values_of(found, regrade))


def values_of(found: Comparison, regrade: Regrade) -> dict[str, Any]:
    """The fields of a change."""
    return {
        "grade": found.grade,
        "effect": found.effect(may_lower=regrade.may_lower),
        "new_score": found.score,
        "new_max_score": found.scores.max_score,
        "new_deductions": list(found.deductions),
        "results": list(found.scores.results),
        "problems": list(found.problems),
    }


def apply_one(regrade: Regrade, change_id: int) -> None:
    """Adds the new grade, once. An attempt that has another grade since the dry run keeps that one.

    One that was granted more time since has the same marks: the new grade then takes off as little as that one.
    """
    with transaction.atomic():
        change = RegradeChange.objects.select_for_update().select_related("grade", "attempt").get(pk=change_id)
        if change.applied_at is not None:
            return
        locked(change.attempt_id)
        newer = list(Grade.objects.filter(attempt=change.attempt_id, run__gt=change.grade.run).order_by("run"))
        if not newer or (regrade.undoes_id is None and all(grade.source == Grade.Source.TIME for grade in newer)):
            deductions = newer[-1].deductions if newer else change.new_deductions
            add_grade(regrade, change.attempt, Scores.of(change.results), deductions)
        else:
            change.effect = Effect.FAILED
            change.problems = [*change.problems, GRADED_MEANWHILE]
        change.applied_at = timezone.now()
        change.save(update_fields=["effect", "problems", "applied_at"])


def give_time(regrade: Regrade, attempt_id: int) -> None:
    """Adds a grade where the time that was granted makes one better, once. Compared and applied under one lock."""
    with transaction.atomic():
        attempt = locked(attempt_id)
        if regrade.changes.filter(attempt=attempt).exists():
            return
        found = with_granted_time(attempt.grades.latest("run"), attempt)
        change = regrade.changes.create(attempt=attempt, applied_at=timezone.now(), **values_of(found, regrade))
        if change.effect in APPLIED_EFFECTS:
            add_grade(regrade, attempt, found.scores, found.deductions)


def locked(attempt_id: int) -> Attempt:
    """Until the end of the transaction nobody else adds a grade to it."""
    related = Attempt.objects.select_related("quiz__policy", "learner", "enrolment")
    return related.select_for_update(of=("self",)).get(pk=attempt_id)


def add_grade(regrade: Regrade, attempt: Attempt, scores: Scores, deductions: Sequence[Mapping[str, Any]]) -> None:
    """Marks that the engine did not find now keep the version of the one that did."""
    why: dict[str, Any] = {"source": SOURCES[Kind(regrade.kind)], "reason": regrade.reason, "regrade": regrade}
    earlier = attempt.grades.order_by("-run")
    if regrade.kind == Kind.TIME:
        why["engine_version"] = earlier[0].engine_version
    elif regrade.kind == Kind.UNDO:
        why["engine_version"] = earlier[1].engine_version
    grader.add_grade(attempt.pk, scores, deductions, **why)
    grade_changed.send(sender=Attempt, attempt=attempt)


def sweep() -> int:
    """Sends again what nobody has got on with for a while. Returns how many regrades it sent."""
    quiet = Q(heartbeat_at=None, created_at__lt=timezone.now() - LOST_AFTER)
    lost = Regrade.objects.filter(quiet | Q(heartbeat_at__lt=timezone.now() - LOST_AFTER), state__in=AT_WORK)
    return sum(send(pk) for pk in lost.values_list("pk", flat=True))
