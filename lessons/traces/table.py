"""The table of an exercise that is not solved yet, line by line; nothing in it tells what belongs into a gap. Pure.

    fill(trace, rows, answers, shown)   → the gaps, judged
    lines(trace, rows, gaps)            → the lines that templates/lessons/traces/_table.html shows

With blanks every cell of a leg that has gaps is there; a cell that holds the same value as an open gap only says so,
unless the leg begins with it.
Alone, only the asked columns are there, and rows in which nothing of them is asked are one line together.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from lessons.picture import hop_events
from lessons.traces.cells import COLUMNS, Cell, Row, asked, text
from lessons.traces.judging import State, judge, seen_elsewhere
from lessons.traces.schema import AloneTrace, TraceContent

SHARED = ({"source", "destination"}, {"mac"}, {"ttl"})
"""Columns whose values may stand for each other."""
TRANSLATIONS = ("DNAT", "SNAT", "un-DNAT", "un-SNAT")
EVENTS = (*TRANSLATIONS, *(word for _kind, _icon, word in hop_events.WORDS.values()), *hop_events.LOST.values())


@dataclass(frozen=True, slots=True)
class Gap:
    """A cell to fill in, as it stands. `answer`, `sentence` and `explanation` are empty while it is open or wrong.

    typed: what was typed last; state: open, right or wrong; shown: the learner gave it up; remark: plain text; hint and
    explanation: Markdown; choices: (value, label) of what can be chosen, none where it is typed.
    """

    cell: Cell
    typed: str
    state: State
    shown: bool = False
    remark: str = ""
    hint: str = ""
    answer: str = ""
    sentence: str = ""
    explanation: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def is_done(self) -> bool:
        return self.shown or self.state == "right"

    @property
    def title(self) -> str:
        return column_title(self.cell.column)

    @property
    def label(self) -> str:
        return _("row %(row)d, %(column)s") % {"row": self.cell.row, "column": column_name(self.cell.column)}


@dataclass(frozen=True, slots=True)
class TableCell:
    """`same_as` is said instead of the text where the text would tell an open gap's value."""

    column: str
    text: str = ""
    gap: Gap | None = None
    same_as: str = ""
    events: tuple[Mapping[str, Any], ...] = ()

    @property
    def title(self) -> str:
        return column_title(self.column)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table, or with `skipped` the places, each with its detail, of several rows that ask nothing."""

    number: int
    leg_title: str
    part_title: str
    where: str = ""
    detail: str = ""
    cells: tuple[TableCell, ...] = ()
    where_gap: Gap | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    last: int = 0


def fill(trace: TraceContent, rows: Sequence[Row], answers: Mapping[str, str], shown: Container[str]) -> dict[str, Gap]:
    """All gaps by the names of their cells, as they stand with these answers; `shown` are those given up."""
    gaps = {cell.name: _gap(cell, rows, answers.get(cell.name, ""), cell.name in shown) for cell in asked(trace, rows)}
    visible = _visible(lines(trace, rows, gaps))
    for name, gap in gaps.items():
        if gap.state == "wrong" and not gap.remark and not gap.is_done:
            column = gap.cell.column
            there = [row for row in rows if (row["number"], column) in visible]
            remark = seen_elsewhere(gap.typed, rows[gap.cell.row - 1], column, there)
            gaps[name] = replace(gap, remark=remark)
    return gaps


def _gap(cell: Cell, rows: Sequence[Row], typed: str, shown: bool) -> Gap:
    row = rows[cell.row - 1]
    judgement = judge(typed, row, cell.column)
    done = shown or judgement.state == "right"
    return Gap(
        cell=cell,
        typed=typed,
        state=judgement.state,
        shown=shown and judgement.state != "right",
        remark="" if done else judgement.remark,
        hint=cell.hint if judgement.state == "wrong" and not done else "",
        answer=text(row, cell.column) if done else "",
        sentence=row["sentence"] if done else "",
        explanation=cell.explanation if done else "",
        choices=choices(cell.column, rows),
    )


def choices(column: str, rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """(value, label) of what can be chosen, in an order that tells nothing; empty for a column that is typed."""
    if column == "where":
        return tuple((place, place) for place in sorted({text(row, column) for row in rows}))
    if column == "event":
        values = {*EVENTS, *(text(row, column) for row in rows)} - {""}
        return tuple((value, ", ".join(map(_, value.split(", ")))) for value in sorted(values, key=str.lower))
    return ()


def _visible(table: Sequence[Line]) -> set[tuple[int, str]]:
    """Row and column of the cells whose value the learner sees."""
    cells = [(line.number, cell) for line in table for cell in line.cells]
    return {
        (number, cell.column) for number, cell in cells if (cell.gap.is_done if cell.gap is not None else cell.text)
    }


def columns(trace: TraceContent | None) -> tuple[str, ...]:
    """The columns beside the place, in the table's order."""
    if trace is None:
        return ()
    shown = trace.ask if isinstance(trace, AloneTrace) else COLUMNS
    return tuple(column for column in COLUMNS if column in shown and column != "where")


