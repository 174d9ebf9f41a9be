"""Tables as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP: CSV injection)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return stream.getvalue()


def _harmless(cell: object) -> str:
    """A number stays one, also below zero."""
    is_number = isinstance(cell, Decimal | float | int)
    return f"'{cell}" if not is_number and str(cell).startswith(FORMULA_STARTS) else str(cell)
