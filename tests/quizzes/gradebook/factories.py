"""Classes with grades, made without the engine: attempts, grades and marks as a grading would have stored them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from classes.models import CourseClass, Enrolment
from lessons.models import Lesson
from quizzes.models import Answer, Assignment, Attempt, Grade, Mark, Question, QuestionRevision, Quiz
from tests.classes.factories import make_course
from tests.quizzes.factories import SPECS

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POINTS = 10


def make_small_quiz(number: int = 1, objectives: Sequence[int | None] = ()) -> Quiz:
    """A published quiz in a lesson of its own; a question of 10 points for each objective."""
    lesson = Lesson.objects.create(
        course=make_course(),
        slug=f"lesson-{number}",
        title=f"Lesson {number}",
        position=number,
        status="published",
        objectives=["Read an address.", "Follow a route."],
    )
    quiz = Quiz.objects.create(lesson=lesson, title=f"Quiz {number}", status="published", pass_percent=60)
    for place, objective in enumerate(objectives, start=1):
        question = Question.objects.create(
            quiz=quiz,
            slug=f"q{place}",
            position=place,
            kind="multiple_choice",
            points=POINTS,
            objective=objective,
            spec={},
        )
        QuestionRevision.objects.create(
            question=question,
            digest="d" * 64,
            slug=question.slug,
            kind="multiple_choice",
            points=POINTS,
            spec=SPECS["true"][2],
        )
    return quiz


def assign(course_class: CourseClass, quiz: Quiz, **values: Any) -> Assignment:
    return Assignment.objects.create(course_class=course_class, quiz=quiz, **values)


def make_grade(
    enrolment: Enrolment, quiz: Quiz, earned: Sequence[float], *, deductions: Sequence[dict[str, Any]] = ()
) -> Attempt:
    """A graded attempt with these points of 10 on the quiz's questions; a quiz without questions has one mark less."""
    number = Attempt.objects.filter(learner=enrolment.learner, quiz=quiz).count() + 1
    attempt = make_try(enrolment, quiz, state="graded", number=number)
    raw = Decimal(str(sum(earned)))
    left = 100 - sum(deduction["percent"] for deduction in deductions)
    grade = Grade.objects.create(
        attempt=attempt,
        run=1,
        raw_score=raw,
        deductions=list(deductions),
        score=raw * left / 100,
        max_score=POINTS * len(earned),
        engine_version="1",
    )
    revisions = QuestionRevision.objects.filter(question__quiz=quiz).order_by("question__position")
    for place, (revision, points) in enumerate(zip(revisions, earned, strict=False), start=1):
        answer = Answer.objects.create(attempt=attempt, revision=revision, position=place)
        verdict = "right" if points == POINTS else "wrong"
        result = result_of(revision, verdict, points)
        Mark.objects.create(grade=grade, answer=answer, points=POINTS, earned=points, verdict=verdict, result=result)
    return attempt


def result_of(revision: QuestionRevision, verdict: str, earned: float) -> dict[str, Any]:
    """As a multiple choice has it, without its options."""
    own = {"slug": revision.slug, "kind": revision.kind, "prompt": "What is true?", "points": POINTS}
    return own | {"verdict": verdict, "earned": str(earned), "experiment": "", "explanation": "", "outcomes": []}


def make_try(enrolment: Enrolment, quiz: Quiz, *, state: str, number: int = 1) -> Attempt:
    submitted = None if state == "in_progress" else NOW - DAY
    return Attempt.objects.create(
        learner=enrolment.learner,
        quiz=quiz,
        enrolment=enrolment,
        number=number,
        state=state,
        pass_percent=quiz.pass_percent,
        submitted_at=submitted,
    )
