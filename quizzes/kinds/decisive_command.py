"""The learner chooses the command whose output tells which of several causes is the one.

Every command is typed in every cluster that a hypothesis describes. The decisive one prints something different in
each; the symptom, which is the action of the question's scene, looks the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, model_validator

from lessons.content.action_schema import Action, CommandSpec, Variant
from quizzes.errors import InvalidAnswerError, UngradableQuestionError
from quizzes.kinds.base import (
    Exchange,
    Form,
    Kind,
    Outcome,
    QuestionSpec,
    Response,
    Result,
    Text,
    code_span,
    same_place,
    shown_positions,
)
from quizzes.seeds import shuffled

if TYPE_CHECKING:
    from quizzes.simulation.engine import Engine

LONGEST_OUTPUT = 3000
SYMPTOMS: Mapping[str, tuple[str, ...]] = {
    "command": ("output", "exit_code"),
    "probe": ("client_sees",),
    "request": ("client_sees", "status"),
    "lookup": ("rcode",),
}
"""What the learner knows already, by the kind of action that shows it: keys of its document."""


class Candidate(CommandSpec):
    explanation: Text

    def action(self) -> Action:
        return Action(command=CommandSpec(at=self.at, line=self.line, before=self.before))

    @property
    def shown(self) -> str:
        """The command and its machine, as Markdown."""
        typed = "; ".join((*self.before, self.line))
        return _("%(line)s on %(machine)s") % {"line": code_span(typed), "machine": code_span(self.at)}


class DecisiveCommandSpec(QuestionSpec):
    """`hypotheses` are clusters: changes and faults on top of the scene's, each with a label."""

    hypotheses: tuple[Variant, ...] = Field(min_length=2, max_length=4)
    commands: tuple[Candidate, ...] = Field(min_length=2, max_length=8)

    @property
    def expectations(self) -> tuple[str, ...]:
        return ("hypotheses",)

    @model_validator(mode="after")
    def the_symptom_can_be_compared(self) -> DecisiveCommandSpec:
        if self.scene is None:
            raise ValueError(_("scene: is missing; its action is the symptom that all hypotheses explain"))
        if self.scene.kind not in SYMPTOMS:
            raise ValueError(
                _("scene: a symptom is a {known}, not a {kind}").format(known=", ".join(SYMPTOMS), kind=self.scene.kind)
            )
        for index, command in enumerate(self.commands):
            if any(command.shown == other.shown for other in self.commands[:index]):
                raise ValueError(_("commands[{index}]: is there already").format(index=index))
        return self


