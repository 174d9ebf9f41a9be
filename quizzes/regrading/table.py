"""What a regrade found, for people: rows to read, sums, a picture of the differences, a file.

rows(changes)           who, from how much to how much, in which questions
filters(regrade)        how many of each effect, for the links above the table
chosen(regrade, name)   the changes that one of these links shows
summary(regrade)        the differences in percent of the points, and who would pass
changes_csv(regrade)    everything, a line for each attempt
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext

from classes.spreadsheets import csv_text
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, Regrade, RegradeChange
from quizzes.percentages import percent_of
from quizzes.regrading.running import APPLIED_EFFECTS

Effect = RegradeChange.Effect
ORDER = (Effect.UP, Effect.OTHER, Effect.DOWN, Effect.KEPT, Effect.FAILED, Effect.SAME)
PROBLEM = "problem"
BIN = 10
COLUMNS = ("learner", "attempt", "effect", "score", "of", "new score", "new of", "questions", "deductions", "problems")
"""Width of a bar of the histogram, in percent of the points."""


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """Points of one question, before and after; `of` are the most that it gives then."""

    slug: str
    earned: Decimal
    of: Decimal
    new_earned: Decimal
    new_of: Decimal


@dataclass(frozen=True, slots=True)
class DeductionChange:
    """What is taken off, in percent, before and after."""

    reason: str
    percent: int
    new_percent: int


@dataclass(frozen=True, slots=True)
class Row:
    """`differs`: the score would be another one; `set_by_person`: a person's counts, whatever the engine finds."""

    change: RegradeChange
    attempt: Attempt
    questions: tuple[QuestionChange, ...]
    deductions: tuple[DeductionChange, ...]
    differs: bool
    set_by_person: bool


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """`number` attempts gain more than `low`, at most `high` percent of the points; lose, where these are negative."""

    low: int
    high: int
    number: int

    @property
    def label(self) -> str:
        if not self.low and not self.high:
            return gettext("no change")
        if 0 in (self.low, self.high):
            return gettext("up to %(most)s %%") % {"most": signed(self.low + self.high)}
        return f"{signed(self.low)} … {signed(self.high)} %"


@dataclass(frozen=True, slots=True)
class Summary:
    """`bars` without gaps, from the greatest loss to the greatest gain. `changing`: how many get a new grade; `passing`
    and `failing`: how many of those that count by it pass that did not, and the other way."""

    bars: tuple[Bar, ...]
    changing: int
    passing: int
    failing: int


def signed(number: int) -> str:
    return f"{number:+d}".replace("-", "−")


def rows(changes: Iterable[RegradeChange]) -> tuple[Row, ...]:
    return tuple(row(change) for change in changes)


def row(change: RegradeChange) -> Row:
    grade = change.grade
    return Row(
        change,
        change.attempt,
        tuple(question_changes(change)),
        tuple(deduction_changes(change)),
        differs=(change.new_score, change.new_max_score) != (grade.score, grade.max_score),
        set_by_person=set_by_person(change.attempt),
    )


def set_by_person(attempt: Attempt) -> bool:
    score = score_of(attempt)
    return score is not None and score.manual is not None


def question_changes(change: RegradeChange) -> Iterator[QuestionChange]:
    for mark, result in zip(change.grade.marks.all(), change.results, strict=True):
        points = (mark.earned, Decimal(mark.points), Decimal(result["earned"]), Decimal(result["points"]))
        if points[:2] != points[2:]:
            yield QuestionChange(result["slug"], *points)


def deduction_changes(change: RegradeChange) -> Iterator[DeductionChange]:
    percents = (
        {each["reason"]: each["percent"] for each in row} for row in (change.grade.deductions, change.new_deductions)
    )
    before, after = percents
    for reason in sorted({*before, *after}):
        if before.get(reason, 0) != after.get(reason, 0):
            yield DeductionChange(reason, before.get(reason, 0), after.get(reason, 0))


def readable(regrade: Regrade) -> QuerySet[RegradeChange]:
    """With everything that a row reads."""
    found = regrade.changes.select_related("attempt__learner__user", "attempt__learner__stand_in_of", "grade")
    return found.prefetch_related("grade__marks", "attempt__grades", "attempt__manual_grades").order_by("pk")


def filters(regrade: Regrade) -> tuple[Filter, ...]:
    counts = Counter(regrade.changes.values_list("effect", flat=True))
    found = [Filter(str(effect), str(effect.label), counts[effect]) for effect in ORDER if counts[effect]]
    if problems := regrade.changes.exclude(problems=[]).count():
        found.append(Filter(PROBLEM, gettext("With an answer that keeps its mark"), problems))
    return tuple(found)


def chosen(regrade: Regrade, name: str) -> QuerySet[RegradeChange]:
    changes = readable(regrade)
    return changes.exclude(problems=[]) if name == PROBLEM else changes.filter(effect=name)


def summary(regrade: Regrade) -> Summary:
    found: Counter[int] = Counter()
    changing = passing = failing = 0
    changes = regrade.changes.select_related("grade", "attempt")
    changes = changes.prefetch_related("attempt__grades", "attempt__manual_grades")
    for change in changes.iterator(chunk_size=500):
        before, after = change.grade.percent, percent_after(change)
        found[bin_of(after - before)] += 1
        changing += change.effect in APPLIED_EFFECTS
        most = Decimal(change.attempt.pass_percent)
        if not set_by_person(change.attempt):
            passing += before < most <= after
            failing += after < most <= before
    return Summary(tuple(bars(found)), changing, passing, failing)


def percent_after(change: RegradeChange) -> Decimal:
    """What the attempt has once the regrade is applied: what is not applied stays as it is."""
    if change.effect not in APPLIED_EFFECTS:
        return change.grade.percent
    return percent_of(change.new_score, change.new_max_score)


def bin_of(difference: Decimal) -> int:
    """0: none; 1: up to BIN more; -1: up to BIN less …"""
    number = math.ceil(abs(difference) / BIN)
    return number if difference > 0 else -number


def bars(found: Counter[int]) -> Iterator[Bar]:
    if not found:
        return
    for number in range(min((-1, *found)), max((1, *found)) + 1):
        low, high = ((number - 1) * BIN, number * BIN) if number > 0 else (number * BIN, (number + 1) * BIN)
        yield Bar(low, high, found[number]) if number else Bar(0, 0, found[0])


def changes_csv(regrade: Regrade) -> str:
    """The names of the columns stay the same in every language."""
    return csv_text(COLUMNS, csv_rows(regrade))


def csv_rows(regrade: Regrade) -> Iterator[list[object]]:
    for change in readable(regrade).iterator(chunk_size=200):
        questions = "; ".join(f"{each.slug}: {each.earned} → {each.new_earned}" for each in question_changes(change))
        numbers = (change.grade.score, change.grade.max_score, change.new_score, change.new_max_score)
        yield [
            str(change.attempt.learner),
            change.attempt.number,
            change.effect,
            *numbers,
            questions,
            "; ".join(f"{each.reason}: {each.percent} % → {each.new_percent} %" for each in deduction_changes(change)),
            "; ".join(change.problems),
        ]
