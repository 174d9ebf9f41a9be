"""The gradebook as CSV. Cells that a spreadsheet would take for formulas are made harmless (classes.roster.writing)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from classes.models import Enrolment
from classes.spreadsheets import csv_text
from quizzes.gradebook.cells import Cell
from quizzes.gradebook.table import Gradebook

PERSON = ("name", "username", "email", "section")
GRADES = ("username", "name", "quiz", "title", "score", "of", "percent", "set by a person", "reason")
"""An upload reads username or email, quiz, score and reason; the rest is for people."""
CENT = Decimal("0.01")


def table_csv(gradebook: Gradebook) -> str:
    """A line for each person; a column for each quiz, in percent."""
    titles = [str(assignment.quiz) for assignment in gradebook.assignments]
    header = (*PERSON, *titles, "overall", "passed", "of", "last active")
    return csv_text(header, (
        (
            *person(row.enrolment),
            *(rounded(cell.percent) for cell in row.cells),
            rounded(row.percent),
            row.passed,
            len(row.cells),
            row.active_at.date().isoformat() if row.active_at else "",
        )
        for row in gradebook.rows
    ))  # fmt: skip


def grades_csv(gradebook: Gradebook) -> str:
    """A line for each learner and quiz that has a grade."""
    return csv_text(GRADES, (line for row in gradebook.rows for line in lines_of(row.enrolment, row.cells)))


def lines_of(enrolment: Enrolment, cells: tuple[Cell, ...]) -> Iterator[tuple[object, ...]]:
    name, username, *_ = person(enrolment)
    for cell in cells:
        if cell.score is not None:
            score = cell.score
            quiz = cell.assignment.quiz
            manual = "yes" if score.manual else "no"
            points = (rounded(score.score), rounded(score.max_score), rounded(score.percent))
            yield username, name, quiz.lesson.slug, quiz.title, *points, manual, ""


def person(enrolment: Enrolment) -> tuple[str, str, str, str]:
    user, section = enrolment.learner.user, enrolment.section
    section_name = section.name if section else ""
    return (enrolment.name, user.get_username(), user.email, section_name) if user else (enrolment.name, "", "", "")


def rounded(value: Decimal | None) -> str:
    """With two decimals; "" for nothing."""
    return "" if value is None else str(value.quantize(CENT))
