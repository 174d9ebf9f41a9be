"""The shipped lessons as their authors wrote them, read from content/ and played on the engine without a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import netsim
from lessons import manifests
from lessons.content_schema import ExperimentContent, ExperimentList, LessonContent, ProbeSpec, parse, read_yaml
from quizzes.kinds import QuestionSpec, parse_spec

COURSE = Path(__file__).parents[2] / "content" / "kubernetes-networking"
QUESTION_KEYS_OUTSIDE_THE_SPEC = {"slug", "kind", "points"}


@dataclass(frozen=True, slots=True)
class Question:
    slug: str
    kind: str
    spec: QuestionSpec


@dataclass(frozen=True, slots=True)
class ShippedLesson:
    folder: str
    text: LessonContent
    scene: str
    experiments: tuple[ExperimentContent, ...]
    quiz: dict[str, Any]

    def experiment(self, slug: str) -> ExperimentContent:
        return next(experiment for experiment in self.experiments if experiment.slug == slug)

    def questions(self) -> tuple[Question, ...]:
        return tuple(
            Question(
                data["slug"],
                data["kind"],
                parse_spec(data["kind"], {k: v for k, v in data.items() if k not in QUESTION_KEYS_OUTSIDE_THE_SPEC}),
            )
            for data in self.quiz["questions"]
        )

    def simulation(self, changes: str = "") -> netsim.Simulation:
        return simulate(self.scene, changes)

    def exchange(self, probe: ProbeSpec, changes: str = "") -> dict[str, Any]:
        """What the engine says about a probe through the scene, as the JSON that experiments and questions read."""
        return netsim.exchange_document(self.simulation(changes).trace(probe.probe()))

    def played(self, experiment: ExperimentContent) -> dict[str, Any]:
        return self.exchange(experiment.probe, experiment.changes)

    def facts(self, question: Question) -> dict[str, Any] | None:
        """The exchange that decides a question; None where the author does."""
        if question.spec.experiment:
            return self.played(self.experiment(question.spec.experiment))
        if question.spec.scene:
            return self.exchange(question.spec.scene.probe, question.spec.scene.changes)
        return None


@cache
def simulate(scene: str, changes: str) -> netsim.Simulation:
    return netsim.Simulation(manifests.load(scene, changes))


@cache
def lesson_in(folder: str) -> ShippedLesson:
    path = COURSE / folder
    _, front_matter, body = (path / "lesson.md").read_text().split("---\n", 2)
    return ShippedLesson(
        folder=folder,
        text=parse(LessonContent, {**yaml.safe_load(front_matter), "body": body}, f"{folder}/lesson.md"),
        scene=(path / "scene.yaml").read_text(),
        experiments=parse(
            ExperimentList, {"experiments": read_yaml((path / "experiments.yaml").read_text())}, "experiments.yaml"
        ).experiments,
        quiz=yaml.safe_load((path / "quiz.yaml").read_text()),
    )


LESSONS = tuple(lesson_in(path.parent.name) for path in sorted(COURSE.glob("*/lesson.md")))


def words_for_learners(lesson: ShippedLesson) -> str:
    """Everything that a learner can read in a lesson, its experiments and its quiz, as one text."""
    return "\n".join(_strings((lesson.text.model_dump(), [e.model_dump() for e in lesson.experiments], lesson.quiz)))


def _strings(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if isinstance(data, dict):
        return [text for value in data.values() for text in _strings(value)]
    if isinstance(data, list | tuple):
        return [text for value in data for text in _strings(value)]
    return []


def prose(lesson: ShippedLesson) -> str:
    """The lesson's running text: no code blocks, tables, headings or places of experiments."""
    text = re.sub(r"```.*?```", "", lesson.text.body, flags=re.DOTALL)
    return re.sub(r"^(\||#|::).*$", "", text, flags=re.MULTILINE)
