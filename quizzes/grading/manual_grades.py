"""Grades that people give. They stand beside the engine's, win over it, and no regrade touches them.

give(attempt, score, ...)   the score that counts from now on
take_back(attempt, ...)     the engine's counts again
history(attempt)            everything that was ever found or said about an attempt, oldest first
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from quizzes.grading.scores import Score, score_of
from quizzes.models import Attempt, Grade, ManualGrade
from quizzes.signals import grade_changed

User = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Event:
    """One row of an attempt's history. `score` is None where a person takes their score back; `by` None: the engine,
    whose version `engine` then is. `deductions`: what a policy took off `raw_score`."""

    at: datetime
    score: Decimal | None
    source: str
    reason: str
    by: Any
    max_score: Decimal | None = None
    raw_score: Decimal | None = None
    deductions: tuple[Mapping[str, Any], ...] = ()
    engine: str = ""


def give(attempt: Attempt, score: Decimal, reason: str, by: User) -> ManualGrade:
    """Raises ValidationError, by field, for a score outside 0 to the attempt's points, or without a reason."""
    with transaction.atomic():
        current = require_graded(Attempt.objects.select_for_update().get(pk=attempt.pk))
        if not 0 <= score <= current.max_score:
            message = gettext("The score lies between 0 and {most}.").format(most=current.max_score)
            raise ValidationError({"score": message})
        return add(current.attempt, score, reason, by)


def take_back(attempt: Attempt, reason: str, by: User) -> ManualGrade:
    """Raises ValidationError where there is no score of a person."""
    with transaction.atomic():
        current = require_graded(Attempt.objects.select_for_update().get(pk=attempt.pk))
        if current.manual is None:
            raise ValidationError(gettext("Nobody has set this score, so there is nothing to take back."))
        return add(current.attempt, None, reason, by)


def history(attempt: Attempt) -> tuple[Event, ...]:
    found = [found_by_engine(grade) for grade in attempt.grades.select_related("regrade__requested_by")]
    said = [
        Event(row.created_at, row.score, gettext("Set by a person"), row.reason, row.set_by)
        for row in attempt.manual_grades.select_related("set_by")
    ]
    return tuple(sorted(found + said, key=lambda event: event.at))


def found_by_engine(grade: Grade) -> Event:
    return Event(
        grade.created_at,
        grade.score,
        grade.get_source_display(),
        gettext(grade.reason) if grade.source == Grade.Source.TIME else grade.reason,
        grade.regrade.requested_by if grade.regrade else None,
        max_score=grade.max_score,
        raw_score=grade.raw_score,
        deductions=tuple(grade.deductions),
        engine=grade.engine_version,
    )


def require_graded(attempt: Attempt) -> Score:
    score = score_of(attempt)
    if score is None:
        raise ValidationError(gettext("This attempt is not graded yet."))
    return score


def add(attempt: Attempt, score: Decimal | None, reason: str, by: User) -> ManualGrade:
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why: the learner reads it.")})
    row = ManualGrade(attempt=attempt, score=score, reason=reason.strip(), set_by_id=by.pk)
    row.clean_fields(exclude=["attempt", "set_by", *(["score"] if score is None else [])])
    row.save()
    grade_changed.send(sender=Attempt, attempt=attempt)
    return row
