"""The shipped course loads into the database with everything published, once."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from lessons.models import Course, Lesson, Status
from quizzes.models import Quiz
from tests.content.shipped import COURSE, LESSONS

pytestmark = pytest.mark.django_db


def imported() -> str:
    printed = StringIO()
    call_command("import_course", str(COURSE), stdout=printed)
    return printed.getvalue()


def test_course_lessons_and_quizzes_are_published() -> None:
    imported()
    assert set(Course.objects.values_list("status", flat=True)) == {Status.PUBLISHED}
    assert Lesson.objects.filter(status=Status.PUBLISHED).count() == len(LESSONS)
    assert Quiz.objects.filter(status=Status.PUBLISHED).count() == len(LESSONS)


def test_every_experiment_and_question_arrives() -> None:
    imported()
    for lesson in LESSONS:
        stored = Lesson.objects.get(slug=lesson.text.slug)
        assert [e.slug for e in stored.experiments.all()] == [e.slug for e in lesson.experiments]
        assert [q.slug for q in Quiz.objects.get(lesson=stored).questions.all()] == [
            question.slug for question in lesson.quiz.questions
        ]


def test_a_second_import_changes_nothing() -> None:
    imported()
    assert imported() == "Nothing to change.\n"
