"""Graded attempts that were asked an earlier version of a question than the one that learners are asked now."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from quizzes.errors import InvalidSpecError
from quizzes.models import Attempt, Question, Quiz, Regrade, RegradeChange
from quizzes.questions.revisions import current_digests
from quizzes.regrading.comparing import digest_of

State = Attempt.State


def outdated_attempts(quiz: Quiz, question: Question | None = None) -> QuerySet[Attempt]:
    """By any of its questions, or by one. Leaves out what an applied regrade has looked at with the same
    questions, unless it was taken back."""
    looked_at = quiz.regrades.filter(state=Regrade.State.APPLIED, digest=digest_of(quiz))
    undos = quiz.regrades.filter(kind=Regrade.Kind.UNDO, state=Regrade.State.APPLIED)
    undone = undos.exclude(undone_by__state=Regrade.State.APPLIED).values("undoes")
    applied = RegradeChange.objects.filter(regrade__in=looked_at.exclude(pk__in=undone))
    graded = with_earlier_version(quiz, question).filter(state=State.GRADED)
    return graded.exclude(pk__in=applied.values("attempt"))


def outdated_under_way(quiz: Quiz) -> QuerySet[Attempt]:
    """Those that will still be graded by an earlier version, because they were begun with it."""
    return with_earlier_version(quiz, None).filter(state__in=(State.IN_PROGRESS, State.SUBMITTED, State.FAILED))


def with_earlier_version(quiz: Quiz, question: Question | None) -> QuerySet[Attempt]:
    questions = [question] if question else quiz.questions.select_related("quiz__lesson__scene")
    earlier = Q(pk__in=[])
    for each in questions:
        earlier |= Q(answers__revision__question=each) & ~Q(answers__revision__digest__in=digests(each))
    attempts = Attempt.objects.filter(quiz=quiz, learner__stand_in_of=None)
    return attempts.filter(pk__in=Attempt.objects.filter(earlier).values("pk"))


def digests(question: Question) -> set[str]:
    """None for a question that cannot be asked as it is."""
    try:
        return current_digests(question)
    except InvalidSpecError:
        return set()
