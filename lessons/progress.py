"""How far a learner got: lessons opened and completed, experiments predicted, traces solved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from lessons.bookmarks import reading
from lessons.models import Experiment, Learner, Lesson, LessonProgress, Prediction, TraceAnswer, TraceExercise


@dataclass(frozen=True, slots=True)
class LessonCard:
    """One lesson in a list, with this learner's progress. Traces do not decide whether a lesson is completed."""

    lesson: Lesson
    experiments: int
    predicted: int
    opened: bool
    completed: bool
    traces: int = 0
    traced: int = 0
    place: str = ""
    seen_at: datetime | None = None

    @property
    def url(self) -> str:
        """The lesson, where the learner was last."""
        return f"{self.lesson.get_absolute_url()}{self.place}"

    @property
    def reading_minutes(self) -> int:
        return reading.minutes(self.lesson)


def lesson_cards(lessons: Iterable[Lesson], learner: Learner | None) -> tuple[LessonCard, ...]:
    """A card for each lesson, in the given order; for a new visitor all progress is zero."""
    lessons = tuple(lessons)
    totals = dict(
        Experiment.objects.filter(lesson__in=lessons).values_list("lesson").annotate(count=Count("pk")).order_by()
    )
    predicted = dict(
        Prediction.objects.filter(learner=learner, experiment__lesson__in=lessons)
        .values_list("experiment__lesson")
        .annotate(count=Count("experiment", distinct=True))
        .order_by()
    )
    traces = dict(
        TraceExercise.objects.filter(lesson__in=lessons).values_list("lesson").annotate(count=Count("pk")).order_by()
    )
    traced = dict(
        TraceAnswer.objects.filter(learner=learner, solved=True, exercise__lesson__in=lessons)
        .values_list("exercise__lesson")
        .annotate(count=Count("exercise", distinct=True))
        .order_by()
    )
    rows = {row.lesson_id: row for row in LessonProgress.objects.filter(learner=learner, lesson__in=lessons)}
    mine = rows if learner is not None else {}
    return tuple(
        LessonCard(
            lesson=lesson,
            experiments=totals.get(lesson.pk, 0),
            predicted=predicted.get(lesson.pk, 0) if learner else 0,
            opened=lesson.pk in mine,
            completed=lesson.pk in mine and mine[lesson.pk].completed_at is not None,
            traces=traces.get(lesson.pk, 0),
            traced=traced.get(lesson.pk, 0) if learner else 0,
            place=mine[lesson.pk].place if lesson.pk in mine else "",
            seen_at=(mine[lesson.pk].seen_at or mine[lesson.pk].opened_at) if lesson.pk in mine else None,
        )
        for lesson in lessons
    )


def resume_card(cards: Iterable[LessonCard]) -> LessonCard | None:
    """Where to go on: the unfinished lesson that was read last, else the first that is not completed."""
    unfinished = [card for card in cards if not card.completed]
    seen = [(card.seen_at, card) for card in unfinished if card.seen_at is not None]
    if seen:
        return max(seen, key=lambda each: each[0])[1]
    return unfinished[0] if unfinished else None


def record_opened(learner: Learner, lesson: Lesson) -> LessonProgress:
    progress, _ = LessonProgress.objects.get_or_create(
        learner=learner, lesson=lesson, defaults={"opened_at": timezone.now()}
    )
    return progress


def record_completed(learner: Learner, lesson: Lesson) -> None:
    """Marks the lesson as completed, once; the first time stays."""
    record_opened(learner, lesson)
    LessonProgress.objects.filter(learner=learner, lesson=lesson, completed_at=None).update(completed_at=timezone.now())


def record_prediction(learner: Learner, experiment: Experiment) -> None:
    """To be called when a prediction was stored: a lesson with all its experiments predicted is completed."""
    progress = record_opened(learner, experiment.lesson)
    progress.seen_at = timezone.now()
    progress.save(update_fields=["seen_at"])
    predicted = Prediction.objects.filter(learner=learner).values("experiment")
    if not experiment.lesson.experiments.exclude(pk__in=predicted).exists():
        record_completed(learner, experiment.lesson)
