"""Predictions of a class, worked out by hand.

Five learners predict the experiment. Three say “certain” (95), two of them right; two say “guess” (50), one right: so 3
of 5 are right, the mean confidence is (3·95 + 2·50)/5 = 77 %, and the Brier score is
(2·0.05² + 0.95² + 2·0.5²)/5 = (0.005 + 0.9025 + 0.5)/5 = 0.2815.
"""

from __future__ import annotations

import pytest

from classes.models import CourseClass
from lessons.models import Experiment, Prediction
from quizzes.statistics import files
from quizzes.statistics.predicting import Predictions, predictions
from quizzes.statistics.scopes import Scope
from tests.quizzes.statistics.first_tries import enter, make_quiz_and_class

pytestmark = pytest.mark.django_db
SAID = [(95, True), (95, True), (95, False), (50, True), (50, False)]


@pytest.fixture
def course_class() -> CourseClass:
    quiz, course_class = make_quiz_and_class()
    experiment = quiz.lesson.experiments.get()
    for sure, right in SAID:
        predict(course_class, experiment, sure, right)
    return course_class


def predict(course_class: CourseClass, experiment: Experiment, sure: int, right: bool) -> None:
    learner, text = enter(course_class), "It connects" if right else "=It is refused"
    values = {"experiment": experiment, "learner": learner, "confidence": sure}
    Prediction.objects.create(option_text=text, right=right, **values)
    Prediction.objects.create(option_text="It connects", right=True, round=2, **values)


def found(course_class: CourseClass) -> Predictions:
    return predictions(Scope(course_class.course, course_class))


def test_only_first_predictions_count(course_class: CourseClass) -> None:
    (each,) = found(course_class).experiments
    assert (each.count, each.right) == (5, 3)


def test_confidence_is_put_beside_what_came_true(course_class: CourseClass) -> None:
    (each,) = found(course_class).experiments
    assert each.mean_confidence == pytest.approx(0.77)
    assert [(level.confidence, level.right, level.count) for level in found(course_class).calibration.levels] == [
        (50, 1, 2),
        (75, 0, 0),
        (95, 2, 3),
    ]
    assert found(course_class).calibration.brier == pytest.approx(0.2815)


def test_who_is_not_in_the_class_does_not_count(course_class: CourseClass) -> None:
    other = CourseClass.objects.create(course=course_class.course, title="Spring")
    predict(other, Experiment.objects.get(), 95, True)
    assert found(course_class).count == 5


def test_the_file_keeps_formulas_out_of_spreadsheets(course_class: CourseClass) -> None:
    assert "services,first,'=It is refused,no,5,2,0.4,0.77" in files.predictions_csv(found(course_class))
