"""A class whose first tries are known: who has what right in a quiz of `sees`, `true` and `source` (1 + 2 + 1)."""

from __future__ import annotations

from classes.models import CourseClass, Enrolment, Role
from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.grading import grader
from quizzes.models import Assignment, Attempt, Quiz
from tests.quizzes.factories import filled, make_quiz, submit

SLUGS = ("sees", "true", "source")


def make_quiz_and_class() -> tuple[Quiz, CourseClass]:
    quiz = make_quiz(slugs=SLUGS)
    course_class = CourseClass.objects.create(course=quiz.lesson.course, title="Autumn")
    Assignment.objects.create(course_class=course_class, quiz=quiz)
    return quiz, course_class


def enter(course_class: CourseClass, learner: Learner | None = None, role: Role = Role.LEARNER) -> Learner:
    learner = learner or Learner.objects.create()
    Enrolment.objects.create(course_class=course_class, learner=learner, role=role)
    return learner


def take(quiz: Quiz, learner: Learner, right: tuple[str, ...]) -> Attempt:
    """A graded attempt with these questions right and the others wrong."""
    attempt = taking.start(quiz, learner)
    form = filled(attempt, 1, SLUGS)
    if right:
        form |= filled(attempt, 0, right)
    submit(attempt, form)
    grader.perform(attempt.pk)
    return Attempt.objects.get(pk=attempt.pk)
