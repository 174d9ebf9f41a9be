"""The shape of trace exercises (traces.yaml): a packet's hop table that is read, completed or filled in.

    worked   the table with the author's notes at the rows that matter
    blanks   the table with gaps
    alone    the places only; the learner fills the asked columns

Rows are those of picture.narration.rows, numbered from 1. What belongs into a gap is never written down: the engine
says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext
from pydantic import Field, RootModel, model_validator

from lessons.content.action_schema import Action, Changed, ProbeSpec
from lessons.content.content_schema import ShowSpec
from lessons.content.schema import Content, Slug, Title
from lessons.runs.scenarios import Scenario

Kind = Literal["worked", "blanks", "alone"]
Column = Literal["where", "source", "destination", "mac", "ttl", "event"]
Row = Annotated[int, Field(ge=1, le=500)]
LongText = Annotated[str, Field(max_length=20_000)]


class TraceNote(Content):
    """What the author says about one row. `text` is Markdown."""

    row: Row
    text: str = Field(min_length=1, max_length=5000)


class TraceBlank(Content):
    """A gap. The hint is shown after a wrong try, the explanation once the gap is filled; both are Markdown."""

    row: Row
    column: Column
    hint: str = Field(default="", max_length=2000)
    explanation: str = Field(default="", max_length=5000)


class TraceBase(Changed):
    slug: Slug
    title: Title
    intro: LongText = ""
    probe: ProbeSpec
    show: ShowSpec = ShowSpec()
    takeaway: LongText = ""

    def scenario(self, scene: str) -> Scenario:
        """The exercise's packet in the cluster of these manifests."""
        changes = (self.changes,) if self.changes.strip() else ()
        return Scenario(scene, changes, Action(probe=self.probe), show=self.show, faults=self.faults)

    def own_content(self) -> dict[str, Any]:
        """What is stored of an exercise beside slug, kind and title, as its author wrote it."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"slug", "kind", "title"})


class WorkedTrace(TraceBase):
    kind: Literal["worked"]
    notes: tuple[TraceNote, ...] = Field(min_length=1, max_length=30)

    @model_validator(mode="after")
    def one_note_a_row(self) -> Self:
        _refuse_repeated(gettext("notes for row"), [str(note.row) for note in self.notes])
        return self


class BlanksTrace(TraceBase):
    kind: Literal["blanks"]
    blanks: tuple[TraceBlank, ...] = Field(min_length=2, max_length=12)

    @model_validator(mode="after")
    def one_blank_a_cell(self) -> Self:
        _refuse_repeated(gettext("blanks for row"), [f"{blank.row}, {blank.column}" for blank in self.blanks])
        return self


class AloneTrace(TraceBase):
    kind: Literal["alone"]
    ask: tuple[Literal["source", "destination", "mac", "ttl", "event"], ...] = Field(min_length=1, max_length=5)
    explanation: LongText = ""

    @model_validator(mode="after")
    def a_column_is_asked_once(self) -> Self:
        _refuse_repeated(gettext("columns"), list(self.ask))
        return self


TraceContent = Annotated[WorkedTrace | BlanksTrace | AloneTrace, Field(discriminator="kind")]


class AnyTrace(RootModel[TraceContent]):
    """One exercise of any kind."""


class TraceList(Content):
    traces: tuple[TraceContent, ...]

    @model_validator(mode="after")
    def slugs_are_unique(self) -> Self:
        _refuse_repeated(gettext("slugs"), [trace.slug for trace in self.traces])
        return self


def _refuse_repeated(what: str, values: Sequence[str]) -> None:
    if repeated := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(gettext("{what} used more than once: {known}").format(what=what, known="; ".join(repeated)))
