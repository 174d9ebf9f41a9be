"""When learners last did something in a course, and how much in each week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from lessons.models import Course, Learner, LessonProgress, Prediction, TraceAnswer
from quizzes.models import Attempt, PracticeAnswer

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """Predictions, trace answers, practice and attempts that fall into the seven days from `monday` (UTC)."""

    monday: date
    predictions: int
    practice: int
    attempts: int

    @property
    def total(self) -> int:
        return self.predictions + self.practice + self.attempts


def last_active(learners: QuerySet[Any], course: Course) -> dict[int, datetime]:
    """By learner, for those who ever did something; `learners`: a queryset of their keys. Five queries."""
    last: dict[int, datetime] = {}
    for moments in (
        moments_of(LessonProgress, "lesson__course", Coalesce("seen_at", "opened_at"), learners, course),
        moments_of(Prediction, "experiment__lesson__course", F("created_at"), learners, course),
        moments_of(TraceAnswer, "exercise__lesson__course", F("created_at"), learners, course),
        moments_of(PracticeAnswer, "lesson__course", F("answered_at"), learners, course),
        moments_of(Attempt, "quiz__lesson__course", Coalesce("submitted_at", "started_at"), learners, course),
    ):
        for learner, moment in moments:
            if moment is not None and (learner not in last or moment > last[learner]):
                last[learner] = moment
    return last


def moments_of(
    model: Any, course_path: str, moment: Any, learners: QuerySet[Any], course: Course
) -> Iterator[tuple[int, datetime | None]]:
    rows = model.objects.filter(**{course_path: course, "learner__in": learners}).order_by()
    yield from rows.values_list("learner").annotate(last=Max(moment))


def weeks_of(learner: Learner, course: Course, now: datetime) -> tuple[Week, ...]:
    """The last twelve, oldest first, also those in which nothing was done."""
    this = (now - timedelta(days=now.weekday())).date()
    mondays = [this - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    predictions = Prediction.objects.filter(learner=learner, experiment__lesson__course=course)
    traces = TraceAnswer.objects.filter(learner=learner, exercise__lesson__course=course)
    practice = PracticeAnswer.objects.filter(learner=learner, lesson__course=course, answered_at__isnull=False)
    attempts = Attempt.objects.filter(learner=learner, quiz__lesson__course=course)
    predicted = by_week(predictions.values_list("created_at", flat=True))
    predicted += by_week(traces.values_list("created_at", flat=True))
    practiced = by_week(practice.values_list("answered_at", flat=True))
    taken = by_week(attempts.values_list("started_at", flat=True))
    return tuple(Week(monday, predicted[monday], practiced[monday], taken[monday]) for monday in mondays)


def by_week(moments: Any) -> Counter[date]:
    return Counter((moment - timedelta(days=moment.weekday())).date() for moment in moments)
