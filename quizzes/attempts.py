"""A learner's way through a quiz.

    overview(quiz, learner)    past attempts, the best score, what may be started
    start(quiz, learner)       the attempt in progress, or a new one
    save_answer(...)           keeps a draft of one answer; never over what another window saved since
    save_form(...)             does so for all answers of a page
    submit(...)                closes the attempt once and has it graded

Everything that a form brings is kept before anything is judged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from lessons.models import Learner
from quizzes import grader, variants
from quizzes.kinds import IncompleteAnswerError, InvalidAnswerError, InvalidSpecError, Response
from quizzes.kinds.base import Form
from quizzes.models import Answer, Attempt, Quiz
from quizzes.questions import kind_of, require_readable, revision_of, revision_scenario, specification
from quizzes.scores import Score, best, score_of

State = Attempt.State
logger = logging.getLogger(__name__)


class AttemptRefusedError(Exception):
    """This attempt cannot be started or changed; the message tells the learner why."""


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One attempt in a list, with the score that counts of it (None: not graded yet)."""

    attempt: Attempt
    score: Score | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`past`: newest first. `attempts_left`: None without a limit. `max_score`: of the questions as they are."""

    past: tuple[PastAttempt, ...]
    current: Attempt | None
    best: Score | None
    max_attempts: int | None
    attempts_left: int | None
    question_count: int
    max_score: int

    @property
    def may_start(self) -> bool:
        return self.question_count > 0 and (self.current is not None or self.attempts_left != 0)


@dataclass(frozen=True, slots=True)
class Draft:
    """One answer as a page is to show it.

    `response` is what this page has, `version` the save that it is based on. `saved` is what another window saved
    since, until the learner decides. `problem` says why the response cannot be graded as it stands.
    """

    answer: Answer
    response: Response
    version: int
    problem: str = ""
    saved: Response | None = None

    @property
    def answered(self) -> bool:
        return kind_of(self.answer.revision).answered(self.response)

    @property
    def incomplete(self) -> bool:
        """Whether there is nothing wrong with the response but that a part is still missing."""
        return isinstance(refusal(self.answer, self.response), IncompleteAnswerError)

    @property
    def complete(self) -> bool:
        """Whether the response can be graded as it stands."""
        return self.answered and refusal(self.answer, self.response) is None

    @property
    def saved_in_words(self) -> str:
        return in_words(self.answer, self.saved or {})


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submitted form led to: `accepted`, or else the drafts to show again and why."""

    accepted: bool
    drafts: tuple[Draft, ...] = ()

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


