"""The table of an unsolved exercise shows what may be seen and nothing that fills a gap."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from lessons.content.schema import parse
from lessons.picture import narration
from lessons.traces.schema import AnyTrace, TraceContent
from lessons.traces.table import Gap, Line, choices, fill, lines
from tests.lessons.exchanges import across_nodes

BASE = {"slug": "x", "title": "X", "probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}}


@cache
def rows() -> tuple[dict[str, Any], ...]:
    return tuple(narration.rows([{"title": "", "exchange": across_nodes()}]))


def row_of(event: str) -> int:
    """The number of the first row with this event."""
    return next(row["number"] for row in rows() if event in [each["word"] for each in row["events"]])


def trace(**values: Any) -> TraceContent:
    return parse(AnyTrace, BASE | values).root


def with_gaps(*cells: tuple[int, str]) -> TraceContent:
    gaps = [{"row": row, "column": column, "hint": "Think.", "explanation": "Because."} for row, column in cells]
    return trace(kind="blanks", blanks=[*gaps, {"row": 1, "column": "ttl"}])


def filled(
    exercise: TraceContent, answers: dict[str, str] | None = None, shown: tuple[str, ...] = ()
) -> dict[str, Gap]:
    return fill(exercise, rows(), answers or {}, shown)


def shown_texts(table: tuple[Line, ...]) -> set[str]:
    return {cell.text for line in table for cell in line.cells} | {f"{line.where} ({line.detail})" for line in table}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param(1, "source", id="a source"),
        pytest.param(1, "destination", id="a destination"),
        pytest.param(2, "mac", id="a MAC"),
    ],
)
def test_the_value_of_an_open_gap_stands_nowhere_in_the_table(row: int, column: str) -> None:
    exercise = with_gaps((row, column))
    table = lines(exercise, rows(), filled(exercise))
    assert rows()[row - 1][column]
    assert rows()[row - 1][column] not in shown_texts(table)


def test_a_cell_with_the_value_of_a_gap_says_which_gap() -> None:
    translated = row_of("DNAT")
    exercise = with_gaps((translated + 1, "destination"))
    table = lines(exercise, rows(), filled(exercise))
    assert [cell.same_as for cell in table[translated - 1].cells if cell.column == "destination"] == [
        f"as in row {translated + 1}"
    ]


def test_what_a_leg_begins_with_stays_to_be_seen_for_a_gap_further_on() -> None:
    delivered = row_of("delivered")
    exercise = with_gaps((delivered, "source"))
    table = lines(exercise, rows(), filled(exercise))
    sources = [cell.text or cell.same_as for line in table for cell in line.cells if cell.column == "source"]
    assert sources[0] == rows()[0]["source"]
    assert set(sources[1 : delivered - 1]) == {f"as in row {delivered}"}


def test_where_a_leg_begins_with_a_gap_both_keep_the_secret() -> None:
    delivered = row_of("delivered")
    exercise = with_gaps((1, "source"), (delivered, "source"))
    table = lines(exercise, rows(), filled(exercise))
    assert rows()[0]["source"] not in shown_texts(table)


def test_a_solved_gap_gives_its_value_back_to_the_other_cells() -> None:
    exercise = with_gaps((1, "source"))
    table = lines(exercise, rows(), filled(exercise, {"source-1": "10.244.1.2"}))
    assert not any("row 1" in cell.same_as for line in table for cell in line.cells if cell.column == "source")


def test_a_leg_without_a_gap_waits_in_one_line() -> None:
    exercise = with_gaps((1, "source"))
    reply = [line for line in lines(exercise, rows(), filled(exercise)) if line.number > row_of("delivered")]
    assert [(line.number, line.last) for line in reply] == [(row_of("delivered") + 1, len(rows()))]


def test_alone_only_asked_columns_are_there_and_unchanged_rows_are_one_line() -> None:
    exercise = trace(kind="alone", ask=["destination"])
    table = lines(exercise, rows(), filled(exercise))
    assert {cell.column for line in table for cell in line.cells} == {"destination"}
    assert all(cell.gap or not cell.text for line in table for cell in line.cells)
    first = next(line for line in table if line.skipped)
    assert (first.number, first.last) == (2, row_of("DNAT") - 1)
    assert first.skipped[0] == (rows()[1]["where"], rows()[1]["detail"])


@pytest.mark.parametrize(
    ("answers", "shown", "state", "answer", "hint", "explanation"),
    [
        pytest.param({}, (), "open", "", "", "", id="open"),
        pytest.param({"mac-2": "02:00:00:00:00:00"}, (), "wrong", "", "Think.", "", id="wrong gets the hint"),
        pytest.param({}, ("mac-2",), "open", "the value", "", "Because.", id="given up"),
        pytest.param({"mac-2": "the value"}, (), "right", "the value", "", "Because.", id="right"),
        pytest.param({"mac-2": "the value"}, ("mac-2",), "right", "the value", "", "Because.", id="right after all"),
    ],
)
def test_a_gap_tells_as_much_as_it_may(
    answers: dict[str, str], shown: tuple[str, ...], state: str, answer: str, hint: str, explanation: str
) -> None:
    value = rows()[1]["mac"]
    gap = filled(
        with_gaps((2, "mac")), {name: text.replace("the value", value) for name, text in answers.items()}, shown
    )
    found = gap["mac-2"]
    assert (found.state, found.answer, found.hint, found.explanation) == (
        state,
        answer.replace("the value", value),
        hint,
        explanation,
    )
    assert bool(found.sentence) == found.is_done == bool(answer)


def test_a_remark_points_only_at_cells_that_are_seen() -> None:
    translated = row_of("DNAT")
    exercise = with_gaps((1, "destination"), (translated, "destination"))
    before = rows()[0]["destination"]
    hidden = filled(exercise, {f"destination-{translated}": before})
    seen = filled(exercise, {f"destination-{translated}": before, "destination-1": before})
    name = f"destination-{translated}"
    assert (hidden[name].remark, seen[name].remark[:20]) == ("", "That is what row 3 h")


def test_places_are_chosen_from_all_of_the_table_in_an_order_that_tells_nothing() -> None:
    offered = [value for value, _label in choices("where", rows())]
    assert offered == sorted(offered)
    assert "netfilter (node n1)" in offered


def test_events_are_chosen_from_more_than_happened() -> None:
    offered = [value for value, _label in choices("event", rows())]
    assert {"DNAT", "encapsulated", "SNAT", "TTL exceeded"} <= set(offered)
