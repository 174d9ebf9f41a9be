"""Grades submitted attempts in a worker, exactly once each.

    enqueue(attempt_id)   tells a worker, on commit; a broker that is down is no error, the sweeper tells again
    perform(attempt_id)   the worker's part: claim, grade, store
    wait_for(attempt_id)  gives a worker a moment to finish
    retry(attempt)        a learner or an instructor asks again after a failure
    sweep()               sends again what got lost on the way, and gives up what killed its workers

Being told twice does no harm: a worker claims the attempt by a conditional UPDATE that is committed before it grades,
only the newest claimant may store, and the database holds one grade for each run of an attempt. So a worker that is
killed at any point leaves an attempt that the next one can grade, and one that keeps killing its workers ends.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.queue import tell, wait_while
from quizzes.errors import InvalidSpecError, UngradableQuestionError
from quizzes.grading.deductions import after
from quizzes.grading.scoring import AnsweredQuestion, Scores, grade
from quizzes.models import Answer, Attempt, Grade, Mark
from quizzes.policies import granting
from quizzes.policies.deducting import deductions_of
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import engine_of, facts_of, gradable, kind_of, specification
from quizzes.signals import grade_changed

STOPPED = gettext_noop("Grading stopped with {kind}, which is logged.")
NEVER_ENDED = gettext_noop("Grading was started {number} times and never ended.")
phrases.register(STOPPED, NEVER_ENDED)

MAX_TRIES = 3
BACK_OFF = (timedelta(seconds=10), timedelta(seconds=60))  # after the first error, after the second
# Longer than the hard time limit of a task, so that its worker is surely gone.
LOST_AFTER = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 10)
# A message that nobody answered is sent again after this time; one that the broker did not take, sooner.
UNCLAIMED_AFTER = timedelta(seconds=30)
UNSENT_AFTER = timedelta(seconds=2)
NOTE_EVERY = 0.3  # seconds
TASK = "quizzes.tasks.grade_attempt"
SWEEP_TASK = "quizzes.tasks.sweep_attempts"
logger = logging.getLogger(__name__)


def enqueue(attempt_id: int) -> None:
    transaction.on_commit(partial(send, attempt_id))


def send(attempt_id: int) -> bool:
    """Whether the broker took it. Without it the attempt stays submitted, and the sweeper sends it later."""
    if not tell(TASK, attempt_id):
        return False
    Attempt.objects.filter(pk=attempt_id).update(enqueued_at=timezone.now())
    return True


def perform(attempt_id: int) -> bool:
    """Grades an attempt that waits for it. Returns whether this call stored the grade.

    A question that does not hold fails the attempt: it can be retried. After an error of our own, which is raised, it
    is tried again by itself, later and later, and fails after MAX_TRIES.
    """
    token = claim(attempt_id)
    if token is None:
        return False
    try:
        answers = answered_questions(Attempt.objects.get(pk=attempt_id))
        scores = grade(noting_progress(answers, attempt_id, token))
    except (UngradableQuestionError, InvalidSpecError) as error:
        logger.error("attempt %s cannot be graded: %s", attempt_id, error)
        fail(Q(pk=attempt_id, grading_token=token), str(error))
        return False
    except Exception as error:
        put_off(attempt_id, token, STOPPED.format(kind=type(error).__name__))
        raise
    return store(attempt_id, token, scores)


def claim(attempt_id: int) -> str | None:
    """A token that allows to store one grade, or None where there is nothing to do."""
    token = secrets.token_hex(16)
    now = timezone.now()
    claimed = Attempt.objects.filter(pk=attempt_id, state=Attempt.State.SUBMITTED, grading_tries__lt=MAX_TRIES).update(
        grading_tries=F("grading_tries") + 1,
        grading_token=token,
        claimed_at=now,
        heartbeat_at=now,
        graded_answers=0,
        retry_at=None,
    )
    return token if claimed else None


def answered_questions(attempt: Attempt) -> Iterator[AnsweredQuestion]:
    """Runs the engine for each as it is taken."""
    return (answered_question(answer) for answer in attempt.answers.select_related("revision"))


def noting_progress(answers: Iterable[AnsweredQuestion], attempt_id: int, token: str) -> Iterator[AnsweredQuestion]:
    """The same answers. Whoever takes the next one has graded the one before, which is noted for the learner's page.

    A note says how many, never how many points, and is no part of the grade. Nobody else's attempt is touched: a
    worker that lost its claim notes nothing. What is graded in less than NOTE_EVERY needs no note.
    """
    mine = Attempt.objects.filter(pk=attempt_id, grading_token=token, state=Attempt.State.SUBMITTED)
    noted_at = time.monotonic()
    for count, answer in enumerate(answers, start=1):
        yield answer
        if time.monotonic() - noted_at >= NOTE_EVERY:
            mine.update(graded_answers=count, heartbeat_at=timezone.now())
            noted_at = time.monotonic()


def answered_question(answer: Answer) -> AnsweredQuestion:
    """An answer with all that grading it needs. Runs the engine."""
    revision = answer.revision
    kind, spec, scenario = kind_of(revision), specification(revision), revision_scenario(revision)
    response, unreadable = gradable(kind, spec, answer.response, scenario)
    return AnsweredQuestion(
        slug=revision.slug,
        kind=revision.kind,
        points=revision.points,
        spec=spec,
        response=response,
        exchange=facts_of(kind, spec, response, engine_of(scenario)),
        unreadable=unreadable,
    )


def store(attempt_id: int, token: str, scores: Scores) -> bool:
    """Adds the grade and closes the attempt in one transaction; nothing happens when the claim is no longer ours."""
    with transaction.atomic():
        closed = Attempt.objects.filter(pk=attempt_id, state=Attempt.State.SUBMITTED, grading_token=token).update(
            state=Attempt.State.GRADED, graded_at=timezone.now(), failure=""
        )
        if not closed:
            return False
        attempt = Attempt.objects.select_related("quiz__policy", "learner", "enrolment").get(pk=attempt_id)
        granting.hold(attempt.enrolment_id)
        add_grade(attempt_id, scores, deductions_of(attempt))
        grade_changed.send(sender=Attempt, attempt=attempt)
    return True


def add_grade(attempt_id: int, scores: Scores, deductions: Sequence[Mapping[str, Any]] = (), **why: Any) -> Grade:
    """Adds the next grade of an attempt, with a mark for each answer in the order of the scores' results.

    `why`: source, reason and regrade of a grade that is not the first, and the engine_version whose marks it repeats.
    """
    grade = Grade.objects.create(
        attempt_id=attempt_id,
        run=1 + Grade.objects.filter(attempt_id=attempt_id).count(),
        raw_score=scores.score,
        deductions=list(deductions),
        score=after(scores.score, deductions),
        max_score=scores.max_score,
        **{"engine_version": netsim.ENGINE_VERSION, **why},
    )
    Mark.objects.bulk_create(marks_of(grade, Answer.objects.filter(attempt_id=attempt_id).order_by("position"), scores))
    return grade


def marks_of(grade: Grade, answers: Iterable[Answer], scores: Scores) -> Iterator[Mark]:
    """One for each answer, not stored yet; the answers are in the order of the scores' results."""
    for answer, result in zip(answers, scores.results, strict=True):
        shown = {name: result[name] for name in ("points", "earned", "verdict")}
        yield Mark(grade=grade, answer=answer, result=result, **shown)


