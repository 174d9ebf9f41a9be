"""Scores on their way to platforms: an outbox, written in the transaction that stores a grade.

    connect(...)            a learner came by a link that takes scores
    note_grade(...)         receiver of quizzes.signals.grade_changed
    catch_up(lti_user)      what the learner scored before they came by the link
    perform(delivery_id)    the worker's part: claim, send, say how it went
    resend(delivery_id)     a learner or an instructor asks again
    sweep()                 sends what is due, and gives up what was tried too often

One row stands for one learner's best score at one line item. A worker claims it by a conditional UPDATE that also sets
the time of the next try, so that a worker that is lost leaves a row that becomes due again; only the newest claimant
may say how it went; a score that changes while it is being sent is sent again. Tries are one minute apart, then two,
four … six hours.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from lti_tool.models import LtiResourceLink, LtiUser

from lessons import phrases
from lessons.models import Learner
from lessons.queue import tell
from lti import score_service
from lti.models import LineItemLink, ScoreDelivery
from lti.score_service import DeliveryError, Outcome
from quizzes.attempts import history
from quizzes.models import Attempt, Quiz
from quizzes.policies.showing import showing_of

NEWER_THERE = gettext_noop("The platform has a score of the same time or newer, perhaps set there by hand.")
NEVER_ENDED = gettext_noop("Sending was started {number} times and never ended.")
phrases.register(NEWER_THERE, NEVER_ENDED)

TASK = "lti.tasks.deliver_score"
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)
MAX_TRIES = 14  # the last of them 32 hours after the first
SWEPT_AT_ONCE = 500
LOOK_AGAIN_AFTER, LOOKED_AT_AT_ONCE = timedelta(minutes=10), 100
State = ScoreDelivery.State
logger = logging.getLogger(__name__)


def connect(lti_user: LtiUser, resource_link: LtiResourceLink, quiz: Quiz, line_item_url: str) -> ScoreDelivery:
    """From now on the learner's best score of the quiz goes to this line item. If it is another one than before, so do
    the scores of everybody who came by the link.
    """
    values = {"quiz": quiz, "line_item_url": line_item_url}
    link, created = LineItemLink.objects.get_or_create(resource_link=resource_link, defaults=values)
    if not created and (link.quiz_id, link.line_item_url) != (quiz.pk, line_item_url):
        LineItemLink.objects.filter(pk=link.pk).update(**values)
        link.deliveries.update(state=State.NO_SCORE, grade=None, score=None, max_score=None)
        for pk in link.deliveries.values_list("pk", flat=True):
            schedule(pk)
    return ScoreDelivery.objects.get_or_create(line_item=link, lti_user=lti_user)[0]


@dataclass(frozen=True, slots=True)
class Status:
    """One delivery for its learner, who may not see the points of each."""

    delivery: ScoreDelivery
    points_show: bool


def statuses_of(user: AbstractBaseUser | AnonymousUser, quiz: Quiz) -> tuple[Status, ...]:
    """Where this user's score of the quiz goes."""
    if not user.is_authenticated:
        return ()
    place = "line_item__resource_link__context__deployment__registration"
    rows = ScoreDelivery.objects.filter(lti_user__auth_user=user.pk, line_item__quiz=quiz)
    return tuple(status_of(row) for row in rows.select_related(place, "grade__attempt__enrolment"))


def status_of(row: ScoreDelivery) -> Status:
    return Status(row, row.grade is not None and showing_of(row.grade.attempt, timezone.now()).points)


def note_grade(sender: Any, attempt: Attempt, **_: Any) -> None:
    user_id = attempt.learner.user_id
    if user_id is not None:
        for_attempt = ScoreDelivery.objects.filter(lti_user__auth_user=user_id, line_item__quiz=attempt.quiz_id)
        for pk in for_attempt.values_list("pk", flat=True):
            schedule(pk)


def catch_up(lti_user: LtiUser) -> None:
    for pk in ScoreDelivery.objects.filter(lti_user=lti_user).values_list("pk", flat=True):
        schedule(pk)


def schedule(delivery_id: int, *, release: bool = False) -> bool:
    """Notes the learner's best score as it is now, to be sent on commit; returns whether it is another one.

    `release`: also one whose points do not show yet.
    """
    with transaction.atomic():
        rows = ScoreDelivery.objects.select_for_update(of=("self",)).select_related("line_item__quiz", "lti_user")
        row = rows.get(pk=delivery_id)
        best = history.best_of(row.line_item.quiz, Learner.objects.filter(user=row.lti_user.auth_user_id).first())
        if best is None or not best.max_score:
            return False
        if not release and not showing_of(best.attempt, timezone.now()).points:
            withhold(row)
            return False
        if row.state != State.WITHHELD and (row.score, row.max_score) == (best.score, best.max_score):
            return False
        row.grade, row.score, row.max_score = best.grade, best.score, best.max_score
        make_due(row)
    return True