def unreadable(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Those that cannot be graded as they stand, for more than a part that is missing."""
    return tuple(draft for draft in drafts if draft.problem and not draft.incomplete)


def overview(quiz: Quiz, learner: Learner | None) -> Overview:
    past = past_attempts(quiz, learner)
    counted = [row for row in past if row.attempt.state != State.SET_ASIDE]
    points = quiz.questions.values_list("points", flat=True)
    most = quiz.policy.max_attempts if quiz.policy else None
    return Overview(
        past=past,
        current=next((row.attempt for row in past if row.attempt.state == State.IN_PROGRESS), None),
        best=best([row.score for row in past if row.score]),
        max_attempts=most,
        attempts_left=None if most is None else max(0, most - len(counted)),
        question_count=len(points),
        max_score=sum(points),
    )


def past_attempts(quiz: Quiz, learner: Learner | None) -> tuple[PastAttempt, ...]:
    if learner is None:
        return ()
    attempts = quiz.attempts.filter(learner=learner).prefetch_related("grades", "manual_grades").order_by("-number")
    return tuple(PastAttempt(attempt, score_of(attempt)) for attempt in attempts)


def start(quiz: Quiz, learner: Learner) -> Attempt:
    """The attempt in progress, or a new one. Two requests at once get the same. Raises AttemptRefusedError."""
    with transaction.atomic():
        Learner.objects.select_for_update().get(pk=learner.pk)
        state = overview(quiz, learner)
        if state.current is not None:
            return state.current
        if not state.question_count:
            raise AttemptRefusedError(gettext("This quiz has no questions yet."))
        if not state.may_start:
            raise AttemptRefusedError(
                gettext("You have used all {most} attempts at this quiz.").format(most=state.max_attempts)
            )
        last = state.past[0].attempt if state.past else None
        number = 1 + last.number if last else 1
        seed = variants.next_seed(last.seed) if last else variants.new_seed()
        attempt = Attempt.objects.create(
            quiz=quiz, learner=learner, number=number, pass_percent=quiz.pass_percent, seed=seed
        )
        ask_questions(attempt)
    return attempt


def ask_questions(attempt: Attempt) -> None:
    """Points the attempt to every question of its quiz as it is now, in the variant of the attempt's seed.

    Raises AttemptRefusedError.
    """
    questions = attempt.quiz.questions.select_related("quiz__lesson__scene")
    try:
        revisions = [revision_of(question, attempt.seed) for question in questions]
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


def save_answer(attempt_id: int, slug: str, form: Form, page: UUID) -> Draft:
    """Keeps one answer as a draft. Raises AttemptRefusedError once the attempt is closed, and Answer.DoesNotExist.

    `page` names the page that saves. Where another page saved a different answer since this one was loaded, nothing is
    overwritten: the draft then has `saved`. A form that names that newest version too says: overwrite it.
    """
    with transaction.atomic():
        attempt = open_attempt(attempt_id)
        return save_locked(attempt.answers.select_related("revision", "attempt").get(revision__slug=slug), form, page)


def save_form(attempt_id: int, form: Form, page: UUID) -> Submission:
    """Keeps every answer in the form as a draft. Raises AttemptRefusedError once the attempt is closed."""
    with transaction.atomic():
        attempt = open_attempt(attempt_id)
        return Submission(accepted=False, drafts=save_all(attempt, form, page))


def submit(attempt_id: int, form: Form, page: UUID, *, unanswered_confirmed: bool) -> Submission:
    """Keeps every answer in the form, then closes the attempt, once, and has it graded.

    It stays open when another window saved other answers, when an answer cannot be read (that costs nothing), or when
    questions are unanswered and the learner did not confirm that yet. An attempt that is closed already is accepted.
    """
    with transaction.atomic():
        attempt = locked(attempt_id)
        if attempt.state != State.IN_PROGRESS:
            return Submission(accepted=True)
        if Attempt.objects.filter(submission_id=page).exists():
            raise AttemptRefusedError(
                gettext("This form belongs to another attempt. Reload the page, your answers are saved.")
            )
        submission = Submission(accepted=False, drafts=save_all(attempt, form, page))
        if submission.conflicts or submission.invalid or (submission.unanswered and not unanswered_confirmed):
            return submission
        attempt.state = State.SUBMITTED
        attempt.submission_id = page
        attempt.submitted_at = timezone.now()
        attempt.save(update_fields=["state", "submission_id", "submitted_at"])
        grader.enqueue(attempt.pk)
    return Submission(accepted=True)


def locked(attempt_id: int) -> Attempt:
    return Attempt.objects.select_for_update().get(pk=attempt_id)


def open_attempt(attempt_id: int) -> Attempt:
    attempt = locked(attempt_id)
    if attempt.state != State.IN_PROGRESS:
        raise AttemptRefusedError(
            gettext("This attempt was submitted in another window, so its answers no longer change.")
        )
    return attempt


def save_all(attempt: Attempt, form: Form, page: UUID) -> tuple[Draft, ...]:
    answers = attempt.answers.select_related("revision", "attempt")
    return tuple(save_locked(answer, form, page) for answer in answers)


def stored_draft(answer: Answer) -> Draft:
    return Draft(answer, answer.response, answer.version, problem_of(answer, answer.response))


def save_locked(answer: Answer, form: Form, page: UUID) -> Draft:
    """Keeps the form's answer to one question. A form that does not hold the question leaves its draft as it is."""
    versions = posted_versions(form, answer.revision.slug)
    if not versions:
        return stored_draft(answer)
    kind, spec = kind_of(answer.revision), specification(answer.revision)
    try:
        response = kind.read(spec, form, answer.revision.slug, answer.seed)
    except InvalidAnswerError as error:
        return Draft(answer, answer.response, answer.version, str(error))
    if response != answer.response:
        if answer.version not in versions and page != answer.saved_from:
            return Draft(answer, response, versions[0], problem_of(answer, response), saved=answer.response)
        answer.response = response
        answer.version += 1
        answer.saved_from = page
        answer.saved_at = timezone.now()
        answer.save(update_fields=["response", "version", "saved_from", "saved_at"])
    return stored_draft(answer)


def posted_versions(form: Form, slug: str) -> tuple[int, ...]:
    """The versions that the form knows of; none when the form does not hold this question."""
    texts = form.get(f"{slug}.version", ())
    return tuple(int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 10)


def problem_of(answer: Answer, response: Response) -> str:
    return str(refusal(answer, response) or "")


def refusal(answer: Answer, response: Response) -> InvalidAnswerError | None:
    """Why this response cannot be graded as it stands."""
    try:
        require_readable_answer(answer, response)
    except InvalidAnswerError as error:
        return error
    return None


def require_readable_answer(answer: Answer, response: Response) -> None:
    """Raises InvalidAnswerError when the response cannot be graded as it stands."""
    revision = answer.revision
    require_readable(kind_of(revision), specification(revision), response, revision_scenario(revision))


def in_words(answer: Answer, response: Response) -> str:
    """A response for people, even one that cannot be graded."""
    kind, spec = kind_of(answer.revision), specification(answer.revision)
    if not kind.answered(response):
        return gettext("no answer")
    try:
        require_readable_answer(answer, response)
        return kind.describe(spec, response)
    except InvalidAnswerError:
        return str(response.get("text", gettext("an answer that is not complete")))


def merge(sender: Any, source: Learner, target: Learner, **_: Any) -> None:
    """Receiver of lessons.signals.learner_merged: a guest's attempts go on as the user's, numbered after theirs."""
    with transaction.atomic():
        for attempt in Attempt.objects.filter(learner=source).order_by("quiz", "number"):
            others = Attempt.objects.filter(learner=target, quiz=attempt.quiz_id)
            if attempt.state == State.IN_PROGRESS:
                others.filter(state=State.IN_PROGRESS).update(state=State.SET_ASIDE)
            attempt.learner = target
            attempt.number = 1 + max(others.values_list("number", flat=True), default=0)
            attempt.save(update_fields=["learner", "number"])
