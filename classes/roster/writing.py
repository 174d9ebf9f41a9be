"""A roster as CSV, in the columns that an upload understands."""

from __future__ import annotations

from collections.abc import Iterable

from classes.models import Enrolment
from classes.spreadsheets import csv_text

PEOPLE_COLUMNS = ("name", "username", "email", "section", "role", "time_factor")


def people_csv(people: Iterable[Enrolment]) -> str:
    return csv_text(PEOPLE_COLUMNS, (_person(enrolment) for enrolment in people))


def _person(enrolment: Enrolment) -> tuple[object, ...]:
    user = enrolment.learner.user
    section = enrolment.section.name if enrolment.section else ""
    known = (user.get_full_name(), user.username, user.email) if user else (enrolment.name, "", "")
    return (*known, section, enrolment.role, enrolment.time_factor)
