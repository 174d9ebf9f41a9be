"""The cells of a hop table that a trace exercise asks for, and whether they can be asked. Pure.

`rows` are those of picture.narration.rows; a row's number counts from 1, through the request and then the reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from lessons.traces.schema import AloneTrace, BlanksTrace, TraceContent, WorkedTrace

Row = Mapping[str, Any]
COLUMNS = ("where", "source", "destination", "mac", "ttl", "event")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell to fill in; `hint` and `explanation` are the author's Markdown."""

    row: int
    column: str
    hint: str = ""
    explanation: str = ""

    @property
    def name(self) -> str:
        """Its key in a form and in stored answers: column-row."""
        return f"{self.column}-{self.row}"


def text(row: Row, column: str) -> str:
    """What the table says there; "" for an empty cell."""
    if column == "where":
        return f"{row['where']} ({row['detail']})" if row["detail"] else str(row["where"])
    if column == "event":
        return ", ".join(dict.fromkeys(event["word"] for event in row["events"]))
    return str(row[column])


def asked(trace: TraceContent, rows: Sequence[Row]) -> tuple[Cell, ...]:
    """The cells to fill in, in reading order; none of a worked trace."""
    match trace:
        case WorkedTrace():
            return ()
        case BlanksTrace():
            cells = [Cell(blank.row, blank.column, blank.hint, blank.explanation) for blank in trace.blanks]
        case AloneTrace():
            cells = [Cell(number, column) for column in trace.ask for number in _changes(rows, column)]
    return tuple(sorted(cells, key=lambda cell: (cell.row, COLUMNS.index(cell.column))))


def problems(trace: TraceContent, rows: Sequence[Row]) -> tuple[str, ...]:
    """What of the exercise does not fit this table, naming the key; empty for a fit one."""
    return tuple(_problems(trace, rows))


def _problems(trace: TraceContent, rows: Sequence[Row]) -> Iterator[str]:
    match trace:
        case WorkedTrace():
            for index, note in enumerate(trace.notes):
                if note.row > len(rows):
                    yield gettext("notes[{index}].row: the table ends with row {count}, there is no row {row}").format(
                        index=index, count=len(rows), row=note.row
                    )
        case BlanksTrace():
            for index, blank in enumerate(trace.blanks):
                if blank.row > len(rows):
                    yield gettext("blanks[{index}].row: the table ends with row {count}, there is no row {row}").format(
                        index=index, count=len(rows), row=blank.row
                    )
                elif not text(rows[blank.row - 1], blank.column):
                    yield gettext("blanks[{index}]: row {row} has nothing in the column {column}").format(
                        index=index, row=blank.row, column=blank.column
                    )
        case AloneTrace():
            for index, column in enumerate(trace.ask):
                if not any(text(row, column) for row in rows):
                    yield gettext("ask[{index}]: the column {column} is empty in the whole table").format(
                        index=index, column=column
                    )


def _changes(rows: Sequence[Row], column: str) -> Iterator[int]:
    """The numbers of the rows whose value is not that of the row before: the first of each leg, and where it changes.

    Events do not last from row to row, so each row that has any counts.
    """
    before = ""
    for row in rows:
        value = text(row, column)
        if row["starts_leg"] or column == "event":
            before = ""
        if value and value != before:
            yield row["number"]
        before = value or before
