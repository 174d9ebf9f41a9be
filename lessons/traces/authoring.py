"""For authors of trace exercises: the table that the engine makes of an exercise, and what is wrong with the exercise.

Reads a lesson's files, not the database, and works on exercises whose notes or gaps are not written yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext
from pydantic import ConfigDict

import netsim
from lessons import phrases
from lessons.content.course_files import read_text
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError, parse, read_yaml
from lessons.runs.scenarios import play
from lessons.traces import cells as trace_cells
from lessons.traces.cells import COLUMNS, Row
from lessons.traces.schema import AnyTrace, TraceBase, TraceContent

FILE = "traces.yaml"
HEADS = ("row", *COLUMNS)


class TracePacket(TraceBase):
    """The part of an exercise that makes its table."""

    model_config = ConfigDict(extra="ignore")


def rows(trace: TraceBase, scene: str) -> list[Row]:
    """The table of the exercise's packet. Raises ContentError for a packet or a cluster that the engine refuses."""
    try:
        return list(play("trace", trace.scenario(scene).request("trace"))["rows"])
    except ManifestError as error:
        raise ContentError("scene.yaml", (phrases.shown(str(error)),)) from error
    except netsim.NetsimError as error:
        raise ContentError(FILE, (f"({trace.slug}).probe: {phrases.shown(str(error))}",)) from error


def entries(folder: Path) -> Iterator[tuple[TracePacket, object]]:
    """Each exercise of the folder as far as its table needs it, and the whole of it as written. Raises ContentError."""
    file = folder / FILE
    listed = read_yaml(read_text(file), str(file)) or []
    if not isinstance(listed, list):
        raise ContentError(str(file), (gettext("must be a list of traces."),))
    for index, entry in enumerate(listed):
        yield parse(TracePacket, entry, f"{file}: [{index}]"), entry


def table(found: Sequence[Row], trace: TraceContent | None) -> str:
    """The rows as text, in columns; cells that the exercise asks for stand in [brackets], rows with a note end in *."""
    asked = {(cell.row, cell.column) for cell in trace_cells.asked(trace, found)} if trace else set()
    noted = {note.row for note in getattr(trace, "notes", ())}
    lines: list[tuple[str, ...]] = [HEADS]
    for row in found:
        cells = []
        for column in COLUMNS:
            value = trace_cells.text(row, column)
            cells.append(f"[{value}]" if (row["number"], column) in asked else value)
        lines.append((f"{row['number']}{'*' if row['number'] in noted else ''}", *cells))
    widths = [max(len(line[index]) for line in lines) for index in range(len(HEADS))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join(_with_legs(texts, found))


def exercise(entry: object) -> TraceContent:
    """The whole exercise. Raises ContentError."""
    return parse(AnyTrace, entry).root


def _with_legs(texts: Sequence[str], found: Sequence[Row]) -> Iterator[str]:
    yield texts[0]
    for row, text in zip(found, texts[1:], strict=True):
        if row["starts_leg"]:
            yield f"-- {row['leg']}"
        yield text
