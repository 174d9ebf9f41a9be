"""The shape of course content, on disk and in the admin. Unknown keys are refused; errors name file and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

import netsim

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[a-z0-9.-]+)?$", max_length=320)]
Scalar = str | int | float | bool | None
LONGEST_YAML = 100_000


class ContentError(Exception):
    """Content that cannot be accepted. Each problem reads `key: what is wrong`, after the file's name if any."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__("\n".join(f"{file}: {problem}" if file else problem for problem in problems))


class Content(BaseModel):
    """Texts lose white space at both ends, as they do in the admin's forms."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class ProbeSpec(Content):
    """The packet to send; the same fields as netsim.Probe. `size` is the payload in bytes."""

    source: str = Field(alias="from", min_length=1, max_length=320)
    destination: str = Field(alias="to", min_length=1, max_length=320)
    port: int | None = Field(default=None, ge=1, le=65535)
    protocol: Literal["tcp", "udp", "sctp", "icmp"] = "tcp"
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    ttl: int = Field(default=64, ge=1, le=255)
    size: int = Field(default=0, ge=0, le=65_000)
    dont_fragment: bool = False

    def probe(self) -> netsim.Probe:
        return netsim.Probe(**self.model_dump())

    def document(self) -> dict[str, Any]:
        """The probe as authors write it: defaults left out."""
        return self.model_dump(by_alias=True, exclude_defaults=True)


class ShowSpec(Content):
    """What the diagram draws. A list that is absent means: all of them."""

    nodes: tuple[ObjectName, ...] | None = None
    pods: tuple[ObjectName, ...] | None = None
    services: tuple[ObjectName, ...] | None = None
    external: bool = True

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


ConditionMapping = Annotated[dict[str, Scalar | tuple[Scalar, ...]], Field(min_length=1, max_length=20)]


class Condition(RootModel[ConditionMapping]):
    """Paths into an exchange and the value, or any of the values, that each must have."""


class OptionContent(Content):
    text: str = Field(min_length=1, max_length=500)
    when: ConditionMapping
    explanation: str = Field(min_length=1, max_length=5000)


class ExperimentContent(Content):
    slug: Slug
    title: Title
    intro: str = Field(default="", max_length=20_000)
    changes: str = ""
    probe: ProbeSpec
    show: ShowSpec = ShowSpec()
    question: str = Field(min_length=1, max_length=2000)
    options: tuple[OptionContent, ...] = Field(min_length=2, max_length=6)
    takeaway: str = Field(default="", max_length=20_000)


class ExperimentList(Content):
    experiments: tuple[ExperimentContent, ...]

    @model_validator(mode="after")
    def slugs_are_unique(self) -> Self:
        slugs = [experiment.slug for experiment in self.experiments]
        if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            raise ValueError(f"slug used more than once: {', '.join(repeated)}")
        return self


class SourceLink(Content):
    title: Title
    url: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")


class GlossaryTerm(Content):
    term: Title
    meaning: str = Field(min_length=1, max_length=2000)


class LessonContent(Content):
    """lesson.md: the front matter, and the Markdown after it as `body`."""

    title: Title
    slug: Slug
    position: int = Field(ge=0, le=10_000)
    summary: str = Field(default="", max_length=2000)
    minutes: int = Field(default=20, ge=1, le=600)
    objectives: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = ()
    sources: tuple[SourceLink, ...] = ()
    glossary: tuple[GlossaryTerm, ...] = ()
    body: str = Field(default="", max_length=200_000)


class CourseContent(Content):
    slug: Slug
    title: Title
    summary: str = Field(max_length=2000)


@dataclass(frozen=True, slots=True)
class LessonBundle:
    """One lesson as written by its author, from its folder or from the database."""

    lesson: LessonContent
    scene: str
    experiments: tuple[ExperimentContent, ...]


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], data: object, file: str = "") -> Model:
    """Validates data against a model. Raises ContentError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ContentError(file, tuple(_problem(detail) for detail in error.errors())) from error


def read_yaml(text: str, file: str = "") -> object:
    """One YAML document as plain data; None for an empty one. Raises ContentError with line and column.

    Aliases are refused: a few lines of them can stand for more data than there is memory.
    """
    if len(text) > LONGEST_YAML:
        raise ContentError(file, (f"the text has {len(text):,} characters; {LONGEST_YAML:,} are allowed",))
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                place = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
                problem = f"{place}the alias *{event.anchor} is not allowed: write out what it stands for"
                raise ContentError(file, (problem,))
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ContentError(file, (f"{place}{error.problem or error.context}",)) from error
    except yaml.YAMLError as error:
        raise ContentError(file, (str(error),)) from error


def _problem(detail: Mapping[str, Any]) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).removeprefix(".")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
