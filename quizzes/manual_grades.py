"""Grades that people give. They stand beside the engine's, win over it, and no regrade touches them.

give(attempt, score, ...)   the score that counts from now on
take_back(attempt, ...)     the engine's counts again
history(attempt)            everything that was ever found or said about an attempt, oldest first
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from quizzes.models import Attempt, ManualGrade
from quizzes.scores import Score, score_of
from quizzes.signals import grade_changed


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an attempt's history. `score` is None where a person takes their score back; `by` None: the engine."""

    at: datetime
    score: Decimal | None
    source: str
    reason: str
    by: Any


def give(attempt: Attempt, score: Decimal, reason: str, by: AbstractBaseUser) -> ManualGrade:
    """Raises ValidationError, by field, for a score outside 0 to the attempt's points, or without a reason."""
    with transaction.atomic():
        current = require_graded(Attempt.objects.select_for_update().get(pk=attempt.pk))
        if not 0 <= score <= current.max_score:
            message = gettext("The score lies between 0 and {most}.").format(most=current.max_score)
            raise ValidationError({"score": message})
        return add(current.attempt, score, reason, by)


def take_back(attempt: Attempt, reason: str, by: AbstractBaseUser) -> ManualGrade:
    """Raises ValidationError where there is no score of a person."""
    with transaction.atomic():
        current = require_graded(Attempt.objects.select_for_update().get(pk=attempt.pk))
        if current.manual is None:
            raise ValidationError(gettext("Nobody has set this score, so there is nothing to take back."))
        return add(current.attempt, None, reason, by)


def history(attempt: Attempt) -> tuple[Event, ...]:
    found = [
        Event(grade.created_at, grade.score, grade.get_source_display(), grade.reason, None)
        for grade in attempt.grades.all()
    ]
    said = [
        Event(row.created_at, row.score, gettext("Set by a person"), row.reason, row.set_by)
        for row in attempt.manual_grades.select_related("set_by")
    ]
    return tuple(sorted(found + said, key=lambda event: event.at))


def require_graded(attempt: Attempt) -> Score:
    score = score_of(attempt)
    if score is None:
        raise ValidationError(gettext("This attempt is not graded yet."))
    return score


def add(attempt: Attempt, score: Decimal | None, reason: str, by: AbstractBaseUser) -> ManualGrade:
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why: the learner reads it.")})
    row = ManualGrade(attempt=attempt, score=score, reason=reason.strip(), set_by_id=by.pk)
    row.clean_fields(exclude=["attempt", "set_by", *(["score"] if score is None else [])])
    row.save()
    grade_changed.send(sender=Attempt, attempt=attempt)
    return row
