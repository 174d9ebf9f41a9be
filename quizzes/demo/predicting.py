"""What made-up learners predict about the experiments of the lessons, and how far that brings them in the course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from lessons.experiments import predictions
from lessons.models import Experiment, Learner, LessonProgress, Prediction, PredictionOption
from lessons.runs import simulations
from quizzes.demo.people import Person, chance, confidence


@dataclass(frozen=True, slots=True)
class Guess:
    """An experiment, with the options that the engine finds right and wrong. `difficulty` as people.chance takes it."""

    experiment: Experiment
    right: tuple[PredictionOption, ...]
    wrong: tuple[PredictionOption, ...]
    difficulty: float


def guesses(experiments: Iterable[Experiment], seed: int) -> tuple[Guess, ...]:
    """Asks the engine about each experiment."""
    return tuple(guess(experiment, Random(f"{seed}/experiment-{experiment.slug}")) for experiment in experiments)  # noqa: S311


def guess(experiment: Experiment, nature: Random) -> Guess:
    exchange = simulations.solve(experiment.scenario())["exchange"]
    outcomes = predictions.explain(experiment, exchange, None)
    return Guess(
        experiment,
        right=tuple(outcome.option for outcome in outcomes if outcome.right),
        wrong=tuple(outcome.option for outcome in outcomes if not outcome.right),
        difficulty=nature.gauss(-0.2, 0.8),
    )


def predict(who: Person, learner: Learner, asked: Guess, moment: datetime, random: Random) -> Prediction:
    """A row that is not stored yet."""
    knows = random.random() < chance(who.ability, asked.difficulty)
    option = random.choice((asked.right if knows else asked.wrong) or (*asked.right, *asked.wrong))
    return Prediction(
        learner=learner,
        experiment=asked.experiment,
        option=option,
        option_text=option.text,
        confidence=confidence(who, asked.difficulty),
        right=option in asked.right,
        created_at=moment,
    )


def progress(learner: Learner, made: Iterable[Prediction], all_of: Counter[int]) -> Iterator[LessonProgress]:
    """The lessons that these predictions opened, not stored yet; complete with as many as `all_of` the lesson has."""
    moments: dict[int, list[datetime]] = {}
    for prediction in made:
        moments.setdefault(prediction.experiment.lesson_id, []).append(prediction.created_at)
    for lesson, seen in moments.items():
        yield LessonProgress(
            learner=learner,
            lesson_id=lesson,
            opened_at=min(seen),
            seen_at=max(seen),
            completed_at=max(seen) if len(seen) == all_of[lesson] else None,
        )
