"""When a learner should come back to an objective, as FSRS works it out from how well they remembered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import transaction
from fsrs import Card, Rating, Scheduler

from lessons.models import Learner, Lesson
from quizzes.models import ReviewCard

# First within a session and the day after, then FSRS spaces by days. No fuzz: the same answers give the same date.
SCHEDULER = Scheduler(
    desired_retention=settings.REVIEW_RETENTION,
    learning_steps=(timedelta(minutes=10), timedelta(days=1)),
    relearning_steps=(timedelta(minutes=10),),
    maximum_interval=365,
    enable_fuzzing=False,
)


@dataclass(frozen=True, slots=True)
class Memory:
    """`card`: JSON of the package fsrs."""

    card: dict[str, Any]
    due_at: datetime


def rating(fraction: Fraction) -> Rating:
    """All points: good. Some: hard. None: again. Nobody is asked how easy it felt."""
    if fraction == 1:
        return Rating.Good
    return Rating.Hard if fraction else Rating.Again


def reviewed(card: Mapping[str, Any] | None, rated: Rating, now: datetime) -> Memory:
    """The memory after a review; `card` is None for the first one. `now` has a time zone."""
    before = Card(card_id=0) if card is None else Card.from_dict(dict(card))  # type: ignore[arg-type]
    after, _ = SCHEDULER.review_card(before, rated, now.astimezone(UTC))
    return Memory(dict(after.to_dict()), after.due)


def remember(learner: Learner, lesson: Lesson, objective: int, fraction: Fraction, now: datetime) -> ReviewCard:
    """Stores that the learner has just been asked about the objective, and how it went."""
    with transaction.atomic():
        Learner.objects.select_for_update().get(pk=learner.pk)
        card = ReviewCard.objects.filter(learner=learner, lesson=lesson, objective=objective).first()
        memory = reviewed(card.memory if card else None, rating(fraction), now)
        card = card or ReviewCard(learner=learner, lesson=lesson, objective=objective)
        card.memory, card.due_at = memory.card, memory.due_at
        card.save()
    return card
