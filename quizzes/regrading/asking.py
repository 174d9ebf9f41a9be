"""What the pages of a regrade ask and tell besides its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.forms import BoundField

from quizzes.models import Question, QuestionRevision, Quiz, Regrade
from quizzes.regrading import undoing
from quizzes.regrading.comparing import KEEP
from quizzes.regrading.forms import CHOICES, RegradeForm, field_of
from quizzes.regrading.outdated import outdated_attempts, outdated_under_way
from quizzes.regrading.running import AT_WORK, Progress, is_stale, progress, to_compare

State = Regrade.State
POLL_MS = 1000
MOST = 20


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that attempts were asked. `question` is None once it was taken out of the quiz; `outdated`: how many
    graded attempts had an earlier version of it."""

    slug: str
    prompt: str
    question: Question | None
    outdated: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a regrade stands. `stale`: its questions changed since. `later`: attempts graded since, that it leaves out.
    `under_way`: attempts that go on with an earlier version. `treated`: slug and what is done instead of grading.
    `undo`: the one that took it back; `undo_refusal`: why it cannot be taken back, "" where it can."""

    at_work: bool
    progress: Progress
    stale: bool
    later: int
    under_way: int
    treated: tuple[tuple[str, str], ...]
    undo: Regrade | None
    undo_refusal: str
    poll_ms: int = POLL_MS


def questions_of(quiz: Quiz) -> tuple[AskedQuestion, ...]:
    """Those of the quiz in their order, corrected ones first; then those that were taken out of it."""
    present = list(quiz.questions.select_related("quiz__lesson__scene", "quiz__lesson__course"))
    known = {question.slug for question in present}
    old = QuestionRevision.objects.filter(answers__attempt__quiz=quiz).exclude(slug__in=known).order_by("slug", "pk")
    gone = {revision.slug: revision for revision in old}
    asked = [
        AskedQuestion(each.slug, each.spec.get("prompt", ""), each, outdated_attempts(quiz, each).count())
        for each in present
    ]
    asked.sort(key=lambda each: not each.outdated)
    return (*asked, *(AskedQuestion(slug, each.spec.get("prompt", ""), None, 0) for slug, each in gone.items()))


def latest(quiz: Quiz | None = None) -> QuerySet[Regrade]:
    """Those that somebody asked for, of one quiz or of all; and what more time should have raised and did not yet."""
    found = Regrade.objects.all() if quiz is None else quiz.regrades.all()
    asked = found.exclude(kind=Regrade.Kind.TIME, state=State.APPLIED)
    return asked.select_related("quiz", "requested_by", "enrolment__learner__user")[:MOST]


def with_fields(questions: Iterable[AskedQuestion], form: RegradeForm) -> tuple[tuple[AskedQuestion, BoundField], ...]:
    return tuple((question, form[field_of(question.slug)]) for question in questions)


def standing(regrade: Regrade) -> Standing:
    asks = regrade.kind == Regrade.Kind.QUESTIONS
    words = {value: str(label) for value, label in CHOICES}
    shown = sorted(regrade.treatments.items(), key=lambda item: (item[1] == KEEP, item[0]))
    return Standing(
        at_work=regrade.state in AT_WORK,
        progress=progress(regrade),
        stale=regrade.state == State.READY and is_stale(regrade),
        later=to_compare(regrade).count() if asks and regrade.state not in AT_WORK else 0,
        under_way=outdated_under_way(regrade.quiz).count() if asks else 0,
        treated=tuple((slug, words[treatment]) for slug, treatment in shown),
        undo=undoing.applied_undo(regrade),
        undo_refusal=undoing.refusal(regrade),
    )
