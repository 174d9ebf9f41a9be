"""Regrades from their request over the dry run to what becomes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from quizzes.grading import grader, manual_grades
from quizzes.models import Attempt, Grade, Question, Quiz, Regrade
from quizzes.regrading import running
from quizzes.regrading.comparing import Effect
from tests.lessons.factories import make_user
from tests.quizzes.factories import make_attempt, make_quiz, right, submit, wrong
from tests.quizzes.regrading.setting import (
    applied,
    compared,
    correct,
    effects,
    only_option_1,
    points,
    taken,
    two_questions,
)

pytestmark = pytest.mark.django_db
State = Regrade.State


@pytest.fixture
def quiz() -> Quiz:
    return two_questions()


@pytest.fixture
def instructor() -> Any:
    return make_user("ada")


class TestDryRun:
    def test_says_who_would_gain_and_changes_nobody(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = compared(quiz, instructor)
        assert (effects(regrade), points(attempt)) == ({attempt.pk: Effect.UP}, 0)
        assert regrade.changes.get().new_score == 2

    def test_of_an_unchanged_key_finds_that_everything_stays(self, quiz: Quiz, instructor: Any) -> None:
        attempts = [taken(quiz, wrong), taken(quiz, right)]
        regrade = compared(quiz, instructor)
        assert effects(regrade) == {attempt.pk: Effect.SAME for attempt in attempts}

    def test_keeps_whoever_would_lose_points(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, right)
        correct(quiz, options=only_option_1(quiz))
        assert effects(compared(quiz, instructor)) == {attempt.pk: Effect.KEPT}

    def test_lowers_where_that_is_wanted(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, right)
        correct(quiz, options=only_option_1(quiz))
        assert effects(compared(quiz, instructor, may_lower=True)) == {attempt.pk: Effect.DOWN}

    def test_finds_a_chosen_option_where_it_stands_now(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz)[::-1])
        assert effects(compared(quiz, instructor)) == {attempt.pk: Effect.UP}

    def test_does_not_guess_what_a_reworded_option_would_have_been(self, quiz: Quiz, instructor: Any) -> None:
        taken(quiz, wrong)
        options = only_option_1(quiz)
        correct(quiz, options=[options[0], options[1] | {"text": "Nobody answers ARP"}, options[2]])
        change = compared(quiz, instructor).changes.get()
        assert change.effect == Effect.FAILED
        assert change.problems == ["true: “The address answers ARP” is not in the question any more"]

    def test_a_question_that_was_taken_out_keeps_what_it_was_worth(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, right)
        quiz.questions.get(slug="true").delete()
        assert effects(compared(quiz, instructor)) == {attempt.pk: Effect.SAME}

    def test_leaves_attempts_under_way_alone(self, quiz: Quiz, instructor: Any) -> None:
        make_attempt(quiz)
        assert effects(compared(quiz, instructor)) == {}

    def test_goes_on_where_it_stopped(self, quiz: Quiz, instructor: Any) -> None:
        for _ in range(3):
            taken(quiz, wrong)
        regrade = running.request(quiz, reason="The key was wrong.", by=instructor)
        running.advance(regrade.pk, seconds=0)
        assert running.progress(regrade) == running.Progress(1, 3)
        running.advance(regrade.pk)
        regrade.refresh_from_db()
        assert (regrade.changes.count(), regrade.state) == (3, State.READY)


class TestApplying:
    def test_adds_a_grade_with_the_reason(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = applied(quiz, instructor)
        newest = attempt.grades.latest("run")
        assert (newest.source, newest.reason, newest.regrade) == (Grade.Source.REGRADE, "The key was wrong.", regrade)
        assert (attempt.grades.count(), points(attempt), regrade.state) == (2, 2, State.APPLIED)

    def test_of_an_unchanged_key_adds_nothing(self, quiz: Quiz, instructor: Any) -> None:
        taken(quiz, wrong)
        applied(quiz, instructor)
        assert Grade.objects.count() == 1

    def test_never_lowers_unless_told_to(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, right)
        correct(quiz, options=only_option_1(quiz))
        applied(quiz, instructor)
        assert points(attempt) == 3
        applied(quiz, instructor, may_lower=True)
        assert points(attempt) == 1

    def test_twice_is_as_good_as_once(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = applied(quiz, instructor)
        running.apply_one(regrade, regrade.changes.get().pk)
        assert attempt.grades.count() == 2

    def test_goes_on_where_a_worker_was_lost(self, quiz: Quiz, instructor: Any) -> None:
        attempts = [taken(quiz, wrong) for _ in range(3)]
        correct(quiz, options=only_option_1(quiz))
        regrade = compared(quiz, instructor)
        running.apply(regrade)
        running.advance(regrade.pk, seconds=0)
        running.advance(regrade.pk)
        assert [attempt.grades.count() for attempt in attempts] == [2, 2, 2]

    def test_does_not_touch_what_a_person_said(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        manual_grades.give(attempt, Decimal(1), "Half an answer.", instructor)
        correct(quiz, options=only_option_1(quiz))
        applied(quiz, instructor)
        assert points(attempt) == 1

    def test_skips_an_attempt_that_was_graded_again_meanwhile(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = compared(quiz, instructor)
        grader.add_grade(attempt.pk, grader.grade(grader.answered_questions(attempt)))
        running.apply(regrade)
        running.advance(regrade.pk)
        assert (attempt.grades.count(), regrade.changes.get().effect) == (2, Effect.FAILED)

    def test_keeps_the_deductions_of_the_attempt(self, quiz: Quiz, instructor: Any) -> None:
        attempt = make_attempt(quiz)
        submit(attempt, wrong(attempt))
        scores = grader.grade(grader.answered_questions(attempt))
        grader.add_grade(attempt.pk, scores, [{"reason": "late", "percent": 50}])
        Attempt.objects.update(state=Attempt.State.GRADED)
        correct(quiz, options=only_option_1(quiz))
        applied(quiz, instructor)
        assert points(attempt) == 1

    def test_is_refused_once_the_questions_changed_again(self, quiz: Quiz, instructor: Any) -> None:
        taken(quiz, wrong)
        regrade = compared(quiz, instructor)
        correct(quiz, options=only_option_1(quiz))
        with pytest.raises(running.RegradeRefusedError, match="have changed"):
            running.apply(regrade)

    def test_is_refused_while_the_dry_run_goes_on(self, quiz: Quiz, instructor: Any) -> None:
        regrade = running.request(quiz, reason="The key was wrong.", by=instructor)
        with pytest.raises(running.RegradeRefusedError, match="not ready"):
            running.apply(regrade)


class TestTreatments:
    """A question that cannot be mended is taken out of the marks, or everyone has its points."""

    @pytest.mark.parametrize(
        ("treatment", "score", "max_score"), [("full", 2, 3), ("drop", 0, 1)], ids=["everyone", "nobody"]
    )
    def test_of_a_question_that_does_not_hold(
        self, quiz: Quiz, instructor: Any, treatment: str, score: int, max_score: int
    ) -> None:
        attempt = taken(quiz, wrong)
        applied(quiz, instructor, treatments={"true": treatment}, may_lower=True)
        newest = attempt.grades.latest("run")
        changed = attempt.grades.count() == 2
        assert (newest.score, newest.max_score, changed) == (score, max_score, True)

    def test_leaves_the_marks_of_a_corrected_question_alone(self, quiz: Quiz, instructor: Any) -> None:
        attempt = taken(quiz, wrong)
        correct(quiz, options=only_option_1(quiz))
        regrade = applied(quiz, instructor, treatments={"true": "keep"})
        assert (effects(regrade), attempt.grades.count()) == ({attempt.pk: Effect.SAME}, 1)

    def test_that_nobody_knows_is_refused(self, quiz: Quiz, instructor: Any) -> None:
        with pytest.raises(ValidationError, match="none of keep, full, drop"):
            running.request(quiz, reason="x", by=instructor, treatments={"true": "ignore"})


class TestRequest:
    def test_needs_a_reason(self, quiz: Quiz, instructor: Any) -> None:
        with pytest.raises(ValidationError, match="reason"):
            running.request(quiz, reason=" ", by=instructor)

    def test_waits_for_the_one_under_way(self, quiz: Quiz, instructor: Any) -> None:
        running.request(quiz, reason="One.", by=instructor)
        with pytest.raises(running.RegradeRefusedError, match="under way"):
            running.request(quiz, reason="Two.", by=instructor)

    def test_replaces_one_that_nobody_applied(self, quiz: Quiz, instructor: Any) -> None:
        first = compared(quiz, instructor)
        running.request(quiz, reason="Two.", by=instructor)
        first.refresh_from_db()
        assert first.state == State.CANCELLED

    def test_can_be_cancelled(self, quiz: Quiz, instructor: Any) -> None:
        regrade = running.request(quiz, reason="One.", by=instructor)
        assert running.cancel(regrade)
        running.advance(regrade.pk)
        regrade.refresh_from_db()
        assert regrade.state == State.CANCELLED


def test_a_question_in_variants_is_graded_in_the_variant_that_was_asked(instructor: Any) -> None:
    quiz = make_quiz(slugs=("source",))
    variants = [{"pod": "two", "n": 1}, {"pod": "two", "n": 2}]
    question = Question.objects.get(quiz=quiz)
    question.spec = question.spec | {"prompt": "Which source does [[pod]] see? ([[n]])", "variants": variants}
    question.save()
    attempt = taken(quiz, right)
    question.spec = question.spec | {"variants": [{"pod": "two", "n": 3}, {"pod": "two", "n": 4}]}
    question.save()
    assert compared(quiz, instructor).changes.get().problems == [
        "source: the question no longer has the variant that was asked"
    ]
    question.spec = question.spec | {"variants": variants[::-1]}
    question.save()
    assert effects(compared(quiz, instructor)) == {attempt.pk: Effect.SAME}
