"""A learner's own page: grades with every attempt, practice, reports; and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lessons.models import Learner
from quizzes.grading import grader
from quizzes.me.plot import BOTTOM, TOP, practice_plot
from quizzes.me.work import work_of
from quizzes.models import Attempt, Policy, PracticeAnswer, Quiz
from quizzes.reports import reporting
from quizzes.review import practice
from tests.quizzes.classroom import assign, enrol
from tests.quizzes.factories import make_attempt, make_policy, make_quiz, right, submit, wrong
from tests.quizzes.review.practice_questions import make_practice_quiz, practiced

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def graded(quiz: Quiz, learner: Learner, fill: object = right) -> Attempt:
    attempt = make_attempt(quiz, learner)
    submit(attempt, fill(attempt))  # type: ignore[operator]
    grader.perform(attempt.pk)
    return attempt


def page(client: Client) -> str:
    return client.get("/me/").content.decode()


def test_a_new_visitor_is_told_what_will_be_here() -> None:
    text = page(Client())
    assert "Nothing here yet" in text
    assert "You are a guest" in text


def test_every_attempt_is_listed_and_the_best_counts(client: Client, learner: Learner) -> None:
    quiz = make_quiz()
    attempts = [graded(quiz, learner, fill) for fill in (right, wrong)]
    text = page(client)
    assert "100.0&nbsp;%" in text
    assert all(f'href="/quizzes/attempts/{attempt.pk}/result/"' in text for attempt in attempts)


def test_work_for_a_class_stands_apart_from_work_for_none(learner: Learner) -> None:
    quiz = make_quiz()
    graded(quiz, learner)
    assignment = assign(quiz)
    enrol(assignment, learner)
    graded(quiz, learner)
    groups = work_of(learner, learner.user, NOW).groups
    assert [group.course_class for group in groups] == [assignment.course_class, None]


def test_a_deduction_is_explained(client: Client, learner: Learner) -> None:
    quiz = make_quiz(policy=make_policy(penalty_percent=25))
    graded(quiz, learner, wrong)
    graded(quiz, learner)
    assert "Tries before this one: 25&nbsp;% of that are taken off." in page(client)


def test_points_that_do_not_show_yet_stay_hidden(client: Client, learner: Learner) -> None:
    graded(make_quiz(policy=make_policy(feedback=Policy.Moment.NEVER)), learner)
    text = page(client)
    assert "Graded, shown later" in text
    assert "100.0&nbsp;%" not in text


def test_another_learner_s_work_is_not_shown(client: Client) -> None:
    graded(make_quiz(), Learner.objects.create())
    assert "Nothing here yet" in page(client)


def test_reports_are_shown_with_their_replies(client: Client, learner: Learner) -> None:
    attempt = graded(make_quiz(), learner)
    found = reporting.report(attempt.answers.all()[0], "The address is wrong.")
    reporting.close(found, "fixed", "Thank you, it is mended.", learner.user)
    text = page(client)
    assert "The address is wrong." in text
    assert "Thank you, it is mended." in text


def test_practice_is_drawn_and_told(client: Client, learner: Learner) -> None:
    practiced(learner, make_practice_quiz().lesson)
    text = page(client)
    assert "In the last four weeks you answered 1 question, 1 right." in text
    assert text.count('<rect class="me__right"') == 1


class TestPlot:
    NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def answered(self, learner: Learner, days_ago: int, is_right: bool) -> None:
        asked = practiced(learner, self.lesson)
        at = self.NOON - timedelta(days=days_ago)
        PracticeAnswer.objects.filter(pk=asked.pk).update(answered_at=at, right=is_right)

    @pytest.fixture(autouse=True)
    def questions(self, db: None) -> None:
        self.lesson = make_practice_quiz().lesson

    def test_has_a_place_for_each_of_four_weeks_days(self, learner: Learner) -> None:
        days = practice_plot(learner, self.NOON).days
        assert (len(days), days[0].day.isoformat(), days[-1].day.isoformat()) == (28, "2026-10-25", "2026-11-21")

    def test_counts_right_and_wrong_by_day(self, learner: Learner) -> None:
        for days_ago, is_right in ((0, True), (0, False), (3, True), (28, True)):
            self.answered(learner, days_ago, is_right)
        plot = practice_plot(learner, self.NOON)
        assert [(day.day.day, day.right, day.wrong) for day in plot.practiced] == [(18, 1, 0), (21, 1, 1)]

    def test_stacks_bars_within_the_plot(self, learner: Learner) -> None:
        for _ in range(6):
            self.answered(learner, 0, True)
        self.answered(learner, 0, False)
        day = practice_plot(learner, self.NOON).days[-1]
        assert day.wrong_y == pytest.approx(TOP)
        assert day.wrong_y + day.wrong_height == pytest.approx(day.right_y, abs=0.02)
        assert day.right_y + day.right_height == pytest.approx(BOTTOM, abs=0.02)

    def test_leaves_out_what_is_not_graded(self, learner: Learner) -> None:
        practice.ask(learner, self.lesson, 1)
        assert practice_plot(learner, self.NOON).count == 0
