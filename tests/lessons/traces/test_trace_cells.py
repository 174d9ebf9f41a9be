"""Which cells of a hop table a trace exercise asks for, and what is said about cells that cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.content.schema import ContentError, parse
from lessons.traces import cells as trace_cells
from lessons.traces.schema import AnyTrace, TraceContent

BASE = {"slug": "x", "title": "X", "probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80}}


def row(number: int, *, leg: str = "request", event: str = "", **values: str) -> dict[str, Any]:
    cells = {
        "where": "eth0",
        "detail": "",
        "source": "10.0.0.1:41000",
        "destination": "10.0.0.2:80",
        "mac": "",
        "ttl": "64",
    }
    return {
        "number": number,
        "leg": leg,
        "starts_leg": number == 1 or leg == "reply",
        "events": [{"word": event}] if event else [],
        **(cells | values),
    }


ROWS = [
    row(1),
    row(2, mac="aa", where="cni0", detail="node n1"),
    row(3, mac="aa", destination="10.0.0.9:8080", event="DNAT"),
    row(4, mac="", destination="10.0.0.9:8080", ttl="63"),
    row(5, mac="aa", destination="10.0.0.9:8080", ttl="63", event="delivered"),
    row(6, leg="reply", source="10.0.0.2:80", destination="10.0.0.9:8080"),
]  # fmt: skip


def trace(**values: Any) -> TraceContent:
    return parse(AnyTrace, BASE | values).root


def test_a_place_is_named_with_what_it_is_part_of() -> None:
    assert [trace_cells.text(each, "where") for each in ROWS[:2]] == ["eth0", "cni0 (node n1)"]


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        pytest.param("source", [1, 6], id="once a leg where nothing changes"),
        pytest.param("destination", [1, 3, 6], id="where it changes"),
        pytest.param("mac", [2], id="not where the frame is off for a moment"),
        pytest.param("ttl", [1, 4, 6], id="the TTL"),
        pytest.param("event", [3, 5], id="each event"),
    ],
)
def test_a_table_filled_alone_asks_where_a_value_is_new(column: str, numbers: list[int]) -> None:
    assert [cell.row for cell in trace_cells.asked(trace(kind="alone", ask=[column]), ROWS)] == numbers


def test_gaps_are_asked_in_reading_order_whatever_the_author_s_order() -> None:
    blanks = [{"row": 3, "column": "ttl"}, {"row": 3, "column": "source"}, {"row": 2, "column": "mac", "hint": "h"}]
    cells = trace_cells.asked(trace(kind="blanks", blanks=blanks), ROWS)
    assert [(cell.name, cell.hint) for cell in cells] == [("mac-2", "h"), ("source-3", ""), ("ttl-3", "")]


def test_a_worked_trace_asks_nothing() -> None:
    assert trace_cells.asked(trace(kind="worked", notes=[{"row": 1, "text": "t"}]), ROWS) == ()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        pytest.param(
            {"kind": "worked", "notes": [{"row": 7, "text": "t"}]},
            "notes[0].row: the table ends with row 6, there is no row 7",
            id="a note beside no row",
        ),
        pytest.param(
            {"kind": "blanks", "blanks": [{"row": 2, "column": "mac"}, {"row": 7, "column": "mac"}]},
            "blanks[1].row: the table ends with row 6, there is no row 7",
            id="a gap in no row",
        ),
        pytest.param(
            {"kind": "blanks", "blanks": [{"row": 2, "column": "mac"}, {"row": 4, "column": "mac"}]},
            "blanks[1]: row 4 has nothing in the column mac",
            id="a gap where nothing is",
        ),
    ],
)
def test_what_does_not_fit_the_table_is_named(values: dict[str, Any], problem: str) -> None:
    assert trace_cells.problems(trace(**values), ROWS) == (problem,)


def test_a_column_that_is_empty_everywhere_cannot_be_asked() -> None:
    assert trace_cells.problems(trace(kind="alone", ask=["source", "mac"]), ROWS[:1]) == (
        "ask[1]: the column mac is empty in the whole table",
    )


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        pytest.param({"kind": "guess"}, "worked", id="an unknown kind"),
        pytest.param({"kind": "worked", "notes": []}, "worked.notes", id="a worked trace without notes"),
        pytest.param({"kind": "blanks", "blanks": [{"row": 1, "column": "port"}] * 2}, "blanks[0].column", id="column"),
        pytest.param(
            {"kind": "blanks", "blanks": [{"row": 1, "column": "ttl"}] * 2}, "more than once: 1, ttl", id="twice"
        ),
        pytest.param({"kind": "alone", "ask": ["where"]}, "alone.ask[0]", id="the places are given"),
    ],
)
def test_a_malformed_exercise_is_refused_with_its_key(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContentError) as refused:
        trace(**values)
    assert problem in str(refused.value)
