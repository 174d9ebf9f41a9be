"""How well a learner knows what they know: the confidence they gave beside how often they were right.

Only first predictions count, because whoever predicts again has seen the answer. Whether a prediction was right is
stored when its result is shown first, so nothing here asks the engine.

The Brier score is the mean of (confidence - outcome)², where the outcome is 1 for right and 0 for wrong: 0 is perfect,
and 0.25 is what saying 50 % every time gets. Source: G. W. Brier, "Verification of forecasts expressed in terms of
probability", Monthly Weather Review 78 (1950).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lessons.models import Confidence, Course, Learner, Prediction

ENOUGH = 3
"""Predictions with a confidence before anything is shown: fewer say nothing."""
COIN = 0.25
CLOSE = 0.1
"""Mean confidence and share of right answers that are no further apart count as equal."""


@dataclass(frozen=True, slots=True)
class Level:
    """One confidence, in percent, and what became of the predictions made with it."""

    confidence: int
    count: int
    right: int

    @property
    def label(self) -> str:
        return str(Confidence(self.confidence).label)

    @property
    def share(self) -> float:
        """0 to 1; 0 where there is none."""
        return self.right / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """All levels from the least sure to the surest, also those that were never given."""

    levels: tuple[Level, ...]

    @property
    def count(self) -> int:
        return sum(level.count for level in self.levels)

    @property
    def right(self) -> int:
        return sum(level.right for level in self.levels)

    @property
    def is_enough(self) -> bool:
        return self.count >= ENOUGH

    @property
    def brier(self) -> float:
        """0 to 1, smaller is better; 0 without predictions."""
        lost = sum(
            level.right * (1 - level.confidence / 100) ** 2
            + (level.count - level.right) * (level.confidence / 100) ** 2
            for level in self.levels
        )
        return lost / self.count if self.count else 0.0

    @property
    def mean_confidence(self) -> float:
        """0 to 1."""
        return sum(level.confidence * level.count for level in self.levels) / 100 / self.count if self.count else 0.0

    @property
    def tendency(self) -> Literal["too sure", "too careful", "fitting"]:
        difference = self.mean_confidence - (self.right / self.count if self.count else 0.0)
        if abs(difference) <= CLOSE:
            return "fitting"
        return "too sure" if difference > 0 else "too careful"

    @property
    def beats_the_coin(self) -> bool:
        return self.brier < COIN


def of_learner(learner: Learner | None, course: Course | None = None) -> Calibration:
    """Over all first predictions with a confidence whose outcome is known; in one course, or in all."""
    predictions = Prediction.objects.filter(learner=learner, round=1, confidence__isnull=False, right__isnull=False)
    if course is not None:
        predictions = predictions.filter(experiment__lesson__course=course)
    found = tuple(predictions.values_list("confidence", "right")) if learner is not None else ()
    outcomes = {sure: [right for given, right in found if given == sure] for sure in Confidence.values}
    return Calibration(tuple(Level(sure, len(outcomes[sure]), outcomes[sure].count(True)) for sure in outcomes))


def standing(prediction: Prediction) -> Level | None:
    """How often the learner was right when as sure as in this prediction; None below two such predictions."""
    levels = of_learner(prediction.learner).levels
    return next((level for level in levels if level.confidence == prediction.confidence and level.count > 1), None)
