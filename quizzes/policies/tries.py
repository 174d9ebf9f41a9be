"""Which attempts are tries of the same: by one learner at one quiz, for the same class or for none."""

from __future__ import annotations

from django.db.models import QuerySet

from quizzes.models import Attempt

FREE = (Attempt.State.SET_ASIDE, Attempt.State.FAILED)
"""Attempts in these states use up no try: what could not be graded is our fault, and counts once it is graded."""


def tries_with(attempt: Attempt) -> QuerySet[Attempt]:
    """The attempts that count beside each other, this one among them."""
    same = Attempt.objects.filter(learner=attempt.learner_id, quiz=attempt.quiz_id, enrolment=attempt.enrolment_id)
    return same.exclude(state__in=FREE)


def number_of(attempt: Attempt) -> int:
    """Which try it is, from 1."""
    return 1 + tries_with(attempt).filter(number__lt=attempt.number).count()
