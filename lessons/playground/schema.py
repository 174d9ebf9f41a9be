"""playground.yaml: the scene as the learner's own, with what can be switched in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext
from pydantic import Field, field_validator, model_validator

from lessons.content.action_schema import Changed, ProbeSpec
from lessons.content.content_schema import ShowSpec
from lessons.content.schema import Content, Slug, Title
from lessons.playground.data_planes import DATA_PLANES, PROXIES

Tool = Literal["inspect", "compare", "matrix", "terminal"]
MAX_TOGGLES = 20


class ToggleContent(Changed):
    """Something to switch on: manifests that change the scene, faults, or both."""

    slug: Slug
    kind: Literal["policy", "fault", "change"] = "change"
    label: Title
    explanation: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        if not self.changes and not self.faults:
            raise ValueError(gettext("needs changes or faults, else it switches nothing"))
        return self


class PlaygroundContent(Content):
    """What the learner may do with the lesson's scene. `start` is the packet that the form offers first."""

    title: Title = "The scene is yours"
    intro: str = Field(default="", max_length=20_000)
    start: ProbeSpec
    show: ShowSpec = ShowSpec()
    data_planes: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    toggles: Annotated[tuple[ToggleContent, ...], Field(max_length=MAX_TOGGLES)] = ()
    tools: tuple[Tool, ...] = ("inspect", "compare")

    @field_validator("data_planes")
    @classmethod
    def planes_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, tuple(DATA_PLANES))

    @field_validator("proxies")
    @classmethod
    def proxies_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, tuple(PROXIES))

    @field_validator("toggles")
    @classmethod
    def slugs_are_unique(cls, toggles: tuple[ToggleContent, ...]) -> tuple[ToggleContent, ...]:
        _once(tuple(toggle.slug for toggle in toggles))
        return toggles

    def document(self) -> dict[str, Any]:
        """The playground as plain JSON values, as its author wrote it: defaults left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _known(names: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise ValueError(gettext("{name} is not one of {known}").format(name=repr(name), known=", ".join(known)))
    _once(names)
    return names


def _once(names: tuple[str, ...]) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(gettext("used more than once: {known}").format(known=", ".join(repeated)))
