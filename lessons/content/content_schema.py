"""The shape of course content, on disk and in the admin. Unknown keys are refused; errors name file and key."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext
from pydantic import AfterValidator, Field, RootModel, model_validator

from lessons.content.action_schema import Action, Changed, FaultSpec, ProbeSpec, Variant
from lessons.content.schema import Content, ContentError, ObjectName, Scalar, Slug, Title

KUBERNETES_VERSION = r"1\.\d+"


RoutingObjectName = Annotated[
    str, Field(pattern=r"^(Ingress|Gateway|HTTPRoute|TCPRoute)/[a-z0-9.-]+/[a-z0-9.-]+$", max_length=320)
]


class ShowSpec(Content):
    """What the diagram draws. A list that is absent means all of them, and of `objects` those that lead to what is
    drawn."""

    nodes: tuple[ObjectName, ...] | None = None
    pods: tuple[ObjectName, ...] | None = None
    services: tuple[ObjectName, ...] | None = None
    objects: tuple[RoutingObjectName, ...] | None = None
    external: bool = True

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


Operation = Annotated[
    dict[Literal["contains", "not", "at_least", "at_most", "count"], Scalar], Field(min_length=1, max_length=1)
]
ConditionMapping = Annotated[dict[str, Scalar | tuple[Scalar, ...] | Operation], Field(min_length=1, max_length=20)]


class Condition(RootModel[ConditionMapping]):
    """Paths into what the engine found and, for each, its value, any of its values, or an operation that must hold."""


class FaultList(RootModel[tuple[FaultSpec, ...]]):
    """Named faults."""


class VariantList(RootModel[Annotated[tuple[Variant, ...], Field(max_length=4)]]):
    """Other clusters to do the same in."""


class OptionContent(Content):
    text: str = Field(min_length=1, max_length=500)
    when: ConditionMapping
    explanation: str = Field(min_length=1, max_length=5000)


def _told_apart(options: tuple[OptionContent, ...]) -> tuple[OptionContent, ...]:
    """Raises ValueError for options that look the same to a learner."""
    texts = [option.text for option in options]
    if repeated := sorted({text for text in texts if texts.count(text) > 1}):
        raise ValueError(gettext("used more than once: {known}").format(known="; ".join(repeated)))
    return options


OptionContents = Annotated[tuple[OptionContent, ...], AfterValidator(_told_apart)]


class CheckContent(Content):
    """“What did you see?”: asked after the packet moved."""

    question: str = Field(min_length=1, max_length=2000)
    options: OptionContents = Field(min_length=2, max_length=4)


class MythContent(Content):
    """A claim that people make, which this experiment decides. `verdict` and `evidence` are shown afterwards."""

    claim: str = Field(min_length=1, max_length=500)
    verdict: Literal["false", "misleading", "outdated"]
    evidence: str = Field(min_length=1, max_length=2000)
    id: str = Field(default="", max_length=20, pattern=r"^[A-Z0-9]*$")

    @model_validator(mode="before")
    @classmethod
    def false_is_a_word(cls, data: object) -> object:
        """YAML reads an unquoted false as a truth value."""
        if isinstance(data, dict) and data.get("verdict") is False:
            return {**data, "verdict": "false"}
        return data


class ExperimentContent(Action, Changed):
    slug: Slug
    title: Title
    intro: str = Field(default="", max_length=20_000)
    show: ShowSpec = ShowSpec()
    compare: tuple[Variant, ...] = Field(default=(), max_length=4)
    question: str = Field(min_length=1, max_length=2000)
    options: OptionContents = Field(min_length=2, max_length=6)
    check: CheckContent | None = None
    myth: MythContent | None = None
    takeaway: str = Field(default="", max_length=20_000)

    @model_validator(mode="after")
    def variants_fit_the_action(self) -> Self:
        for variant in self.compare:
            try:
                self.beside(variant.label, variant.instead)
            except ContentError as error:
                raise ValueError(str(error)) from error
        return self


class ExperimentList(Content):
    experiments: tuple[ExperimentContent, ...]

    @model_validator(mode="after")
    def slugs_are_unique(self) -> Self:
        slugs = [experiment.slug for experiment in self.experiments]
        if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            raise ValueError(gettext("slug used more than once: {known}").format(known=", ".join(repeated)))
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
    key_points: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = ()
    kubernetes: str = Field(default="", max_length=20, pattern=rf"^({KUBERNETES_VERSION})?$")
    body: str = Field(default="", max_length=200_000)


class CoursePart(Content):
    """Lessons that belong together, from the one at position `first` to where the next part begins."""

    title: Title
    summary: str = Field(default="", max_length=500)
    first: int = Field(ge=0, le=10_000)


class PartList(RootModel[tuple[CoursePart, ...]]):
    """The parts of a course's map, in order."""


class DemoPacket(Content):
    slug: Slug
    label: str = Field(min_length=1, max_length=80)
    probe: ProbeSpec


class DemoContent(Content):
    """Packets that a visitor of the home page may send at once, through the scene of a lesson."""

    lesson: Slug
    show: ShowSpec = ShowSpec()
    packets: tuple[DemoPacket, ...] = Field(min_length=1, max_length=5)


class CourseContent(Content):
    slug: Slug
    title: Title
    summary: str = Field(max_length=2000)
    parts: tuple[CoursePart, ...] = ()
    demo: DemoContent | None = None

    def extras(self) -> dict[str, Any]:
        """parts and demo as JSON, as they are stored."""
        return {
            "parts": [part.model_dump(mode="json") for part in self.parts],
            "demo": self.demo.model_dump(mode="json", by_alias=True, exclude_defaults=True) if self.demo else None,
        }
