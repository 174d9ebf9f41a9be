"""A learner's way through a quiz.

    start(quiz, learner)       the attempt in progress, or a new one
    save_answer(...)           keeps a draft of one answer; never over what another window saved since
    save_form(...)             does so for all answers of a page
    submit(...)                closes the attempt once and has it graded
    close_if_over(...)         does so for the clock, with the answers as they were saved
    close_expired()            does so for every attempt whose time is over

Everything that a form brings is kept before anything is judged.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

import netsim
from lessons.models import Learner
from quizzes import seeds
from quizzes.attempts.drafts import Draft, save_locked, stored_draft, unreadable
from quizzes.attempts.history import overview
from quizzes.errors import InvalidSpecError
from quizzes.grading import grader
from quizzes.kinds.base import Form
from quizzes.models import Answer, Attempt, Quiz
from quizzes.policies.finding import base_document, rules_of
from quizzes.policies.rules import Rules
from quizzes.questions import drawing
from quizzes.questions.revisions import revision_of

State = Attempt.State
MOST_CLOSED_AT_ONCE = 500
logger = logging.getLogger(__name__)


class AttemptRefusedError(Exception):
    """This attempt cannot be started or changed; the message tells the learner why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submitted form led to: `accepted`, or else the drafts to show again and why.

    `more_time`: the page thought that time was up, but the learner was granted more.
    """

    accepted: bool
    drafts: tuple[Draft, ...] = ()
    more_time: bool = False

    @property
    def conflicts(self) -> tuple[Draft, ...]:
        return tuple(draft for draft in self.drafts if draft.saved is not None)

    @property
    def invalid(self) -> tuple[Draft, ...]:
        return tuple(draft for draft in self.drafts if draft.problem)

    @property
    def unreadable(self) -> tuple[Draft, ...]:
        return unreadable(self.drafts)

    @property
    def unanswered(self) -> tuple[Draft, ...]:
        return tuple(draft for draft in self.drafts if not draft.answered)


def start(quiz: Quiz, learner: Learner, now: datetime | None = None, *, seed: str = "") -> Attempt:
    """The attempt in progress, or a new one. Two requests at once get the same. Raises AttemptRefusedError.

    An attempt under way for no class is set aside when the learner starts one for a class. `seed` is a learner's first
    at this quiz; a random one if it is left out.
    """
    now = now or timezone.now()
    with transaction.atomic():
        Learner.objects.select_for_update().get(pk=learner.pk)
        state = overview(quiz, learner, now)
        if state.current is not None:
            return state.current.attempt
        if state.refusal:
            raise AttemptRefusedError(state.refusal)
        quiz.attempts.filter(learner=learner, state=State.IN_PROGRESS).update(state=State.SET_ASIDE)
        last = quiz.attempts.filter(learner=learner).order_by("number").last()
        attempt = Attempt.objects.create(
            quiz=quiz,
            learner=learner,
            number=1 + last.number if last else 1,
            pass_percent=quiz.pass_percent,
            seed=seeds.next_seed(last.seed) if last else seed or seeds.new_seed(),
            engine_version=netsim.ENGINE_VERSION,
            enrolment=None if learner.stand_in_of_id else state.rules.enrolment,
            rules=base_document(quiz, state.rules),
            started_at=now,
            deadline_at=state.rules.deadline(now),
        )
        ask_questions(attempt, state.rules)
    return attempt


def ask_questions(attempt: Attempt, rules: Rules) -> None:
    """Points the attempt to the questions that its seed draws, as they are now. Raises AttemptRefusedError."""
    try:
        drawn = drawing.draw(attempt.quiz, attempt.seed, shuffle=rules.shuffle)
        revisions = [revision_of(each.question, each.seed) for each in drawn]
    except InvalidSpecError as error:
        logger.error("quiz %s cannot be started: %s", attempt.quiz_id, error)
        raise AttemptRefusedError(
            gettext("This quiz is being edited and cannot be started now. Try again later.")
        ) from error
    Answer.objects.bulk_create(
        Answer(attempt=attempt, revision=revision, position=position)
        for position, revision in enumerate(revisions, start=1)
    )


def drafts_of(attempt: Attempt) -> tuple[Draft, ...]:
    return tuple(stored_draft(answer) for answer in attempt.answers.select_related("revision", "attempt"))


def save_answer(attempt_id: int, slug: str, form: Form, page: UUID, now: datetime | None = None) -> Draft:
    """Keeps one answer as a draft. Raises AttemptRefusedError once the attempt is closed, and Answer.DoesNotExist.

    `page` names the page that saves. Where another page saved a different answer since this one was loaded, nothing is
    overwritten: the draft then has `saved`. A form that names that newest version too says: overwrite it.
    """
    now = now or timezone.now()
    require_time(attempt_id, now)
    with transaction.atomic():
        answers = open_attempt(attempt_id).answers.select_related("revision", "attempt")
        return save_locked(answers.get(revision__slug=slug), form, page, now)


def save_form(attempt_id: int, form: Form, page: UUID, now: datetime | None = None) -> Submission:
    """Keeps every answer in the form as a draft. Raises AttemptRefusedError once the attempt is closed."""
    now = now or timezone.now()
    require_time(attempt_id, now)
    with transaction.atomic():
        attempt = open_attempt(attempt_id)
        return Submission(accepted=False, drafts=save_all(attempt, form, page, now))


def submit(
    attempt_id: int,
    form: Form,
    page: UUID,
    *,
    unanswered_confirmed: bool,
    by_clock: bool = False,
    now: datetime | None = None,
) -> Submission:
    """Keeps every answer in the form, then closes the attempt, once, and has it graded.

    It stays open when another window saved other answers, when an answer cannot be read (that costs nothing), or when
    questions are unanswered and the learner did not confirm that yet. An attempt that is closed already is accepted.
    From the deadline on nothing holds it open; after the grace the form comes too late, and what was saved before
    is submitted. `by_clock`: the page sends it because its clock ran out, the learner did not press anything.
    """
    now = now or timezone.now()
    if close_if_over(attempt_id, now):
        return Submission(accepted=True)
    with transaction.atomic():
        attempt = locked(attempt_id)
        if attempt.state != State.IN_PROGRESS:
            return Submission(accepted=True)
        if Attempt.objects.filter(submission_id=page).exists():
            raise AttemptRefusedError(
                gettext("This form belongs to another attempt. Reload the page, your answers are saved.")
            )
        time_is_up = is_up(attempt, now)
        drafts = save_all(attempt, form, page, now)
        submission = Submission(accepted=False, drafts=drafts, more_time=by_clock and not time_is_up)
        if not time_is_up and (submission.more_time or is_held(submission, unanswered_confirmed)):
            return submission
        close(attempt, now, submission_id=page, closed_by_clock=time_is_up and is_held(submission, confirmed=False))
    return Submission(accepted=True)


def is_held(submission: Submission, confirmed: bool) -> bool:
    """Whether there is something that the learner should look at before the attempt is closed."""
    return bool(submission.conflicts or submission.invalid or (submission.unanswered and not confirmed))


def close(attempt: Attempt, now: datetime, **values: Any) -> None:
    """The caller holds the lock."""
    for name, value in {"state": State.SUBMITTED, "submitted_at": now, **values}.items():
        setattr(attempt, name, value)
    attempt.save(update_fields=["state", "submitted_at", *values])
    grader.enqueue(attempt.pk)


def close_if_over(attempt_id: int, now: datetime) -> bool:
    """Submits what was saved when the deadline and the grace have passed. Whether this call did."""
    if not Attempt.objects.filter(pk=attempt_id, state=State.IN_PROGRESS, deadline_at__lt=now).exists():
        return False
    with transaction.atomic():
        attempt = locked(attempt_id)
        if attempt.state != State.IN_PROGRESS or not is_up(attempt, now, after_grace=True):
            return False
        close(attempt, now, closed_by_clock=True)
    return True


def close_expired(now: datetime | None = None) -> int:
    """Closes every attempt whose time is over, each in a transaction of its own. Returns how many it closed.

    A stand-in's is left alone: it may be at a date that somebody chose.
    """
    now = now or timezone.now()
    due = Attempt.objects.filter(state=State.IN_PROGRESS, deadline_at__lt=now, learner__stand_in_of=None)
    ids = due.order_by("deadline_at").values_list("pk", flat=True)[:MOST_CLOSED_AT_ONCE]
    return sum(close_if_over(attempt_id, now) for attempt_id in ids)


def is_up(attempt: Attempt, now: datetime, *, after_grace: bool = False) -> bool:
    """Whether the deadline has passed, and with `after_grace` the grace as well. Looks up what was granted since."""
    if attempt.deadline_at is None or now < attempt.deadline_at:
        return False
    rules = rules_of(attempt)
    deadline = update_deadline(attempt, rules)
    return deadline is not None and now >= (deadline + rules.grace if after_grace else deadline)


def update_deadline(attempt: Attempt, rules: Rules) -> datetime | None:
    """The deadline with everything that was granted since the start; it is kept for the sweeper."""
    deadline = rules.deadline(attempt.started_at)
    if deadline != attempt.deadline_at:
        Attempt.objects.filter(pk=attempt.pk).update(deadline_at=deadline)
        attempt.deadline_at = deadline
    return deadline


def require_time(attempt_id: int, now: datetime) -> None:
    """Raises AttemptRefusedError when the clock closes the attempt now."""
    if close_if_over(attempt_id, now):
        raise AttemptRefusedError(gettext("Time is up. What was saved before has been submitted."))


def locked(attempt_id: int) -> Attempt:
    return Attempt.objects.select_for_update().get(pk=attempt_id)


def open_attempt(attempt_id: int) -> Attempt:
    attempt = locked(attempt_id)
    if attempt.state == State.IN_PROGRESS:
        return attempt
    if attempt.closed_by_clock:
        raise AttemptRefusedError(gettext("Time is up. What was saved before has been submitted."))
    raise AttemptRefusedError(gettext("This attempt was submitted in another window, so its answers no longer change."))


def save_all(attempt: Attempt, form: Form, page: UUID, now: datetime) -> tuple[Draft, ...]:
    answers = attempt.answers.select_related("revision", "attempt")
    return tuple(save_locked(answer, form, page, now) for answer in answers)


def merge(sender: Any, source: Learner, target: Learner, **_: Any) -> None:
    """Receiver of lessons.signals.learner_merged: a guest's attempts go on as the user's, numbered after theirs.

    Of two attempts under way the guest's goes on, unless the user's is for a class.
    """
    with transaction.atomic():
        for attempt in Attempt.objects.filter(learner=source).order_by("quiz", "number"):
            others = Attempt.objects.filter(learner=target, quiz=attempt.quiz_id)
            under_way = others.filter(state=State.IN_PROGRESS)
            if attempt.state == State.IN_PROGRESS and under_way.exclude(enrolment=None).exists():
                attempt.state = State.SET_ASIDE
            elif attempt.state == State.IN_PROGRESS:
                under_way.update(state=State.SET_ASIDE)
            attempt.learner = target
            attempt.number = 1 + max(others.values_list("number", flat=True), default=0)
            attempt.save(update_fields=["learner", "number", "state"])