class DecisiveCommand(Kind[DecisiveCommandSpec]):
    """A response is {"chosen": index into the specification's commands}."""

    name = "decisive_command"
    label = gettext_lazy("Choose the decisive command")
    rule = gettext_lazy("Choose the one command whose output tells the causes apart. It is run in a cluster of each.")
    keys = gettext_lazy("hypotheses: label, changes, faults; commands: at, line, before, explanation")
    template = "quizzes/kinds/_decisive_command.html"
    result_template = "quizzes/kinds/_decisive_command_result.html"
    spec_type = DecisiveCommandSpec

    def present(self, spec: DecisiveCommandSpec, response: Response, seed: str) -> dict[str, Any]:
        options = [
            {"value": shown, "text": spec.commands[index].shown, "chosen": response.get("chosen") == index}
            for shown, index in enumerate(shuffled(len(spec.commands), seed))
        ]
        causes = [hypothesis.label for hypothesis in spec.hypotheses]
        return {"input_type": "radio", "options": options, "causes": causes}

    def read(self, spec: DecisiveCommandSpec, form: Form, field: str, seed: str) -> Response:
        chosen = shown_positions(form, field, len(spec.commands))
        if len(chosen) > 1:
            raise InvalidAnswerError(_("Choose one option only."))
        return {"chosen": shuffled(len(spec.commands), seed)[chosen[0]]} if chosen else {}

    def answered(self, response: Response) -> bool:
        return response.get("chosen") is not None

    def check(self, spec: DecisiveCommandSpec, response: Response) -> None:
        if self.answered(response) and response["chosen"] not in range(len(spec.commands)):
            raise InvalidAnswerError(_("The options of this question have changed. Choose again."))

    def invalid_forms(self, spec: DecisiveCommandSpec, field: str) -> Iterator[dict[str, list[str]]]:
        yield {field: [str(len(spec.commands))]}
        yield {field: ["0", "1"]}

    def facts(self, spec: DecisiveCommandSpec, response: Response, engine: Engine) -> Exchange:
        """{"symptoms": one for each hypothesis, "outputs": for each command its documents, one for each hypothesis}."""
        assert spec.scene is not None  # noqa: S101 (the validator has seen it)
        clusters = [engine.changed(hypothesis) for hypothesis in spec.hypotheses]
        symptom = spec.scene.action()
        return {
            "symptoms": [symptom_of(spec, cluster.observed(symptom)) for cluster in clusters],
            "outputs": [[cluster.observed(each.action()) for cluster in clusters] for each in spec.commands],
        }

    def describe(self, spec: DecisiveCommandSpec, response: Response) -> str:
        return spec.commands[response["chosen"]].shown if self.answered(response) else ""

    def carried(self, before: DecisiveCommandSpec, after: DecisiveCommandSpec, response: Response) -> Response:
        if not self.answered(response):
            return {}
        old, new = [command.shown for command in before.commands], [command.shown for command in after.commands]
        return {"chosen": same_place(old, new, response["chosen"])}

    def grade(self, spec: DecisiveCommandSpec, response: Response, exchange: Exchange | None) -> Result:
        right, chosen = decisive(spec, exchange), response.get("chosen")
        outcomes = tuple(
            Outcome(command.shown, index == chosen, index == right, command.explanation)
            for index, command in enumerate(spec.commands)
        )
        outputs = [[shortened(document) for document in documents] for documents in (exchange or {})["outputs"]]
        details = {
            "causes": [hypothesis.label for hypothesis in spec.hypotheses],
            "commands": [
                {"outputs": texts, "same": len(set(texts)) == 1} | outcome_document(outcome)
                for texts, outcome in zip(outputs, outcomes, strict=True)
            ],
        }
        return Result(Fraction(int(chosen == right)), self.describe(spec, response), outcomes, details=details)

    def solution(self, spec: DecisiveCommandSpec, exchange: Exchange | None) -> Response:
        return {"chosen": decisive(spec, exchange)}

    def distractors(self, spec: DecisiveCommandSpec, exchange: Exchange | None) -> Iterator[Response]:
        right = decisive(spec, exchange)
        yield from ({"chosen": index} for index in range(len(spec.commands)) if index != right)


def symptom_of(spec: DecisiveCommandSpec, document: Mapping[str, Any]) -> list[Any]:
    assert spec.scene is not None  # noqa: S101 (the validator has seen it)
    return [document[key] for key in SYMPTOMS[spec.scene.kind]]


def decisive(spec: DecisiveCommandSpec, exchange: Exchange | None) -> int:
    """The index of the one command that tells all hypotheses apart. Raises UngradableQuestionError."""
    if exchange is None:
        raise UngradableQuestionError(_("hypotheses: there is no cluster to type a command in"))
    first, *others = exchange["symptoms"]
    for hypothesis, symptom in zip(spec.hypotheses[1:], others, strict=True):
        if symptom != first:
            told = _("{symptom} with “{label}” and {first} with “{label2}”").format(
                symptom=symptom, label=hypothesis.label, first=first, label2=spec.hypotheses[0].label
            )
            raise UngradableQuestionError(
                _("scene: the symptom itself tells the hypotheses apart: {told}").format(told=told)
            )
    deciding = [index for index, documents in enumerate(exchange["outputs"]) if tells_apart(documents)]
    if len(deciding) != 1:
        found = ", ".join(f"commands[{index}] ({spec.commands[index].line})" for index in deciding) or _("none")
        raise UngradableQuestionError(
            _("commands: exactly one must print something else in each cluster; {found} does").format(found=found)
        )
    return deciding[0]


def tells_apart(documents: Sequence[Mapping[str, Any]]) -> bool:
    printed = [(document["output"], document["exit_code"]) for document in documents]
    return len(set(printed)) == len(printed)


def shortened(document: Mapping[str, Any]) -> str:
    """What was printed, and the exit code where it is not 0."""
    text = str(document["output"]).rstrip("\n")[:LONGEST_OUTPUT]
    return f"{text}\n[{document['exit_code']}]".lstrip("\n") if document["exit_code"] else text


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    return {"text": outcome.text, "chosen": outcome.chosen, "right": outcome.right, "explanation": outcome.explanation}
