"""A learner's own data as one ZIP file: README.txt, one JSON file for each kind of row, and grades.csv.

Points and right answers that a quiz does not show yet are left out, as on its pages; README.txt says so.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from classes.roster.writing import csv_text
from lessons.models import Learner
from quizzes.attempts.presentation import redacted
from quizzes.me.personal import documents, rows_of
from quizzes.me.work import grade_groups
from quizzes.models import Attempt, Grade, ManualGrade, Mark, RegradeChange
from quizzes.policies.showing import Showing, showing_of

SECRETS = frozenset({"password", "token", "nonce", "seed"})
COLUMNS = ("class", "quiz", "attempt", "started_at", "submitted_at", "score", "of", "percent", "passed")
README = """Your data, as of {moment} UTC.

grades.csv      your scores as they count, one row for each attempt
*.json          everything else that is stored about you, one file for each kind of row; an answer's, a mark's or a
                grade's number leads from one file to another. Times are in UTC.

Passwords and other secrets are left out. So are points and right answers of quizzes that do not show them yet: ask
again when they do.
"""


def export(person: AbstractBaseUser | Learner, learner: Learner, now: datetime) -> bytes:
    """`person`: the user, or for a guest the learner."""
    rows = rows_of(person)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(moment=f"{now:%Y-%m-%d %H:%M}"))
        archive.writestr("grades.csv", grades_csv(learner, now))
        for name, listed in shown(rows, now):
            archive.writestr(f"{name}.json", json.dumps(listed, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False))
    return buffer.getvalue()


def shown(
    rows: dict[type[models.Model], list[models.Model]], now: datetime
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Names of files and what stands in them."""
    showings = {row.pk: showing_of(row, now) for row in rows.get(Attempt, []) if isinstance(row, Attempt)}
    for model, found in rows.items():
        if model is not RegradeChange:  # the work of grading, with keys
            yield model._meta.label_lower, [document for row in found for document in visible(row, showings)]


def visible(row: models.Model, showings: dict[int, Showing]) -> list[dict[str, Any]]:
    """The row's document without what does not show yet; none where nothing of it does."""
    (document,) = documents([row], SECRETS)
    if isinstance(row, Mark):
        showing = showings[row.grade.attempt_id]
        if showing.points and not showing.key:
            document["result"] = redacted(row.result, points=True)
    elif isinstance(row, Grade | ManualGrade):
        showing = showings[row.attempt_id]
    else:
        return [document]
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