def lines(trace: TraceContent, rows: Sequence[Row], gaps: Mapping[str, Gap]) -> tuple[Line, ...]:
    """`gaps` by the names of their cells."""
    asked_rows = {gap.cell.row for gap in gaps.values()}
    if isinstance(trace, AloneTrace):
        return tuple(_lines(rows, columns(trace), gaps, asked_rows, only_gaps=True))
    legs = {_leg(row) for row in rows if row["number"] in asked_rows}
    listed = {row["number"] for row in rows if _leg(row) in legs}
    return tuple(_lines(rows, columns(trace), gaps, listed, only_gaps=False))


def _leg(row: Row) -> tuple[int, int]:
    return row["part"], row["turn"]


def _lines(
    rows: Sequence[Row], shown: Sequence[str], gaps: Mapping[str, Gap], listed: Container[int], *, only_gaps: bool
) -> Iterator[Line]:
    """One line for each listed row, and one for each run of others."""
    for _key, group in groupby(rows, key=lambda row: (row["number"] in listed, _leg(row))):
        first, *others = group
        if first["number"] in listed:
            yield from (_line(row, shown, rows, gaps, only_gaps=only_gaps) for row in (first, *others))
        else:
            places = tuple((row["where"], row["detail"]) for row in (first, *others))
            yield Line(first["number"], *_headings(first), skipped=places, last=(first, *others)[-1]["number"])


def _line(
    row: Row, shown: Sequence[str], rows: Sequence[Row], gaps: Mapping[str, Gap], *, only_gaps: bool = False
) -> Line:
    number = row["number"]
    cells = []
    for column in shown:
        gap = gaps.get(Cell(number, column).name)
        if gap is not None:
            cells.append(TableCell(column, gap=gap))
        elif only_gaps:
            cells.append(TableCell(column))
        else:
            same_as = _same_as(row, column, rows, gaps)
            events = () if same_as or column != "event" else tuple(row["events"])
            cells.append(TableCell(column, "" if same_as else text(row, column), None, same_as, events))
    where_gap = gaps.get(Cell(number, "where").name)
    where, detail = ("", "") if where_gap else (row["where"], row["detail"])
    return Line(number, *_headings(row), where=where, detail=detail, cells=tuple(cells), where_gap=where_gap)


def _headings(row: Row) -> tuple[str, str]:
    """The titles of the leg and the part that begin with this row."""
    return row["leg_title"] if row["starts_leg"] else "", row["part_title"] if row["starts_part"] else ""


def _same_as(row: Row, column: str, rows: Sequence[Row], gaps: Mapping[str, Gap]) -> str:
    """Which open gap has this cell's value, in words; "" for none."""
    value = text(row, column)
    for gap in sorted(gaps.values(), key=lambda gap: gap.cell.column != column):
        cell = gap.cell
        if gap.is_done or not value or text(rows[cell.row - 1], cell.column) != value:
            continue
        if _is_told_by(row, column, cell, rows, gaps):
            if cell.column == column:
                return _("as in row %(row)d") % {"row": cell.row}
            return _("the %(column)s of row %(row)d") % {"column": column_name(cell.column), "row": cell.row}
    return ""


def _is_told_by(row: Row, column: str, cell: Cell, rows: Sequence[Row], gaps: Mapping[str, Gap]) -> bool:
    """Whether this cell, which has the value of a gap, must not show it.

    What a leg begins with stays to be seen, so that it can be told that nothing changed since; then the value is no
    secret beyond the gap's own leg and column.
    """
    gap_row = rows[cell.row - 1]
    begin = next(each for each in rows if _leg(each) == _leg(gap_row) and text(each, cell.column))
    same_line = column == cell.column and _leg(row) == _leg(gap_row)
    began_with_it = begin["number"] != cell.row and text(begin, cell.column) == text(gap_row, cell.column)
    begin_gap = gaps.get(Cell(begin["number"], cell.column).name)
    if began_with_it and (begin_gap is None or begin_gap.is_done):
        return same_line and row["number"] != begin["number"]
    alike = next((together for together in SHARED if cell.column in together), set())
    return column in alike and (column != "ttl" or same_line)


def column_title(column: str) -> str:
    return {
        "where": _("Where"),
        "source": _("Source"),
        "destination": _("Destination"),
        "mac": _("Destination MAC"),
        "ttl": _("TTL"),
        "event": _("Event"),
    }[column]


def column_name(column: str) -> str:
    """A column's name inside a sentence."""
    return {
        "where": _("place"),
        "source": _("source"),
        "destination": _("destination"),
        "mac": _("destination MAC"),
        "ttl": _("TTL"),
        "event": _("event"),
    }[column]
