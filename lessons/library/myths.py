"""The claims that experiments decide. Who has predicted sees the verdict; everybody else sees the claim only."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from lessons.models import Experiment, Learner, Lesson, Prediction


@dataclass(frozen=True, slots=True)
class Myth:
    experiment: Experiment
    decided: bool


def myths(user: AbstractBaseUser | AnonymousUser, learner: Learner | None) -> tuple[Myth, ...]:
    """In the order of the course."""
    experiments = (
        Experiment.objects.filter(lesson__in=Lesson.objects.visible_to(user))
        .exclude(myth=None)
        .select_related("lesson__course")
        .order_by("lesson__course", "lesson__position", "position")
    )
    predicted: set[int] = set()
    if learner is not None:
        predicted = set(Prediction.objects.filter(learner=learner).values_list("experiment", flat=True))
    return tuple(Myth(experiment, experiment.pk in predicted) for experiment in experiments)
