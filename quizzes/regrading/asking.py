"""What the pages of a regrade ask and tell besides its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.forms import BoundField

from quizzes.models import Question, QuestionRevision, Quiz, Regrade
from quizzes.regrading.comparing import KEEP, digest_of
from quizzes.regrading.forms import CHOICES, RegradeForm, field_of
from quizzes.regrading.outdated import outdated_attempts, outdated_under_way
from quizzes.regrading.running import AT_WORK, Progress, progress, to_compare

State = Regrade.State
POLL_MS = 1000


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
    `under_way`: attempts that go on with an earlier version. `treated`: slug and what is done instead of grading."""

    at_work: bool
    progress: Progress
    stale: bool
    later: int
    under_way: int
    treated: tuple[tuple[str, str], ...]
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


def with_fields(questions: Iterable[AskedQuestion], form: RegradeForm) -> tuple[tuple[AskedQuestion, BoundField], ...]:
    return tuple((question, form[field_of(question.slug)]) for question in questions)


def standing(regrade: Regrade) -> Standing:
    words = {value: str(label) for value, label in CHOICES}
    shown = sorted(regrade.treatments.items(), key=lambda item: (item[1] == KEEP, item[0]))
    return Standing(
        at_work=regrade.state in AT_WORK,
        progress=progress(regrade),
        stale=regrade.state == State.READY and digest_of(regrade.quiz) != regrade.digest,
        later=0 if regrade.state in AT_WORK else to_compare(regrade).count(),
        under_way=outdated_under_way(regrade.quiz).count(),
        treated=tuple((slug, words[treatment]) for slug, treatment in shown),
    )
