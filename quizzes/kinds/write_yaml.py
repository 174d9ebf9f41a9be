"""The learner writes manifests that make the cluster behave as asked. What they do counts, not how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, StringConstraints, model_validator

from lessons.content.action_schema import Action, Changed, ProbeSpec
from lessons.runs import behavior
from lessons.runs.scenarios import Scenario
from quizzes.errors import InvalidAnswerError, Problem, UngradableQuestionError
from quizzes.kinds.base import Exchange, Form, Kind, Outcome, QuestionSpec, Response, Result, Strict, Text
from quizzes.kinds.behavior_score import Comparison, compared
from quizzes.kinds.manifest_text import MOST_BYTES, name_of, require_accepted, require_manifests

if TYPE_CHECKING:
    from quizzes.simulation.engine import Engine

Manifest = Annotated[str, StringConstraints(min_length=1, max_length=MOST_BYTES)]
KindName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{2,40}$")]
MOST_SHOWN = 20
LARGEST_TABLE = 12
Cells = list[dict[str, Any]]


class KnownMistake(Strict):
    """A manifest that people write who hold a misconception; recognized by what it does."""

    manifest: Manifest
    explanation: Text


class WriteYamlSpec(QuestionSpec):
    """`solution` is one right answer: what it does is the goal. `also` are further things that are compared."""

    explanation: Text
    kinds: tuple[KindName, ...] = Field(min_length=1, max_length=6)
    solution: Manifest
    start: Annotated[str, StringConstraints(max_length=MOST_BYTES)] = ""
    also: tuple[Action, ...] = Field(default=(), max_length=12)
    mistakes: tuple[KnownMistake, ...] = Field(min_length=1, max_length=8)

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("solution",)

    @model_validator(mode="after")
    def a_cluster_of_its_own(self) -> WriteYamlSpec:
        if self.scene is None:
            raise ValueError(_("scene: is missing; its reach, probe or request is what the answer is measured by"))
        for key, action in (("scene", self.scene), *((f"also[{i}]", each) for i, each in enumerate(self.also))):
            if action.kind not in behavior.ACTIONS:
                raise ValueError(
                    _("{key}: an answer is measured by {known}, not by {kind}").format(
                        key=key, known=", ".join(behavior.ACTIONS), kind=action.kind
                    )
                )
        return self

    @property
    def actions(self) -> tuple[Action, ...]:
        """All that is compared: the scene's own action comes first."""
        assert self.scene is not None  # noqa: S101 (the validator has seen it)
        return (self.scene.action(), *self.also)


class WriteYaml(Kind[WriteYamlSpec]):
    """A response is {"text": the YAML}."""

    name = "write_yaml"
    label = gettext_lazy("Write YAML")
    rule = gettext_lazy(
        "Your objects are applied to the cluster, and every connection is tried. Each that had to change and did earns "
        "its share of the points; each that had to stay as it was and did not takes a share back."
    )
    keys = gettext_lazy("kinds; solution; start; also: further actions; mistakes: manifest, explanation")
    template = "quizzes/kinds/_write_yaml.html"
    result_template = "quizzes/kinds/_write_yaml_result.html"
    spec_type = WriteYamlSpec
    mistakes_earn_part: ClassVar[bool] = True

    def rule_for(self, spec: WriteYamlSpec) -> str:
        task = _("Write %(kinds)s.") % {"kinds": ", ".join(spec.kinds)}
        return f"{task} {self.rule}"

    def problems(self, spec: WriteYamlSpec) -> Iterator[Problem]:
        written: list[tuple[tuple[str | int, ...], str]] = [(("solution",), spec.solution)]
        written += [(("mistakes", i, "manifest"), mistake.manifest) for i, mistake in enumerate(spec.mistakes)]
        for path, text in written:
            try:
                require_manifests(text, spec.kinds)
            except InvalidAnswerError as error:
                yield path, str(error)

    def present(self, spec: WriteYamlSpec, response: Response, seed: str) -> dict[str, Any]:
        text = response.get("text", spec.start)
        return {"text": text, "longest": MOST_BYTES, "lines": min(max(14, text.count("\n") + 3), 32)}

    def read(self, spec: WriteYamlSpec, form: Form, field: str, seed: str) -> Response:
        """Without white space at its end. What the question starts with is no answer."""
        text = next(iter(form.get(field, ())), "").replace("\r\n", "\n").rstrip()
        if len(text) > 2 * MOST_BYTES:
            raise InvalidAnswerError(_("Your answer is longer than %(most)s bytes.") % {"most": MOST_BYTES})
        return {} if text.strip() in ("", spec.start.strip()) else {"text": text}

    def answered(self, response: Response) -> bool:
        return bool(response.get("text"))

    def check(self, spec: WriteYamlSpec, response: Response) -> None:
        if self.answered(response):
            require_manifests(response["text"], spec.kinds)

    def check_in_cluster(self, spec: WriteYamlSpec, response: Response, scenario: Scenario) -> None:
        require_accepted(response["text"], scenario)

    def invalid_forms(self, spec: WriteYamlSpec, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: ["spec: [unclosed"]}
        yield {field: ["# nothing but words"]}
        yield {field: ["apiVersion: v1\nkind: Nonsense\nmetadata: {name: x}"]}
        yield {field: [f"{spec.solution}\n#{'x' * MOST_BYTES}"]}

    def facts(self, spec: WriteYamlSpec, response: Response, engine: Engine) -> Exchange:
        """{"before", "goal", "now": cells, "mistakes": cells of each}: how four or more clusters behave."""
        before = engine.cells(spec.actions)
        text = response.get("text", "")
        return {
            "before": before,
            "goal": self.behavior(spec, spec.solution, engine),
            "now": self.behavior(spec, text, engine) if text else before,
            "mistakes": [self.behavior(spec, mistake.manifest, engine) for mistake in spec.mistakes],
        }

    def behavior(self, spec: WriteYamlSpec, text: str, engine: Engine) -> Cells:
        return engine.changed(Changed(changes=text)).cells(spec.actions)

    def describe(self, spec: WriteYamlSpec, response: Response) -> str:
        return name_of(response["text"]) if self.answered(response) else ""

    def grade(self, spec: WriteYamlSpec, response: Response, exchange: Exchange | None) -> Result:
        found = require_facts(exchange)
        comparison = compared(found["before"], found["goal"], found["now"])
        outcomes = [Outcome(_("One right answer"), False, True, spec.explanation)]
        if comparison.wrong and self.answered(response):
            outcomes += made_mistakes(spec, found)
        details = {
            "yaml": response.get("text", ""),
            "solution": spec.solution.strip(),
            "wrong": [difference.document() for difference in comparison.wrong[:MOST_SHOWN]],
            "wrong_count": len(comparison.wrong),
            "tables": list(tables(found["goal"], found["now"], spec.actions)),
            **comparison.counts(),
        }
        fraction = comparison.fraction if self.answered(response) else compared_nothing(comparison)
        return Result(fraction, self.describe(spec, response), tuple(outcomes), details=details)

    def solution(self, spec: WriteYamlSpec, exchange: Exchange | None) -> Response:
        require_facts(exchange)
        return {"text": spec.solution}

    def distractors(self, spec: WriteYamlSpec, exchange: Exchange | None) -> Iterator[Response]:
        yield from ({"text": mistake.manifest} for mistake in spec.mistakes)

    def watched(self, spec: WriteYamlSpec, response: Response, engine: Engine, number: int) -> Scenario | None:
        """The packet of a cell, in the cluster with the learner's objects."""
        changed = engine.changed(Changed(changes=response.get("text", "")))
        found = changed.cells(spec.actions)
        if number not in range(len(found)):
            return None
        action = spec.actions[found[number]["action"]]
        return replace(changed.scenario, action=packet_of(found[number]) if action.kind == "reach" else action)


