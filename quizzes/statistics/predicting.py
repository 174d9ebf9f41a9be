"""The first predictions of a course's experiments: how many were right, how sure they were, and what they said."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from lessons.experiments.calibration import Calibration, Level
from lessons.models import Confidence, Experiment
from quizzes.statistics import measures
from quizzes.statistics.choices import Choice
from quizzes.statistics.scopes import Scope


@dataclass(frozen=True, slots=True)
class ExperimentStatistics:
    """`mean_confidence`, from 0 to 1, of those who said how sure they are; None where nobody did."""

    experiment: Experiment
    count: int
    right: int
    mean_confidence: float | None
    choices: tuple[Choice, ...]

    @property
    def enough(self) -> bool:
        return self.count >= measures.ENOUGH

    @property
    def share(self) -> float:
        return self.right / self.count


@dataclass(frozen=True, slots=True)
class Predictions:
    calibration: Calibration
    experiments: tuple[ExperimentStatistics, ...]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.experiments)

    @property
    def enough(self) -> bool:
        return self.calibration.count >= measures.ENOUGH


def predictions(scope: Scope) -> Predictions:
    """Two queries, however many predictions there are."""
    counted = scope.first_predictions().values_list("experiment", "option_text", "right", "confidence")
    groups: dict[int, list[tuple[str, bool, int | None, int]]] = defaultdict(list)
    sure: Counter[tuple[int, bool]] = Counter()
    for experiment, text, right, confidence, count in counted.annotate(count=Count("pk")):
        groups[experiment].append((text, right, confidence, count))
        if confidence is not None:
            sure[confidence, right] += count
    levels = tuple(Level(each, sure[each, True] + sure[each, False], sure[each, True]) for each in Confidence.values)
    experiments = Experiment.objects.filter(pk__in=groups).select_related("lesson__course")
    ordered = experiments.order_by("lesson__position", "position", "pk")
    return Predictions(Calibration(levels), tuple(statistics_of(each, groups[each.pk]) for each in ordered))


def statistics_of(experiment: Experiment, groups: list[tuple[str, bool, int | None, int]]) -> ExperimentStatistics:
    total = sum(count for *_, count in groups)
    said = [(confidence, count) for _text, _right, confidence, count in groups if confidence is not None]
    options: Counter[tuple[str, bool]] = Counter()
    for text, right, _confidence, count in groups:
        options[text, right] += count
    return ExperimentStatistics(
        experiment=experiment,
        count=total,
        right=sum(count for _text, right, _confidence, count in groups if right),
        mean_confidence=sum(sure * count for sure, count in said) / 100 / sum(count for _, count in said)
        if said
        else None,
        choices=tuple(Choice(text, right, count, count / total) for (text, right), count in options.most_common()),
    )
