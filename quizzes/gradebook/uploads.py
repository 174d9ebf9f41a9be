"""Grades from a CSV: read, shown line by line, and given when the instructor says so.

    review(course_class, text, reason, now)     what would happen to each line; changes nothing
    apply(course_class, text, reason, ...)      gives the grades of the lines that can be given
    undo(course_class, kept, by)                takes an upload back, as far as nobody set a score since

A line names a person (user name or e-mail of somebody in the class), a quiz (its lesson's slug, or its title) and a
score: points such as 7.5, or a share such as 80 %. It concerns the attempt that counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from classes.models import CourseClass, Enrolment
from classes.roster.reading import COLUMNS as PERSON_COLUMNS
from classes.roster.reading import RosterError, plain, table_of
from classes.spreadsheets import FORMULA_STARTS
from quizzes.assigning.planning import assignments_of
from quizzes.gradebook.cells import Cell, cells_of
from quizzes.grading import manual_grades
from quizzes.grading.scores import best, scores_of
from quizzes.models import Attempt, ManualGrade
from quizzes.percentages import percent_of

COLUMNS = {
    **{name: PERSON_COLUMNS[name] for name in ("email", "username")},
    "quiz": ("quiz", "lesson", "test", "lektion"),
    "score": ("score", "points", "grade", "punkte", "note"),
    "reason": ("reason", "comment", "grund", "begründung", "kommentar"),
}
EXPLAINED = (
    ("username, email", gettext_lazy("one of the two for each line")),
    ("quiz", gettext_lazy("the short name in the lesson's address, or the title")),
    ("score", gettext_lazy("points such as 7.5, or a share such as 80 %; empty: no change")),
    ("reason", gettext_lazy("for this line alone; may be left out")),
)
"""The columns for whoever writes such a file, and what they hold."""
NEEDED = ("quiz", "score")
MOST_CHANGES = 1000
CENT = Decimal("0.01")


class OutdatedReviewError(Exception):
    """Scores have changed since the review was shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts the file's lines from 1. `new` is None where the line changes nothing or cannot be given."""

    number: int
    person: str
    quiz: str
    cell: Cell | None = None
    new: Decimal | None = None
    reason: str = ""
    problem: str = ""

    @property
    def old(self) -> Decimal | None:
        return self.cell.score.score if self.cell and self.cell.score else None

    @property
    def attempt(self) -> Attempt | None:
        return self.cell.score.attempt if self.cell and self.cell.score else None


@dataclass(frozen=True, slots=True)
class Review:
    """`unchanged` counts lines that say what is so already. `digest` stands for what would be done."""

    changes: tuple[Line, ...]
    wrong: tuple[Line, ...]
    unchanged: int
    ignored: tuple[str, ...]

    @property
    def digest(self) -> str:
        done = [(line.number, line.attempt and line.attempt.pk, str(line.old), str(line.new), line.reason)
                for line in self.changes]  # fmt: skip
        return sha256(json.dumps(done).encode()).hexdigest()


def review(course_class: CourseClass, text: str, reason: str, now: datetime) -> Review:
    """Raises RosterError for a file that cannot be read as a whole."""
    table = table_of(text)
    columns = columns_of(list(table[0][1]) if table else [])
    known = Known.of(course_class, now)
    lines = without_repetition([line_of(number, cells, columns, known, reason) for number, cells in table[1:]])
    changes = tuple(line for line in lines if line.new is not None)
    if len(changes) > MOST_CHANGES:
        words = gettext("These are {count} changes; at most {most} can be made at once. Split the file.")
        raise RosterError(words.format(count=len(changes), most=MOST_CHANGES))
    wrong = tuple(line for line in lines if line.problem)
    ignored = tuple(name.strip() for name, column in zip(table[0][1], columns, strict=True) if not column)
    return Review(changes, wrong, len(lines) - len(changes) - len(wrong), ignored)


@transaction.atomic
def apply(
    course_class: CourseClass,
    text: str,
    reason: str,
    digest: str,
    by: AbstractBaseUser | AnonymousUser,
    now: datetime,
) -> list[dict[str, Any]]:
    """What an undo needs, as JSON: all changes are made or, with OutdatedReviewError, none."""
    found = review(course_class, text, reason, now)
    if found.digest != digest:
        raise OutdatedReviewError
    hold(found.changes)
    return [given(line, by) for line in found.changes]


def hold(lines: Sequence[Line]) -> None:
    """Locks the attempts, always in the same order. Raises OutdatedReviewError where another person, or a regrade, set
    a score between the reading and the lock."""
    attempts = Attempt.objects.filter(pk__in=[line.attempt.pk for line in lines if line.attempt]).order_by("pk")
    list(attempts.select_for_update().values_list("pk"))
    scores = scores_of(attempts)
    for line in lines:
        if line.attempt is None or scores[line.attempt.pk].score != line.old:
            raise OutdatedReviewError


def given(line: Line, by: Any) -> dict[str, Any]:
    cell = line.cell
    if cell is None or cell.score is None or line.new is None:
        raise ValueError(f"line {line.number} changes nothing")
    before = cell.score.manual.score if cell.score.manual else None
    row = manual_grades.give(cell.score.attempt, line.new, line.reason, by)
    return {"attempt": row.attempt_id, "row": row.pk, "before": None if before is None else str(before)}