def compared_nothing(comparison: Comparison) -> Any:
    """No answer is graded as the cluster that nobody changed: it has mended nothing. Raises UngradableQuestionError."""
    if not comparison.to_change:
        raise UngradableQuestionError(_("solution: changes nothing of what is compared"))
    return comparison.fraction


def require_facts(exchange: Exchange | None) -> Mapping[str, Any]:
    """Raises UngradableQuestionError for a goal in which something cannot even be asked."""
    if exchange is None:
        raise UngradableQuestionError(_("solution: there is no cluster to apply it to"))
    for cell in exchange["goal"]:
        if str(cell["outcome"]).startswith(behavior.IMPOSSIBLE):
            where = _("{source} to {destination}").format(source=cell["source"], destination=cell["destination"])
            raise UngradableQuestionError(
                _("solution: {where} is {outcome}, even with it").format(where=where, outcome=cell["outcome"])
            )
    return exchange


def made_mistakes(spec: WriteYamlSpec, found: Mapping[str, Any]) -> Iterator[Outcome]:
    """The known mistakes whose cluster behaves as the learner's does."""
    for mistake, cells in zip(spec.mistakes, found["mistakes"], strict=True):
        if cells == found["now"]:
            yield Outcome(name_of(mistake.manifest), True, False, mistake.explanation)


def packet_of(cell: Mapping[str, Any]) -> Action:
    """The packet that shows a pair of a matrix."""
    probe = {"from": cell["source"], "to": cell["destination"], "port": cell["port"], "protocol": cell["protocol"]}
    return Action(probe=ProbeSpec.model_validate({key: value for key, value in probe.items() if value is not None}))


def tables(goal: Cells, now: Cells, actions: tuple[Action, ...]) -> Iterator[dict[str, Any]]:
    """Each matrix that is not too large, the first and those with something wrong.

    {protocol, port, pods, rows: [{source, cells: [{number, goal, now, right}, or None for a Pod itself]}]}
    """
    for number, action in enumerate(actions):
        numbered = [(index, cell) for index, cell in enumerate(goal) if cell["action"] == number]
        pods = list(dict.fromkeys(cell["source"].removeprefix("pod/") for _index, cell in numbered))
        if action.kind != "reach" or len(pods) > LARGEST_TABLE:
            continue
        found = {
            (cell["source"], cell["destination"]): {
                "number": index,
                "goal": cell["outcome"],
                "now": now[index]["outcome"],
                "right": cell["outcome"] == now[index]["outcome"] or None in (cell["outcome"], now[index]["outcome"]),
            }
            for index, cell in numbered
        }
        if number and all(cell["right"] for cell in found.values()):
            continue
        rows = [{"source": one, "cells": [found.get((f"pod/{one}", f"pod/{other}")) for other in pods]} for one in pods]
        yield {"protocol": action.spec.protocol, "port": action.spec.port, "pods": pods, "rows": rows}
