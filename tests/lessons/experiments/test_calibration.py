"""Confidence beside the truth: counts, the Brier score, and what is said about them."""

from __future__ import annotations

import pytest
from django.test import Client

from lessons.experiments import calibration
from lessons.experiments.calibration import Calibration, Level
from lessons.models import Experiment, Learner, Prediction
from lessons.templatetags.calibration import calibration_plot
from tests.lessons.factories import make_experiment, make_lesson, make_user

Counts = tuple[int, int]
"""Predictions, and how many of them were right."""


def of(guess: Counts = (0, 0), fairly: Counts = (0, 0), certain: Counts = (0, 0)) -> Calibration:
    given = ((50, guess), (75, fairly), (95, certain))
    return Calibration(tuple(Level(confidence, *counts) for confidence, counts in given))


@pytest.mark.parametrize(
    ("found", "brier"),
    [
        pytest.param(of(), 0.0, id="nothing"),
        pytest.param(of(guess=(4, 1)), 0.25, id="guesses are a coin, right or wrong"),
        pytest.param(of(certain=(1, 1)), 0.0025, id="certain and right"),
        pytest.param(of(certain=(1, 0)), 0.9025, id="certain and wrong"),
        pytest.param(of(fairly=(4, 3)), 0.1875, id="three of four at 75 percent"),
        pytest.param(of(guess=(1, 0), certain=(1, 1)), (0.25 + 0.0025) / 2, id="the mean over all"),
    ],
)
def test_the_brier_score_is_the_mean_squared_distance(found: Calibration, brier: float) -> None:
    assert found.brier == pytest.approx(brier)


@pytest.mark.parametrize(
    ("found", "tendency"),
    [
        pytest.param(of(certain=(4, 1)), "too sure", id="certain and seldom right"),
        pytest.param(of(guess=(4, 4)), "too careful", id="guessing and always right"),
        pytest.param(of(fairly=(4, 3)), "fitting", id="as sure as right"),
        pytest.param(of(guess=(2, 0), certain=(2, 2)), "too sure", id="all levels count together"),
    ],
)
def test_the_tendency_compares_sureness_with_success(found: Calibration, tendency: str) -> None:
    assert found.tendency == tendency


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create()


def predicted(
    learner: Learner, experiment: Experiment, confidence: int | None, right: bool | None, round: int = 1
) -> None:
    values = {"option_text": "x", "confidence": confidence, "right": right, "round": round}
    Prediction.objects.create(learner=learner, experiment=experiment, **values)


def test_only_first_predictions_with_a_known_outcome_count(learner: Learner) -> None:
    lesson = make_lesson()
    first, second, third = (make_experiment(lesson, slug=slug) for slug in ("first", "second", "third"))
    predicted(learner, first, 95, False)
    predicted(learner, first, 95, True, round=2)
    predicted(learner, second, 95, True)
    predicted(learner, third, 95, None)
    predicted(Learner.objects.create(), third, 95, True)
    assert [(level.confidence, level.count, level.right) for level in calibration.of_learner(learner).levels] == [
        (50, 0, 0),
        (75, 0, 0),
        (95, 2, 1),
    ]


def test_a_prediction_without_a_confidence_does_not_count(learner: Learner) -> None:
    predicted(learner, make_experiment(), None, True)
    assert calibration.of_learner(learner).count == 0


def test_another_course_does_not_count(learner: Learner) -> None:
    experiment = make_experiment()
    predicted(learner, experiment, 75, True)
    course = experiment.lesson.course
    assert calibration.of_learner(learner, course).count == 1
    course.pk = course.pk + 1
    assert calibration.of_learner(learner, course).count == 0


def test_a_visitor_has_no_calibration(db: None) -> None:
    make_experiment()
    assert calibration.of_learner(None).count == 0


def test_the_standing_needs_two_predictions_that_were_as_sure(learner: Learner) -> None:
    lesson = make_lesson()
    first, second = (make_experiment(lesson, slug=slug) for slug in ("first", "second"))
    predicted(learner, first, 95, True)
    assert calibration.standing(Prediction.objects.get()) is None
    predicted(learner, second, 95, False)
    standing = calibration.standing(Prediction.objects.get(experiment=first))
    assert standing is not None
    assert (standing.count, standing.right, standing.label) == (2, 1, "certain")


def test_the_plot_has_a_point_for_each_confidence_that_was_given() -> None:
    plot = calibration_plot(of(guess=(2, 1), certain=(4, 4)))
    assert [(point["x"], point["y"], point["text"]) for point in plot["points"]] == [
        ("100", "115", "1/2"),
        ("316", "24", "4/4"),
    ]


def test_a_point_stands_on_the_line_of_perfect_calibration() -> None:
    plot = calibration_plot(of(fairly=(4, 3)))
    x1, y1, x2, y2 = map(float, plot["ideal"])
    (point,) = plot["points"]
    assert (float(point["y"]) - y1) / (float(point["x"]) - x1) == pytest.approx((y2 - y1) / (x2 - x1), rel=0.01)


def test_a_label_stays_inside_the_picture() -> None:
    plot = calibration_plot(of(certain=(20, 20), guess=(20, 0)))
    assert all(0 < float(point["text_y"]) < plot["height"] for point in plot["points"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "text"), [(2, "(2 so far)"), (3, "3 of 3 predictions were right")], ids=["too few", "enough"]
)
def test_the_course_page_shows_the_calibration_after_three_predictions(client: Client, count: int, text: str) -> None:
    user = make_user()
    client.force_login(user)
    lesson = make_lesson()
    learner = Learner.objects.create(user=user)
    for number in range(count):
        predicted(learner, make_experiment(lesson, slug=f"number-{number}"), 75, True)
    page = " ".join(client.get(lesson.course.get_absolute_url()).content.decode().split())
    assert text in page
    assert ('class="point"' in page) == (count == 3)
