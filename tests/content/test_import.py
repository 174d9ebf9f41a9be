"""The shipped course loads into the database with everything published, once, and its pages stay small."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from courseware.compression import LONGEST_PADDING, compressed
from lessons.learners import learner_of
from lessons.models import Course, Experiment, Lesson, Prediction, PredictionOption, SimulationRun, Status
from lessons.runs import simulations
from lessons.runs.expectations import holds
from lessons.traces import exercises
from quizzes.models import Quiz
from tests.content.shipped import COURSE, LESSONS
from tests.courseware.test_budget import PAGE, as_production_names

SECONDS = 600
"""For the first of these tests, which imports: a minute on an idle machine, four and more beside other work."""

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(SECONDS)]


def weight(page: str) -> int:
    """Bytes that production sends for a page, at most."""
    return len(compressed(as_production_names(page).encode())) + LONGEST_PADDING


def judged(experiment: Experiment, option: PredictionOption) -> bool:
    return holds(option.when, simulations.solve(experiment.scenario())["exchange"])


def imported() -> str:
    printed = StringIO()
    call_command("import_course", str(COURSE), stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module", autouse=True)
def course_in_the_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker, broker: str) -> Iterator[None]:
    """Every packet of the course is played on the way in, so all tests here share one import."""
    with django_db_blocker.unblock(), transaction.atomic():
        imported()
        yield
        transaction.set_rollback(True)


def test_course_lessons_and_quizzes_are_published() -> None:
    assert set(Course.objects.values_list("status", flat=True)) == {Status.PUBLISHED}
    assert Lesson.objects.filter(status=Status.PUBLISHED).count() == len(LESSONS)
    assert Quiz.objects.filter(status=Status.PUBLISHED).count() == len(LESSONS)


def test_every_experiment_and_question_arrives() -> None:
    for lesson in LESSONS:
        stored = Lesson.objects.get(slug=lesson.text.slug)
        assert [e.slug for e in stored.experiments.all()] == [e.slug for e in lesson.experiments]
        assert [q.slug for q in Quiz.objects.get(lesson=stored).questions.all()] == [
            question.slug for question in lesson.quiz.questions
        ]


def test_a_second_import_changes_nothing() -> None:
    assert imported() == "Nothing to change.\n"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("slug", [lesson.text.slug for lesson in LESSONS])
def test_a_lessons_page_stays_within_its_budget_with_all_of_its_pictures(
    client: Client, slug: str, language: str
) -> None:
    lesson = Lesson.objects.get(slug=slug)
    for experiment in lesson.experiments.all():
        simulations.solve(experiment.scenario(), SimulationRun.Kind.DIAGRAM)
    for trace in lesson.traces.all():
        simulations.solve(trace.scenario())
    page = client.get(lesson.get_absolute_url(), headers={"accept-language": language}).content.decode()
    assert (f'<html lang="{language}"' in page, "figure__waiting" in page, 'data-state="waiting"' in page) == (
        True, False, False,
    )  # fmt: skip
    assert weight(page) <= PAGE


@pytest.mark.parametrize("slug", [lesson.text.slug for lesson in LESSONS])
def test_a_lessons_page_stays_within_its_budget_with_every_experiment_done(client: Client, slug: str) -> None:
    """In German, whose words are longer, for somebody who was wrong each time, which takes more words."""
    lesson = Lesson.objects.get(slug=slug)
    user = User.objects.create_user("learner")
    client.force_login(user)
    for trace in lesson.traces.all():
        simulations.solve(trace.scenario())
        wrong = {gap.cell.name: "wrong" for gap in exercises.look(trace, learner_of(user)).gaps}
        exercises.answer(learner_of(user), trace, wrong)
    for experiment in lesson.experiments.all():
        simulations.solve(experiment.scenario())
        option = next(option for option in experiment.options.all() if not judged(experiment, option))
        Prediction.objects.create(
            learner=learner_of(user), experiment=experiment, option=option, option_text=option.text, round=1,
            confidence=95, right=False,
        )  # fmt: skip
    page = client.get(lesson.get_absolute_url(), headers={"accept-language": "de"}).content.decode()
    assert (page.count("data-outcome"), 'data-state="waiting"' in page) == (lesson.experiments.count(), False)
    assert weight(page) <= PAGE
