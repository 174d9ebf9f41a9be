"""manage.py seed_demo_class makes the same class each time, graded by the real grader, and takes it away again."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from classes.models import CourseClass, Enrolment
from lessons.models import Prediction
from quizzes.demo import seeding
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.grading.scoring import grade
from quizzes.models import Answer, Attempt, Quiz
from tests.quizzes.factories import make_quiz

pytestmark = pytest.mark.django_db


def seed(**options: Any) -> None:
    call_command("seed_demo_class", learners=5, seed=3, yes=True, stdout=StringIO(), **options)


def work() -> list[Any]:
    people = "attempt__learner__user__username"
    return list(Answer.objects.order_by(people, "attempt__number", "position").values_list(people, "response"))


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz()


def test_every_submitted_attempt_counts_for_the_class_and_has_a_score(quiz: Quiz) -> None:
    seed()
    attempts = list(Attempt.objects.exclude(state=Attempt.State.IN_PROGRESS))
    assert len(attempts) >= 3
    assert {attempt.enrolment.course_class.title for attempt in attempts if attempt.enrolment} == {"Demo class 3"}
    assert all(score_of(attempt) for attempt in attempts)


def test_every_grade_is_the_one_that_the_grader_finds(quiz: Quiz) -> None:
    seed()
    attempts = list(Attempt.objects.filter(state=Attempt.State.GRADED))
    stored = {attempt.pk: (grade.raw_score, grade.max_score) for attempt in attempts for grade in attempt.grades.all()}
    found = {attempt.pk: grade(grader.answered_questions(attempt)) for attempt in attempts}
    assert stored == {pk: (scores.score, scores.max_score) for pk, scores in found.items()}
    assert len({score for score, _most in stored.values()}) > 1


def test_learners_are_stored_in_parts_and_none_is_left_out(quiz: Quiz, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "AT_ONCE", 2)
    _course_class, counts = seeding.seed_class(quiz.lesson.course, 5, 3)
    assert list(counts) == [2, 4, 5]
    assert Enrolment.objects.count() == 5


def test_learners_predict_and_say_how_sure_they_are(quiz: Quiz) -> None:
    seed()
    assert Prediction.objects.filter(confidence__isnull=False).exists()
    assert not Prediction.objects.filter(right=None).exists()


def test_the_same_seed_makes_the_same_work(quiz: Quiz) -> None:
    seed()
    first = work()
    seed(remove=True)
    seed()
    assert work() == first


def test_removing_takes_the_class_and_its_people_away_and_nobody_else(quiz: Quiz) -> None:
    User.objects.create_user("kept")
    seed()
    seed(remove=True)
    assert [user.username for user in User.objects.all()] == ["kept"]
    assert not CourseClass.objects.exists()
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Give --yes"),
        ({"yes": True, "learners": 0}, "needs one at least"),
        ({"yes": True, "course": "nowhere"}, "There are: networking"),
        ({"yes": True, "instructor": "nobody"}, "no user “nobody”"),
    ],
    ids=["a site that may be real", "no learners", "an unknown course", "an unknown instructor"],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(quiz: Quiz, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("seed_demo_class", **options)
    assert not CourseClass.objects.exists()