@transaction.atomic
def undo(course_class: CourseClass, kept: Sequence[Mapping[str, Any]], by: AbstractBaseUser | AnonymousUser) -> int:
    """How many of the grades were taken back; those that somebody has set again since are left as they are."""
    own: Any = by
    done = 0
    for each in kept:
        attempts = Attempt.objects.filter(enrolment__course_class=course_class)
        attempt = attempts.select_for_update(of=("self",)).filter(pk=each["attempt"]).first()
        newest = ManualGrade.objects.filter(attempt=attempt).order_by("-pk").first()
        if attempt is None or newest is None or newest.pk != each["row"]:
            continue
        reason = gettext("Undone: the grades of an uploaded file were taken back.")
        if each["before"] is None:
            manual_grades.take_back(attempt, reason, own)
        else:
            manual_grades.give(attempt, Decimal(each["before"]), reason, own)
        done += 1
    return done


@dataclass(frozen=True, slots=True)
class Known:
    """Whom and what a file may name, in lower case. None: more than one is called so."""

    people: Mapping[str, Mapping[int, Cell] | None]
    quizzes: Mapping[str, int]

    @classmethod
    def of(cls, course_class: CourseClass, now: datetime) -> Known:
        assignments = tuple(assignments_of(course_class))
        people = Enrolment.objects.people().filter(course_class=course_class).select_related("learner__user")
        named: dict[str, Mapping[int, Cell] | None] = {}
        for enrolment, cells in cells_of(assignments, people, now):
            user = enrolment.learner.user
            names = {user.get_username().casefold(), user.email.casefold()} - {""} if user else set()
            own = {cell.assignment.quiz_id: cell for cell in cells}
            named |= {name: None if name in named else own for name in names}
        quizzes = {str(name).casefold(): each.quiz_id for each in assignments
                   for name in (each.quiz.title, each.quiz.lesson.slug)}  # fmt: skip
        return cls(named, quizzes)


def columns_of(header: Sequence[str]) -> list[str]:
    """For each column what it says; "" for one that means nothing here. Raises RosterError."""
    columns = [next((name for name, said in COLUMNS.items() if plain(cell) in said), "") for cell in header]
    if not {"email", "username"} & set(columns) or not set(NEEDED) <= set(columns):
        raise RosterError(gettext("The first line must name the columns: “username” or “email”, “quiz” and “score”."))
    if doubled := sorted({name for name in columns if name and columns.count(name) > 1}):
        raise RosterError(gettext("Two columns say the same: %s. Keep one of them.") % ", ".join(doubled))
    return columns


def line_of(number: int, cells: Sequence[str], columns: Sequence[str], known: Known, reason: str) -> Line:
    said = {name: unescaped(cell.strip()) for name, cell in zip(columns, cells, strict=False) if name}
    person, quiz = said.get("username") or said.get("email", ""), said.get("quiz", "")
    line, own = Line(number, person, quiz), known.people.get(person.casefold())
    if own is None:
        doubled = person.casefold() in known.people
        words = gettext("More than one is called so.") if doubled else gettext("Nobody in this class is called so.")
        return replace(line, problem=words)
    if quiz.casefold() not in known.quizzes:
        return replace(line, problem=gettext("This class has no such quiz."))
    line = replace(line, cell=own[known.quizzes[quiz.casefold()]])
    return said_of(line, said["score"], said.get("reason") or reason) if said.get("score") else line


def said_of(line: Line, text: str, reason: str) -> Line:
    """With the score that the text names, if it is another one than there is."""
    cell = line.cell
    if cell is None or cell.score is None:
        return replace(line, problem=gettext("There is no graded attempt that could have a score."))
    points = points_of(text, cell.score.max_score)
    if points is None:
        words = gettext("“{text}” is no score. Write points such as 7.5, or a share such as 80 %.")
        return replace(line, problem=words.format(text=text))
    if points == cell.score.score.quantize(CENT):
        return line
    if not 0 <= points <= cell.score.max_score:
        words = gettext("The score lies between 0 and {most}.")
        return replace(line, problem=words.format(most=cell.score.max_score))
    other = best([score for score in cell.scores if score is not cell.score])
    if other is not None and percent_of(points, cell.score.max_score) < other.percent:
        words = gettext("Attempt {number} has {percent} % and would count instead. Change that one first, on its page.")
        return replace(line, problem=words.format(number=other.attempt.number, percent=f"{other.percent:.0f}"))
    return replace(line, new=points, reason=reason)


def points_of(text: str, most: Decimal) -> Decimal | None:
    """With two decimals; None for what is no number."""
    number, share = text.removesuffix("%").strip().replace(",", "."), text.endswith("%")
    try:
        points = (Decimal(number) * most / 100 if share else Decimal(number)).quantize(CENT)
    except InvalidOperation:
        return None
    return points if points.is_finite() else None


def without_repetition(lines: Sequence[Line]) -> list[Line]:
    """The first line about a grade is taken, a later one is wrong."""
    seen: dict[int, int] = {}
    kept = []
    for line in lines:
        attempt = line.attempt
        if line.new is not None and attempt is not None and attempt.pk in seen:
            words = gettext("Line {number} says something about this grade already.").format(number=seen[attempt.pk])
            kept.append(replace(line, new=None, problem=words))
            continue
        if line.new is not None and attempt is not None:
            seen[attempt.pk] = line.number
        kept.append(line)
    return kept


def unescaped(cell: str) -> str:
    """Without the apostrophe that a download puts before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell
