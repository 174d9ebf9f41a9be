"""A learner's own data as one ZIP file: README.txt, one JSON file for each kind of row, and grades.csv.

Points and right answers that a quiz does not show yet are left out, as on its pages; README.txt says so.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from classes.spreadsheets import csv_text
from lessons.models import Learner
from quizzes.attempts.presentation import redacted
from quizzes.me.personal import documents, rows_of
from quizzes.me.work import grade_groups
from quizzes.models import Attempt, Grade, ManualGrade, Mark, RegradeChange
from quizzes.policies.showing import Showing, showing_of

SECRETS = frozenset({"password", "token", "nonce", "seed"})
LEFT_OUT = SECRETS | {"archive"}  # the copy that was made before
COLUMNS = ("class", "quiz", "attempt", "started_at", "submitted_at", "score", "of", "percent", "passed")
README = """Your data, as of {moment} UTC.

grades.csv      your scores as they count, one row for each attempt
*.json          everything else that is stored about you, one file for each kind of row; an answer's, a mark's or a
                grade's number leads from one file to another. Times are in UTC.

Passwords and other secrets are left out. So are points and right answers of quizzes that do not show them yet: ask
again when they do.
"""


def export(
    person: AbstractBaseUser | Learner, learner: Learner, now: datetime, tell: Callable[[int, int], object]
) -> bytes:
    """`person`: the user, or for a guest the learner. Calls `tell` with how many files are written, and of how many."""
    files = files_of(person, learner, now)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, (name, content) in enumerate(files.items()):
            tell(done, len(files))
            archive.writestr(name, content())
    return buffer.getvalue()


def files_of(person: AbstractBaseUser | Learner, learner: Learner, now: datetime) -> dict[str, Callable[[], str]]:
    """By name what makes each of them."""
    rows = rows_of(person)
    rows.pop(RegradeChange, None)  # the work of grading, with keys
    shown = Shown.of(rows, now)
    files: dict[str, Callable[[], str]] = {
        "README.txt": lambda: README.format(moment=f"{now:%Y-%m-%d %H:%M}"),
        "grades.csv": partial(grades_csv, learner, now),
    }
    return files | {
        f"{model._meta.label_lower}.json": partial(json_text, found, shown) for model, found in rows.items()
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What a learner may see of their attempts now, and to which of them a grade belongs; by their keys."""

    attempts: Mapping[int, Showing]
    grades: Mapping[int, int]

    @classmethod
    def of(cls, rows: Mapping[type[models.Model], list[models.Model]], now: datetime) -> Shown:
        attempts = {row.pk: showing_of(row, now) for row in rows.get(Attempt, []) if isinstance(row, Attempt)}
        return cls(attempts, {row.pk: row.attempt_id for row in rows.get(Grade, []) if isinstance(row, Grade)})

    def of_row(self, row: models.Model) -> Showing | None:
        """None where the row says nothing of a grade. Other apps' rows that hold a score name its grade."""
        if isinstance(row, Grade | ManualGrade):
            return self.attempts[row.attempt_id]
        attempt = self.grades.get(getattr(row, "grade_id", None) or 0)
        return None if attempt is None else self.attempts[attempt]


def json_text(rows: Iterable[models.Model], shown: Shown) -> str:
    listed = [document for row in rows for document in visible(row, shown.of_row(row))]
    return json.dumps(listed, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)


def visible(row: models.Model, showing: Showing | None) -> list[dict[str, Any]]:
    """The row's document without what does not show yet; none where nothing of it does."""
    (document,) = documents([row], LEFT_OUT)
    if showing is None:
        return [document]
    if isinstance(row, Mark) and not showing.key:
        document["result"] = redacted(row.result, points=True)
    return [document] if showing.points else []


def grades_csv(learner: Learner, now: datetime) -> str:
    return csv_text(COLUMNS, grade_rows(learner, now))


def grade_rows(learner: Learner, now: datetime) -> Iterator[list[object]]:
    for group in grade_groups(learner, now):
        for grades in group.quizzes:
            for row in reversed(grades.past):
                attempt, score = row.attempt, row.score
                times = [moment.isoformat() if moment else "" for moment in (attempt.started_at, attempt.submitted_at)]
                points = [score.score, score.max_score, round(score.percent, 2), score.passed] if score else [""] * 4
                title = group.course_class.title if group.course_class else ""
                yield [title, grades.quiz.title, attempt.number, *times, *points]
