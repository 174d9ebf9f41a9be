"""A regrade from its request to its end.

request(quiz, ...)       begins the dry run, in a worker
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from lessons.queue import tell
from quizzes.grading import grader
from quizzes.grading.scoring import Scores
from quizzes.models import Attempt, Grade, Question, Quiz, Regrade, RegradeChange
from quizzes.regrading.comparing import TREATMENTS, Effect, compare, digest_of, questions_by_slug
from quizzes.signals import grade_changed

TASK = "quizzes.tasks.advance_regrade"
SWEEP_TASK = "quizzes.tasks.sweep_regrades"
SLICE_SECONDS = 5.0
LOST_AFTER = timedelta(seconds=60)
AT_WORK = (Regrade.State.COMPARING, Regrade.State.APPLYING)
APPLIED_EFFECTS = (Effect.UP, Effect.OTHER, Effect.DOWN)
State = Regrade.State
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
        raise ValidationError({"treatments": f"{min(unknown)!r} is none of {', '.join(TREATMENTS)}"})
    with transaction.atomic():
        Quiz.objects.select_for_update().get(pk=quiz.pk)
        if quiz.regrades.filter(state__in=AT_WORK).exists():
            raise RegradeRefusedError(gettext("Another regrade of this quiz is under way. Wait for it, or cancel it."))
        quiz.regrades.filter(state=State.READY).update(state=State.CANCELLED)
        regrade = Regrade(
            quiz=quiz,
            reason=reason.strip(),
            may_lower=may_lower,
            treatments=treatments,
            digest=digest_of(quiz),
            requested_by_id=by.pk,
        )
        regrade.clean_fields(exclude=[field.name for field in Regrade._meta.fields if field.name != "reason"])
        regrade.save()
        enqueue(regrade.pk)
    return regrade


def request_again(regrade: Regrade, by: AbstractBaseUser | AnonymousUser) -> Regrade:
    """The same with the questions and attempts as they are now. Raises RegradeRefusedError."""
    return request(
        regrade.quiz, reason=regrade.reason, by=by, may_lower=regrade.may_lower, treatments=regrade.treatments
    )


def apply(regrade: Regrade) -> None:
    """Raises RegradeRefusedError unless its dry run is complete and still true."""
    if digest_of(regrade.quiz) != regrade.digest:
        message = gettext("The questions have changed since this was worked out. Ask for a new regrade.")
        raise RegradeRefusedError(message)
    with transaction.atomic():
        begun = Regrade.objects.filter(pk=regrade.pk, state=State.READY).update(state=State.APPLYING)
        if not begun:
            raise RegradeRefusedError(gettext("This regrade is not ready to be applied."))
        enqueue(regrade.pk)


def cancel(regrade: Regrade) -> bool:
    """Whether there was something to stop."""
    return bool(Regrade.objects.filter(pk=regrade.pk, state__in=(*AT_WORK, State.READY)).update(state=State.CANCELLED))


def progress(regrade: Regrade) -> Progress:
    if regrade.state == State.COMPARING:
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
    regrade = Regrade.objects.select_related("quiz__lesson__scene").get(pk=regrade_id)
    steps = {State.COMPARING: comparing, State.APPLYING: applying}
    if regrade.state not in steps:
        return
    try:
        finished = work(regrade, steps[State(regrade.state)](regrade), seconds)
    except Exception as error:
        failure = f"It stopped with {type(error).__name__}, which is logged."
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
    questions = questions_by_slug(regrade.quiz)
    for attempt in to_compare(regrade).order_by("pk").iterator(chunk_size=100):
        yield partial(compare_one, regrade, attempt, questions)


def applying(regrade: Regrade) -> Iterator[Callable[[], None]]:
    waiting = regrade.changes.filter(effect__in=APPLIED_EFFECTS, applied_at=None)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        yield partial(apply_one, regrade, pk)


def to_compare(regrade: Regrade) -> QuerySet[Attempt]:
    """The graded attempts that the dry run has not looked at yet; none that an instructor made as a learner."""
    counting = Attempt.objects.filter(quiz=regrade.quiz_id, learner__stand_in_of=None)
    graded = counting.filter(state=Attempt.State.GRADED)
    return graded.exclude(regrade_changes__regrade=regrade)


def compare_one(regrade: Regrade, attempt: Attempt, questions: Mapping[str, Question]) -> None:
    grade = attempt.grades.order_by("-run")[0]
    found = compare(grade, questions, regrade.treatments)
    RegradeChange.objects.get_or_create(
        regrade=regrade,
        attempt=attempt,
        defaults={
            "grade": grade,
            "effect": found.effect(may_lower=regrade.may_lower),
            "new_score": found.score,
            "new_max_score": found.scores.max_score,
            "results": list(found.scores.results),
            "problems": list(found.problems),
        },
    )


def apply_one(regrade: Regrade, change_id: int) -> None:
    """Adds the new grade, once. An attempt that has another grade since the dry run keeps that one."""
    with transaction.atomic():
        change = RegradeChange.objects.select_for_update().select_related("grade", "attempt").get(pk=change_id)
        if change.applied_at is not None:
            return
        newest = Grade.objects.filter(attempt=change.attempt).aggregate(run=Max("run"))["run"]
        if newest == change.grade.run:
            scores = Scores.of(change.results)
            why = {"source": Grade.Source.REGRADE, "reason": regrade.reason, "regrade": regrade}
            grader.add_grade(change.attempt_id, scores, change.grade.deductions, **why)
            grade_changed.send(sender=Attempt, attempt=change.attempt)
        else:
            change.effect = Effect.FAILED
            change.problems = [*change.problems, "The attempt was graded again meanwhile."]
        change.applied_at = timezone.now()
        change.save(update_fields=["effect", "problems", "applied_at"])


def sweep() -> int:
    """Sends again what nobody has got on with for a while. Returns how many regrades it sent."""
    quiet = Q(heartbeat_at=None, created_at__lt=timezone.now() - LOST_AFTER)
    lost = Regrade.objects.filter(quiet | Q(heartbeat_at__lt=timezone.now() - LOST_AFTER), state__in=AT_WORK)
    return sum(send(pk) for pk in lost.values_list("pk", flat=True))
