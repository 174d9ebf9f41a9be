"""The shipped lessons, read from content/ as the importers read them, and played on the engine without a database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import netsim
from lessons.content import manifests
from lessons.content.action_schema import FaultSpec, ProbeSpec
from lessons.content.content_schema import ExperimentContent, LessonContent
from lessons.content.course_files import read_course
from lessons.content.schema import read_yaml
from lessons.runs.scenarios import Scenario, play
from lessons.traces.schema import TraceContent
from quizzes.content.schema import QuizContent, parse_quiz
from quizzes.kinds import KINDS, QuestionSpec
from quizzes.questions.variants import parse_variants
from quizzes.simulation.engine import Engine

SAID = {"intro", "question", "prompt", "explanation", "hint", "evidence", "takeaway"}
COURSE = Path(__file__).parents[2] / "content" / "kubernetes-networking"


@dataclass(frozen=True, slots=True)
class Question:
    """One variant of a question; `name` tells variants apart."""

    slug: str
    kind: str
    name: str
    spec: QuestionSpec


@dataclass(frozen=True, slots=True)
class ShippedLesson:
    folder: str
    text: LessonContent
    scene: str
    experiments: tuple[ExperimentContent, ...]
    quiz: QuizContent
    traces: tuple[TraceContent, ...]

    def experiment(self, slug: str) -> ExperimentContent:
        return next(experiment for experiment in self.experiments if experiment.slug == slug)

    def questions(self) -> tuple[Question, ...]:
        """Every question of the quiz, in every variant."""
        return tuple(
            Question(q.slug, q.kind, f"{q.slug} {variant.name}".strip(), variant.spec)
            for q in self.quiz.questions
            for variant in parse_variants(q.kind, q.spec)
        )

    def simulation(self, changes: str = "", faults: tuple[FaultSpec, ...] = ()) -> netsim.Simulation:
        return simulate(self.scene, (changes,) if changes.strip() else (), json.dumps([f.document() for f in faults]))

    def exchange(self, probe: ProbeSpec, changes: str = "", faults: tuple[FaultSpec, ...] = ()) -> dict[str, Any]:
        """What the engine says about a probe through the scene, as the JSON that experiments and questions read."""
        return netsim.exchange_document(self.simulation(changes, faults).trace(probe.probe()))

    def scenario(self, experiment: ExperimentContent) -> Scenario:
        return Scenario(
            manifests=self.scene,
            changes=(experiment.changes,) if experiment.changes.strip() else (),
            action=experiment.action(),
            show=experiment.show,
            faults=experiment.faults,
            compare=experiment.compare,
        )

    def played(self, experiment: ExperimentContent) -> dict[str, Any]:
        """What the engine finds, as the JSON that conditions point into."""
        return dict(self.result(experiment)["exchange"])

    def result(self, experiment: ExperimentContent) -> dict[str, Any]:
        """What a worker would store."""
        return result_of(json.dumps(self.scenario(experiment).request("trace")))

    def rows(self, trace: TraceContent) -> list[dict[str, Any]]:
        """The hop table of a trace exercise."""
        return list(result_of(json.dumps(trace.scenario(self.scene).request("trace")))["rows"])

    def question_scenario(self, question: Question) -> Scenario | None:
        """The cluster and the action that decide a question; None where the author does."""
        if question.spec.experiment:
            return self.scenario(self.experiment(question.spec.experiment))
        if (scene := question.spec.scene) is None:
            return None
        changes = (scene.changes,) if scene.changes.strip() else ()
        return Scenario(self.scene, changes, scene.action(), faults=scene.faults)

    def facts(self, question: Question, response: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """What the engine finds for grading a response; None where the author decides."""
        scenario = self.question_scenario(question)
        if scenario is None:
            return None
        engine = engine_of(json.dumps(scenario.request("trace")))
        return dict(KINDS[question.kind].facts(question.spec, response or {}, engine))

    def prose(self) -> str:
        """The running text: no code blocks, tables, headings or places of experiments."""
        text = re.sub(r"```.*?```", "", self.text.body, flags=re.DOTALL)
        return re.sub(r"^(\||#|::).*$", "", text, flags=re.MULTILINE)

    def told(self) -> tuple[str, ...]:
        """The sentences around experiments, traces and questions: no conditions, manifests or lines of code."""
        experiments = [each.model_dump() for each in (*self.experiments, *self.traces)]
        return tuple(sayings((experiments, self.quiz.model_dump())))

    def words(self) -> str:
        """Everything that a learner can read in the lesson, its experiments, its traces and its quiz."""
        experiments = [each.model_dump(exclude={"changes"}) for each in (*self.experiments, *self.traces)]
        return "\n".join(strings((self.text.model_dump(), experiments, self.quiz.model_dump())))


class PlayedEngine(Engine):
    """Without a database."""

    def played(self) -> dict[str, Any]:
        return result_of(json.dumps(self.scenario.request("trace")))


@cache
def engine_of(request: str) -> PlayedEngine:
    return PlayedEngine(Scenario.of_document(json.loads(request)))


@cache
def result_of(request: str) -> dict[str, Any]:
    """What a worker would store for this request; drawn and told as well, so that this is tested, too."""
    return play("trace", json.loads(request))


@cache
def simulate(scene: str, changes: tuple[str, ...], faults: str) -> netsim.Simulation:
    named = tuple(FaultSpec.model_validate(fault) for fault in json.loads(faults))
    return netsim.Simulation(manifests.load(scene, changes, named))


def sayings(data: Any) -> Iterator[str]:
    """Strings under the keys of SAID, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from (value,) if key in SAID and isinstance(value, str) else sayings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from sayings(value)


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list | tuple):
        for value in data.values() if isinstance(data, dict) else data:
            yield from strings(value)


def shipped_lessons() -> Iterator[ShippedLesson]:
    for folder, bundle in read_course(COURSE).lessons:
        file = folder / "quiz.yaml"
        quiz = parse_quiz(read_yaml(file.read_text(), str(file)), str(file))
        yield ShippedLesson(folder.name, bundle.lesson, bundle.scene, bundle.experiments, quiz, bundle.traces)


LESSONS = tuple(shipped_lessons())
