"""What every kind of question is made of: a specification, what the browser may see, an answer, a result."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from lessons import phrases
from lessons.content.action_schema import Action, Changed
from quizzes.errors import CannotCarryOverError, InvalidAnswerError, Problem

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from lessons.runs.scenarios import Scenario
    from quizzes.simulation.engine import Engine

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Exchange = Mapping[str, Any]
Response = dict[str, Any]
Form = Mapping[str, Sequence[str]]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SceneFacts(Action, Changed):
    """An action on the lesson's scene, of this question's own: the facts that its answer is computed from."""


class QuestionSpec(Strict):
    """What each kind's specification starts with. `experiment` or `scene` name the packet that decides the answer."""

    prompt: Text
    explanation: str = ""
    experiment: Slug | None = None
    scene: SceneFacts | None = None

    @property
    def expectations(self) -> tuple[str, ...]:
        """The keys of this specification whose values only the engine knows."""
        return ()

    @model_validator(mode="after")
    def facts_come_from_one_place(self) -> QuestionSpec:
        if self.experiment and self.scene:
            raise ValueError(_("give either experiment or scene, not both"))
        if self.expectations and not (self.experiment or self.scene):
            raise ValueError(
                _("{expectations} needs facts: name an experiment, or give a scene with a probe").format(
                    expectations=self.expectations[0]
                )
            )
        return self


