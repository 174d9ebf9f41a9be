"""Rows to aligned text, as Go's text/tabwriter does it for kubectl."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

Row = Sequence[str]
"""The cells of one line; the last one is never padded."""


def align(rows: Sequence[Row], padding: int, minimum: int = 0) -> str:
    """Lines of text. A column is as wide as its widest cell among neighboring rows that have a cell after it."""
    widths: list[list[int]] = [[] for _ in rows]
    for column in range(max((len(row) for row in rows), default=0) - 1):
        for block in _neighbors(rows, column):
            width = max(minimum, max(len(rows[number][column]) for number in block) + padding)
            for number in block:
                widths[number].append(width)
    return "".join(_line(row, row_widths) for row, row_widths in zip(rows, widths, strict=True))


def _neighbors(rows: Sequence[Row], column: int) -> Iterator[list[int]]:
    """The numbers of rows, as far as they are next to each other, in which this column is not the last."""
    continued = [len(row) - 1 > column for row in rows]
    for wanted, numbers in groupby(range(len(rows)), key=continued.__getitem__):
        if wanted:
            yield list(numbers)


def _line(row: Row, widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "".join([*padded, *row[len(widths) :]]) + "\n"


def table(rows: Sequence[Row]) -> str:
    """As ``kubectl get`` prints it (cli-runtime pkg/printers GetNewTabWriter: width 6, padding 3)."""
    return align(rows, padding=3, minimum=6)


def description(rows: Sequence[Row]) -> str:
    """As ``kubectl describe`` prints it (kubectl pkg/describe tabbedString: padding 2)."""
    return align(rows, padding=2)
