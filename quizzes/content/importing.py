"""Stores a lesson's quiz.yaml when the lesson is imported. Doing it twice changes nothing.

A quiz that was edited in the admin since its last import is left alone, unless the author says force.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lessons.content.differences import Parts, differences
from lessons.content.schema import ContentError, read_yaml
from lessons.models import Lesson, Status
from quizzes.content.schema import PoolContent, QuestionContent, QuizContent, parse_quiz
from quizzes.errors import InvalidSpecError
from quizzes.models import Pool, Question, Quiz
from quizzes.questions.checking import check

Report = Callable[[str], None]


def import_quiz(sender: Any, lesson: Lesson, folder: Path, force: bool, report: Report, **_: Any) -> None:
    """Receiver of lessons.signals.lesson_imported. Raises ContentError that names file and key."""
    path = folder / "quiz.yaml"
    if not path.exists():
        return
    content = parse_quiz(read_yaml(path.read_text(encoding="utf-8"), str(path)), str(path))
    stored = Quiz.objects.filter(lesson=lesson).first()
    wanted = digest(content)
    if stored is None:
        report(f"{path}: added the quiz with {len(content.questions)} questions")
    else:
        current = content_of(stored)
        found = digest(current)
        if found == wanted == stored.imported_digest:
            return
        changed = differences(parts_of(current), parts_of(content))
        if found not in (stored.imported_digest, wanted) and not force:
            report(f"{path}: kept the quiz as it was edited in the admin (--force overwrites {changed})")
            return
        if found != wanted:
            report(f"{path}: updated {changed} of the quiz")
    check_with_engine(content, lesson, str(path))
    store(lesson, content, wanted)


def parts_of(content: QuizContent) -> Parts:
    """By the names that an author knows."""
    whole = content.model_dump(mode="json")
    questions = {f"question {question['slug']}": question for question in whole.pop("questions")}
    return {**whole, **questions}


def digest(content: QuizContent) -> str:
    return hashlib.sha256(json.dumps(content.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def content_of(quiz: Quiz) -> QuizContent:
    """The quiz as stored, in the shape of its file; without validation, because it is only compared."""
    return QuizContent.model_construct(
        title=quiz.title,
        intro=quiz.intro,
        pass_percent=quiz.pass_percent,
        questions=tuple(
            QuestionContent.model_construct(
                slug=question.slug,
                kind=question.kind,
                points=question.points,
                objective=question.objective,
                difficulty=question.difficulty,
                spec=question.spec,
            )
            for question in quiz.questions.all()
        ),
        pools=tuple(
            PoolContent.model_construct(objective=pool.objective, difficulty=pool.difficulty, pick=pool.pick)
            for pool in quiz.pools.all()
        ),
    )


def check_with_engine(content: QuizContent, lesson: Lesson, file: str) -> None:
    """Raises ContentError for every question whose facts do not fit what the engine does."""
    problems = []
    for index, question in enumerate(content.questions):
        try:
            check(question.kind, question.spec, lesson)
        except InvalidSpecError as error:
            problems.append(f"questions[{index}] ({question.slug}): {error}")
    if problems:
        raise ContentError(file, tuple(problems))


def store(lesson: Lesson, content: QuizContent, imported_digest: str) -> None:
    """A new quiz is as published as its lesson. Questions gone from the file are deleted, their revisions are not."""
    values = {
        "title": content.title,
        "intro": content.intro,
        "pass_percent": content.pass_percent,
        "imported_digest": imported_digest,
    }
    quiz, _ = Quiz.objects.update_or_create(
        lesson=lesson, defaults=values, create_defaults=values | {"status": Status(lesson.status)}
    )
    for position, question in enumerate(content.questions, start=1):
        fields = {
            "position": position,
            "kind": question.kind,
            "points": question.points,
            "objective": question.objective,
            "difficulty": question.difficulty,
            "spec": question.spec,
        }
        Question.objects.update_or_create(quiz=quiz, slug=question.slug, defaults=fields)
    quiz.pools.all().delete()
    Pool.objects.bulk_create(Pool(quiz=quiz, **pool.model_dump()) for pool in content.pools)
    quiz.questions.exclude(slug__in=[question.slug for question in content.questions]).delete()