def put_off(attempt_id: int, token: str, reason: str) -> None:
    """After an error: the next try waits longer than the one before; after the last there is none."""
    mine = Attempt.objects.filter(pk=attempt_id, grading_token=token)
    tries = mine.values_list("grading_tries", flat=True).first()
    if tries is None or tries >= MAX_TRIES:
        fail(Q(pk=attempt_id, grading_token=token), reason)
    else:
        mine.update(failure=reason, claimed_at=None, retry_at=timezone.now() + BACK_OFF[tries - 1])


def fail(which: Q, reason: str) -> int:
    return Attempt.objects.filter(which, state=Attempt.State.SUBMITTED).update(
        state=Attempt.State.FAILED, failure=reason
    )


def wait_for(attempt_id: int, seconds: float) -> None:
    """Returns once the attempt is graded or given up, or after this time.

    Returns at once when the queue did not take it, or when too many of the web server's threads are waiting already.
    """
    wait_while(Attempt.objects.filter(pk=attempt_id, state=Attempt.State.SUBMITTED).exclude(enqueued_at=None), seconds)


def retry(attempt_id: int) -> bool:
    """Grades again what failed or still waits; returns whether it did. An attempt that has its grade keeps it."""
    with transaction.atomic():
        waiting = Attempt.objects.filter(
            pk=attempt_id, state__in=(Attempt.State.SUBMITTED, Attempt.State.FAILED)
        ).update(state=Attempt.State.SUBMITTED, enqueued_at=None, grading_tries=0, failure="", retry_at=None)
        if waiting:
            enqueue(attempt_id)
    return bool(waiting)


def sweep() -> int:
    """Sends again what waits for too long. Returns how many attempts it sent."""
    now = timezone.now()
    lost = Q(claimed_at__lt=now - LOST_AFTER)
    fail(lost & Q(grading_tries__gte=MAX_TRIES), NEVER_ENDED.format(number=MAX_TRIES))
    never_sent = Q(enqueued_at=None, submitted_at__lt=now - UNSENT_AFTER)
    put_off = Q(retry_at__lte=now, enqueued_at__lt=F("retry_at"))
    due = never_sent | put_off | Q(enqueued_at__lt=now - UNCLAIMED_AFTER)
    waiting = Attempt.objects.filter(due, lost | Q(claimed_at=None), state=Attempt.State.SUBMITTED)
    waiting = waiting.exclude(retry_at__gt=now)
    sent = 0
    for attempt_id in waiting.order_by("submitted_at").values_list("pk", flat=True)[:500]:
        if not send(attempt_id):
            break
        sent += 1
    return sent
