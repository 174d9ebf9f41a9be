"""Practice of one objective: a question in a variant that was not asked lately, an answer, what it teaches.

due(learner, now)           what to come back to, most overdue first
ask(learner, lesson, ...)   the question that is open, or another one
ask_due(learner, now)       the same about what is due, the most overdue first
answer(practice_id, ...)    keeps the answer, once, and has it graded
perform(practice_id)        the worker's part: grade it, and say when to come back
sweep()                     sends again what got lost on the way
learn_from_quiz(...)        what a graded quiz says about its objectives
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

import netsim
from lessons.models import Learner, Lesson
from lessons.queue import tell, wait_while
from quizzes import seeds
from quizzes.errors import InvalidAnswerError, InvalidSpecError, UngradableQuestionError
from quizzes.grading import grader
from quizzes.grading.scoring import grade_one
from quizzes.kinds.base import Form
from quizzes.models import Answer, Attempt, PracticeAnswer, Question, Quiz, ReviewCard
from quizzes.questions import variants
from quizzes.questions.revisions import revision_of, revision_scenario
from quizzes.questions.specifications import kind_of, require_readable, specification
from quizzes.review import openness
from quizzes.review.memory import remember

TASK = "quizzes.tasks.grade_practice"
SWEEP_TASK = "quizzes.tasks.sweep_practice"
UNGRADED_AFTER = timedelta(seconds=30)
GIVEN_UP_AFTER = timedelta(hours=1)
logger = logging.getLogger(__name__)


class PracticeRefusedError(Exception):
    """There is nothing to practice, or it is answered already; the message tells the learner why."""


def due(learner: Learner, now: datetime) -> QuerySet[ReviewCard]:
    return learner.review_cards.filter(due_at__lte=now).select_related("lesson__course").order_by("due_at")


def ask_due(learner: Learner, user: AbstractBaseUser | AnonymousUser, now: datetime) -> PracticeAnswer:
    """Passes over what cannot be practiced any more. Raises PracticeRefusedError when nothing is left."""
    for card in due(learner, now).filter(lesson__in=Lesson.objects.visible_to(user)):
        try:
            return ask(learner, card.lesson, card.objective, now)
        except PracticeRefusedError:
            continue
    raise PracticeRefusedError(gettext("Nothing is due now. Practice any objective that you like."))


def ask(learner: Learner, lesson: Lesson, objective: int, now: datetime | None = None) -> PracticeAnswer:
    """Two requests at once get the same question. Raises PracticeRefusedError."""
    require_open(learner, lesson, now or timezone.now())
    with transaction.atomic():
        Learner.objects.select_for_update().get(pk=learner.pk)
        mine = learner.practice_answers.filter(lesson=lesson, objective=objective)
        waiting = mine.filter(answered_at=None).first()
        if waiting is not None:
            return waiting
        question = least_lately_asked(questions_about(lesson, objective), mine)
        if question is None:
            raise PracticeRefusedError(gettext("There are no questions about this objective yet."))
        seed = next_seed(mine.filter(revision__question=question).first())
        try:
            revision = revision_of(question, seed)
        except InvalidSpecError as error:
            logger.error("question %s cannot be practiced: %s", question.pk, error)
            raise PracticeRefusedError(gettext("This question is being edited. Try again later.")) from error
        return PracticeAnswer.objects.create(
            learner=learner,
            lesson=lesson,
            objective=objective,
            revision=revision,
            seed=seed,
            engine_version=netsim.ENGINE_VERSION,
        )


def require_open(learner: Learner, lesson: Lesson, now: datetime) -> None:
    """Raises PracticeRefusedError while practice would give away the key of a quiz that still counts."""
    quiz = Quiz.objects.filter(lesson=lesson).select_related("policy").first()
    if quiz is not None and (refusal := openness.refusal(quiz, learner, now)):
        raise PracticeRefusedError(refusal)


def questions_about(lesson: Lesson, objective: int) -> QuerySet[Question]:
    questions = Question.objects.filter(quiz__lesson=lesson, objective=objective)
    return questions.select_related("quiz__lesson__scene").order_by("difficulty", "position")


def least_lately_asked(questions: Iterable[Question], asked: QuerySet[PracticeAnswer]) -> Question | None:
    """One whose next variant was never asked, or the longest time ago; of several the one that rested for longest."""
    times: dict[int, list[int]] = defaultdict(list)
    for question, when in asked.order_by("pk").values_list("revision__question", "pk"):
        times[question].append(when)

    def last_time(question: Question) -> tuple[int, int]:
        mine, count = times[question.pk], variants.count(question.spec)
        return (mine[-count] if len(mine) >= count else 0, mine[-1] if mine else 0)

    return min(questions, key=last_time, default=None)


def next_seed(last: PracticeAnswer | None) -> str:
    """Another variant than the last one of this question, and none again before all were asked."""
    return seeds.new_seed() if last is None else seeds.next_seed(last.seed)


def stand_in(practice: PracticeAnswer) -> Answer:
    """The answer as pages and kinds of questions know it; not stored."""
    attempt = Attempt(seed=practice.seed, engine_version=practice.engine_version)
    return Answer(attempt=attempt, revision=practice.revision, position=1, response=practice.response)


def answer(practice_id: int, form: Form, page: UUID, now: datetime | None = None) -> PracticeAnswer:
    """Keeps the answer and has it graded. The same page twice counts once.

    Raises InvalidAnswerError for what cannot be read or is missing; that costs nothing. Raises PracticeRefusedError
    when another page has answered it.
    """
    with transaction.atomic():
        found = PracticeAnswer.objects.select_for_update(of=("self",)).select_related("revision", "learner", "lesson")
        practice = found.get(pk=practice_id)
        if practice.answered_at is not None:
            if practice.page == page:
                return practice
            raise PracticeRefusedError(gettext("This question was answered in another window."))
        require_open(practice.learner, practice.lesson, now or timezone.now())
        revision, kind, spec = practice.revision, kind_of(practice.revision), specification(practice.revision)
        response = kind.read(spec, form, revision.slug, stand_in(practice).seed)
        if not kind.answered(response):
            raise InvalidAnswerError(gettext("Give an answer first; a guess costs nothing."))
        require_readable(kind, spec, response, revision_scenario(revision))
        practice.response, practice.page, practice.answered_at = response, page, timezone.now()
        practice.save(update_fields=["response", "page", "answered_at"])
        transaction.on_commit(partial(send, practice.pk))
    return practice


def send(practice_id: int) -> bool:
    """Whether the broker took it; without it the sweeper sends it later."""
    return tell(TASK, practice_id)


def wait_for(practice_id: int, seconds: float) -> None:
    """Returns once it is graded, or after this time."""
    wait_while(PracticeAnswer.objects.filter(pk=practice_id, graded_at=None), seconds)


def perform(practice_id: int) -> bool:
    """Grades it, once. Returns whether this call did."""
    practice = PracticeAnswer.objects.select_related("revision__question", "learner", "lesson").get(pk=practice_id)
    if practice.answered_at is None or practice.graded_at is not None:
        return False
    try:
        result = grade_one(grader.answered_question(stand_in(practice)))
    except (UngradableQuestionError, InvalidSpecError) as error:
        logger.error("practice %s cannot be graded: %s", practice_id, error)
        return store(practice, None, str(error))
    return store(practice, result)


def store(practice: PracticeAnswer, result: dict[str, Any] | None, failure: str = "") -> bool:
    now = timezone.now()
    right = None if result is None else result["verdict"] == "right"
    with transaction.atomic():
        stored = PracticeAnswer.objects.filter(pk=practice.pk, graded_at=None).update(
            result=result, right=right, graded_at=now, failure=failure
        )
        if stored and result is not None:
            remember(practice.learner, practice.lesson, practice.objective, share(result), now)
    return bool(stored)


def share(result: dict[str, Any]) -> Fraction:
    return Fraction(result["earned"]) / result["points"] if result["points"] else Fraction(0)


def retry(practice_id: int) -> bool:
    """Grades again what failed or still waits; returns whether it was sent. What has its result keeps it."""
    waiting = PracticeAnswer.objects.filter(pk=practice_id, result__isnull=True, answered_at__isnull=False)
    return bool(waiting.update(graded_at=None, failure="")) and send(practice_id)


def sweep() -> int:
    """Sends again what waits for too long. Returns how many it sent."""
    now = timezone.now()
    waiting = PracticeAnswer.objects.filter(
        graded_at=None, answered_at__lt=now - UNGRADED_AFTER, answered_at__gt=now - GIVEN_UP_AFTER
    )
    return sum(send(pk) for pk in waiting.values_list("pk", flat=True)[:500])


def merge(sender: Any, source: Learner, target: Learner, **_: Any) -> None:
    """Receiver of lessons.signals.learner_merged: of two memories of one objective the newer one stays."""
    PracticeAnswer.objects.filter(learner=source).update(learner=target)
    own = {(card.lesson_id, card.objective): card for card in target.review_cards.all()}
    for card in source.review_cards.all():
        mine = own.get((card.lesson_id, card.objective))
        if mine is not None and mine.memory["last_review"] >= card.memory["last_review"]:
            continue
        if mine is not None:
            mine.delete()
        card.learner = target
        card.save(update_fields=["learner"])


def learn_from_quiz(sender: Any, attempt: Attempt, **_: Any) -> None:
    """Receiver of quizzes.signals.grade_changed: the first grade of an attempt is a review of its objectives."""
    grades = list(attempt.grades.all()[:2])
    if len(grades) != 1 or attempt.manual_grades.exists():
        return
    shares: dict[int, list[Fraction]] = defaultdict(list)
    marks = (
        grades[0]
        .marks.exclude(answer__revision__question__objective=None)
        .annotate(objective=F("answer__revision__question__objective"))
    )
    for mark in marks:
        shares[mark.objective].append(share(mark.result))
    for objective, earned in sorted(shares.items()):
        mean = sum(earned, Fraction(0)) / len(earned)
        remember(attempt.learner, attempt.quiz.lesson, objective, mean, grades[0].created_at)