def withhold(row: ScoreDelivery) -> None:
    """A score that its learner may not see here yet would show in the platform's gradebook. It is looked at again."""
    row.state, row.next_try_at = State.WITHHELD, timezone.now() + LOOK_AGAIN_AFTER
    row.save(update_fields=["state", "next_try_at"])


def make_due(row: ScoreDelivery) -> None:
    """The platform refuses a score that is not newer than its own, so each decision to send has its own timestamp."""
    now = timezone.now()
    row.state, row.tries, row.token, row.last_error = State.PENDING, 0, "", ""
    row.decided_at = row.next_try_at = now
    row.save()
    transaction.on_commit(partial(send, row.pk))


def send(delivery_id: int) -> bool:
    """Tells a worker. A broker that is down is no error: the sweeper tells again."""
    return tell(TASK, delivery_id)


def perform(delivery_id: int) -> bool:
    """Sends a score that is due. Returns whether the platform has it now."""
    row = claim(delivery_id)
    if row is None:
        return False
    try:
        outcome = score_service.post(row)
    except DeliveryError as error:
        logger.warning("score %s was not delivered: %s", row.pk, error)
        over = not error.worth_retrying or row.tries >= MAX_TRIES
        settle(row, State.FAILED if over else State.PENDING, str(error))
        return False
    if outcome is Outcome.KEPT:
        settle(row, State.KEPT, NEWER_THERE)
        return False
    return settle(row, State.SENT, "", sent_at=timezone.now())


def claim(delivery_id: int) -> ScoreDelivery | None:
    """The row for whoever may send it now, with the next try already set; None where there is nothing to do."""
    now = timezone.now()
    row = ScoreDelivery.objects.filter(pk=delivery_id, state=State.PENDING, next_try_at__lte=now).first()
    if row is None:
        return None
    token = secrets.token_hex(16)
    claimed = ScoreDelivery.objects.filter(pk=row.pk, state=State.PENDING, token=row.token, tries=row.tries).update(
        tries=row.tries + 1, token=token, next_try_at=now + delay_after(row.tries + 1)
    )
    if not claimed:
        return None
    return ScoreDelivery.objects.select_related(
        "lti_user", "line_item__resource_link__context__deployment__registration"
    ).get(pk=row.pk, token=token)


def delay_after(tries: int) -> timedelta:
    """Until the next try; longer than a task may run, so that a claimant is surely gone by then."""
    return min(FIRST_DELAY * 2 ** (tries - 1), LONGEST_DELAY)


def settle(row: ScoreDelivery, state: State, error: str, sent_at: datetime | None = None) -> bool:
    """Says how it went, unless the score changed meanwhile or somebody else tries now."""
    values: dict[str, Any] = {"state": state, "last_error": error}
    if sent_at is not None:
        values["sent_at"] = sent_at
    return bool(ScoreDelivery.objects.filter(pk=row.pk, token=row.token, state=State.PENDING).update(**values))


def resend(delivery_id: int, *, release: bool = False) -> bool:
    """Sends the score once more, as of now; returns whether there is one to send that is not on its way already.

    `release`: also one that is held back, as instructors may decide.
    """
    if release and ScoreDelivery.objects.filter(pk=delivery_id, state=State.WITHHELD).exists():
        return schedule(delivery_id, release=True)
    with transaction.atomic():
        row = ScoreDelivery.objects.select_for_update().get(pk=delivery_id)
        if not row.may_resend:
            return False
        make_due(row)
    return True


def sweep() -> int:
    """Tells workers about what is due. Returns how many."""
    due = ScoreDelivery.objects.filter(state=State.PENDING, next_try_at__lte=timezone.now())
    due.filter(tries__gte=MAX_TRIES).update(state=State.FAILED, last_error=NEVER_ENDED.format(number=MAX_TRIES))
    now_perhaps = ScoreDelivery.objects.filter(state=State.WITHHELD, next_try_at__lte=timezone.now())
    for pk in now_perhaps.order_by("next_try_at").values_list("pk", flat=True)[:LOOKED_AT_AT_ONCE]:
        schedule(pk)
    sent = 0
    for pk in due.order_by("next_try_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        if not send(pk):
            break
        sent += 1
    return sent
