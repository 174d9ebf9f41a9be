"""Tables as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from classes.models import Enrolment

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PEOPLE_COLUMNS = ("name", "username", "email", "section", "role", "time_factor")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP: CSV injection)."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return stream.getvalue()


def people_csv(people: Iterable[Enrolment]) -> str:
    """In the columns that an upload understands."""
    return csv_text(PEOPLE_COLUMNS, (_person(enrolment) for enrolment in people))


def _person(enrolment: Enrolment) -> tuple[object, ...]:
    user = enrolment.learner.user
    section = enrolment.section.name if enrolment.section else ""
    known = (user.get_full_name(), user.username, user.email) if user else (enrolment.name, "", "")
    return (*known, section, enrolment.role, enrolment.time_factor)


def _harmless(cell: object) -> str:
    """A number stays one, also below zero."""
    return (
        f"'{cell}"
        if not isinstance(cell, Decimal | float | int) and str(cell).startswith(FORMULA_STARTS)
        else str(cell)
    )