@dataclass(frozen=True, slots=True)
class Outcome:
    """One option, hop or known mistake as the learner sees it after grading. Texts are Markdown."""

    text: str
    chosen: bool
    right: bool
    explanation: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A graded answer. `fraction` of the points earned, from 0 to 1.

    `answer` is the learner's in words; `remark` says how the points of a partly right answer came about; `details` is
    JSON for the kind's own result template.
    """

    fraction: Fraction
    answer: str
    outcomes: tuple[Outcome, ...]
    remark: str = ""
    details: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise ValueError(
                _("a fraction of the points lies between 0 and 1, not at {fraction}").format(fraction=self.fraction)
            )

    def document(self) -> dict[str, Any]:
        """JSON: {"answer", "remark", "outcomes": [{"text", "chosen", "right", "explanation", "note"}], "details"}."""
        document: dict[str, Any] = {
            "answer": self.answer,
            "remark": self.remark,
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }
        return document if self.details is None else document | {"details": dict(self.details)}


# Results are kept once for everybody: their words are phrases (see lessons.phrases).
RIGHT = gettext_noop("Right")
HITS = gettext_noop("{hits} of {all} are right.")
NOT_THERE = gettext_noop("“{entry}” is not in the question any more")
NOT_THE_SAME = gettext_noop("“{entry}” was added to the question or taken away")
phrases.register(RIGHT, HITS, NOT_THERE, NOT_THE_SAME)

SpecT = TypeVar("SpecT", bound=QuestionSpec)


class Kind(ABC, Generic[SpecT]):
    """One kind of question. `keys` tells authors which keys its specification has besides those that all have.

    A response is small JSON in terms of the specification (never of what was shown), so that it can be graded again
    whatever the order on the screen was. A seed belongs to one question of one attempt and always shows the same order.
    """

    name: ClassVar[str]
    label: ClassVar[str | StrPromise]
    rule: ClassVar[str | StrPromise]
    keys: ClassVar[str | StrPromise]
    template: ClassVar[str]
    result_template: ClassVar[str]
    shows_picture: ClassVar[bool] = False  # of the cluster before the packet moves, beside the form
    mistakes_earn_part: ClassVar[bool] = False  # a known mistake may be worth something, though never everything
    spec_type: type[SpecT]

    def rule_for(self, spec: SpecT) -> str:
        """How to answer, and how the answer earns points."""
        return str(self.rule)

    def problems(self, spec: SpecT) -> Iterable[Problem]:
        """What is wrong with a specification although every key by itself is well-formed."""
        return ()

    @abstractmethod
    def present(self, spec: SpecT, response: Response, seed: str) -> dict[str, Any]:
        """What the browser may see: nothing in it depends on which answer is right."""

    @abstractmethod
    def read(self, spec: SpecT, form: Form, field: str, seed: str) -> Response:
        """The response in a posted form, kept even where it is invalid. Raises InvalidAnswerError for a forged form."""

    @abstractmethod
    def answered(self, response: Response) -> bool:
        """Whether the learner gave any answer."""

    @abstractmethod
    def check(self, spec: SpecT, response: Response) -> None:
        """Raises InvalidAnswerError when a given answer cannot be graded as it stands."""

    def check_in_cluster(self, spec: SpecT, response: Response, scenario: Scenario) -> None:
        """Raises InvalidAnswerError for an answer that fits the form, but not the cluster that the question is about.

        Called after `check` and as often; it may load the cluster, which takes milliseconds, and sends no packet.
        """

    @abstractmethod
    def invalid_forms(self, spec: SpecT, field: str) -> Iterator[dict[str, list[str]]]:
        """Posted forms that learners or forgers may send and that `read` or `check` has to refuse."""

    def facts(self, spec: SpecT, response: Response, engine: Engine) -> Exchange:
        """What `grade` needs to know: unless a kind says otherwise, what the action that the question names finds.

        A kind whose response changes the cluster asks the engine about that cluster. Raises UngradableQuestionError.
        """
        return engine.exchange()

    @abstractmethod
    def describe(self, spec: SpecT, response: Response) -> str:
        """The response in words, for the learner who gave it."""

    def carried(self, before: SpecT, after: SpecT, response: Response) -> Response:
        """A response to `before` as one to `after`, the same question corrected.

        A response in the learner's own words needs no change. Raises CannotCarryOverError where it is not certain what
        the learner would have answered.
        """
        return response

    @abstractmethod
    def grade(self, spec: SpecT, response: Response, exchange: Exchange | None) -> Result:
        """Grades a response that `check` accepts or finds incomplete, or an empty one.

        `exchange` is what `facts` found for this response; None for a question without a cluster. Raises
        UngradableQuestionError.
        """

    def watched(self, spec: SpecT, response: Response, engine: Engine, number: int) -> Scenario | None:
        """The packet that the result of this response offers to watch under this number; None for no such packet."""
        return None

    @abstractmethod
    def solution(self, spec: SpecT, exchange: Exchange | None) -> Response:
        """The response of somebody who knows everything. Raises UngradableQuestionError.

        `exchange` is what `facts` found for no response at all; so it is for `distractors`.
        """

    @abstractmethod
    def distractors(self, spec: SpecT, exchange: Exchange | None) -> Iterator[Response]:
        """What people answer who hold one of the misconceptions that the specification names.

        Each earns nothing, or not everything where `mistakes_earn_part`.
        """


def same_place(before: Sequence[str], after: Sequence[str], index: int) -> int:
    """Where the entry of `before` at this index stands in `after`. Raises CannotCarryOverError."""
    entry = before[index]
    if list(after).count(entry) != 1:
        raise CannotCarryOverError(NOT_THERE.format(entry=entry))
    return list(after).index(entry)


def require_same_entries(before: Sequence[str], after: Sequence[str]) -> None:
    """Raises CannotCarryOverError unless both have the same entries, in any order."""
    if changed := set(before).symmetric_difference(after):
        raise CannotCarryOverError(NOT_THE_SAME.format(entry=min(changed)))


def code_span(text: str) -> str:
    """Any text of one line as Markdown code, backticks in it included."""
    if not text:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def shown_positions(form: Form, field: str, count: int) -> tuple[int, ...]:
    """The numbers posted under a field, each from 0 to count - 1. Raises InvalidAnswerError for anything else."""
    values = form.get(field, ())
    if not all(value.isascii() and value.isdecimal() and len(value) < 4 and int(value) < count for value in values):
        raise InvalidAnswerError(_("This form does not belong to the question. Reload the page and answer again."))
    return tuple(int(value) for value in values)
