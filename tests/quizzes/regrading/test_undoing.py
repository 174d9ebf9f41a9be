"""A regrade that was applied by mistake is taken back: new grades like those before, never over newer ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from classes.models import Enrolment
from quizzes.models import Attempt, Grade, Quiz, Regrade
from quizzes.regrading import running, undoing
from quizzes.regrading.comparing import NEWER_GRADE, Effect
from quizzes.regrading.outdated import outdated_attempts
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_instructor
from tests.quizzes.gradebook.factories import make_grade, make_small_quiz
from tests.quizzes.regrading.setting import applied, effects, points

pytestmark = pytest.mark.django_db
State = Regrade.State
FULL = {"treatments": {"q1": "full"}}
WHY = "That was a mistake."
LATE = [{"reason": "late", "percent": 50}]


@pytest.fixture
def quiz() -> Quiz:
    """One question of 10 points; it is graded without the engine."""
    return make_small_quiz(objectives=[1])


@pytest.fixture
def ana(quiz: Quiz) -> Enrolment:
    return put_in(make_class(), "ana")


@pytest.fixture
def ben() -> Any:
    return make_instructor()


def looked_at(undo: Regrade) -> Regrade:
    running.advance(undo.pk)
    return Regrade.objects.get(pk=undo.pk)


def taken_back(regrade: Regrade, by: Any) -> Regrade:
    undo = looked_at(undoing.request(regrade, reason=WHY, by=by))
    running.apply(undo)
    return looked_at(undo)


class TestUndo:
    def test_first_says_who_would_go_down_and_changes_nobody(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [4])
        undo = looked_at(undoing.request(applied(quiz, ben, **FULL), reason=WHY, by=ben))
        assert (effects(undo), points(attempt), undo.state) == ({attempt.pk: Effect.DOWN}, 10, State.READY)
        assert undo.changes.get().new_score == 4

    def test_adds_the_grade_of_before_with_its_deductions(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [4], deductions=LATE)
        undo = taken_back(applied(quiz, ben, **FULL), ben)
        first, _, newest = grades = list(attempt.grades.order_by("run"))
        assert [grade.score for grade in grades] == [2, 5, 2]
        assert (newest.raw_score, newest.deductions) == (first.raw_score, LATE)
        assert (newest.source, newest.reason, newest.regrade) == (Grade.Source.UNDO, WHY, undo)

    def test_repeats_the_marks_and_the_engine_that_found_them(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [4])
        taken_back(applied(quiz, ben, **FULL), ben)
        first, newest = attempt.grades.earliest("run"), attempt.grades.latest("run")
        assert newest.engine_version == first.engine_version == "1"
        assert [mark.result for mark in newest.marks.all()] == [mark.result for mark in first.marks.all()]

    def test_leaves_whom_the_regrade_did_not_change_alone(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [10])
        other = make_grade(ana, quiz, [4])
        undo = taken_back(applied(quiz, ben, **FULL), ben)
        assert (list(effects(undo)), attempt.grades.count()) == ([other.pk], 1)

    def test_keeps_what_was_graded_again_since(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt, other = make_grade(ana, quiz, [4]), make_grade(ana, quiz, [2])
        regrade = applied(quiz, ben, **FULL)
        graded_by_hand(attempt, 7)
        undo = taken_back(regrade, ben)
        assert undo.changes.get(attempt=attempt).problems == [NEWER_GRADE]
        assert (points(attempt), points(other)) == (7, 2)

    def test_keeps_what_is_graded_again_between_the_dry_run_and_its_application(
        self, quiz: Quiz, ana: Enrolment, ben: Any
    ) -> None:
        attempt = make_grade(ana, quiz, [4])
        undo = looked_at(undoing.request(applied(quiz, ben, **FULL), reason=WHY, by=ben))
        graded_by_hand(attempt, 7, source=Grade.Source.TIME)
        running.apply(undo)
        assert (effects(looked_at(undo)), points(attempt)) == ({attempt.pk: Effect.FAILED}, 7)

    def test_can_be_taken_back_itself(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [4])
        taken_back(taken_back(applied(quiz, ben, **FULL), ben), ben)
        assert points(attempt) == 10

    def test_leaves_the_attempts_as_outdated_as_before(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        make_grade(ana, quiz, [4])
        quiz.questions.update(spec={})
        before = outdated_attempts(quiz).count()
        regrade = applied(quiz, ben, **FULL)
        between = outdated_attempts(quiz).count()
        taken_back(regrade, ben)
        assert (before, between, outdated_attempts(quiz).count()) == (1, 0, 1)


def graded_by_hand(attempt: Attempt, score: int, **values: Any) -> None:
    run = 1 + attempt.grades.count()
    same = {"raw_score": score, "score": score, "max_score": 10, "engine_version": "1"}
    Grade.objects.create(attempt=attempt, run=run, **{**same, **values})


class TestRefusal:
    def test_of_one_that_changed_nothing(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        make_grade(ana, quiz, [10])
        assert "changed no grade" in undoing.refusal(applied(quiz, ben, **FULL))

    def test_of_one_that_was_taken_back(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        taken_back(regrade, ben)
        with pytest.raises(running.RegradeRefusedError, match="taken back already"):
            undoing.request(regrade, reason=WHY, by=ben)

    def test_where_every_attempt_was_graded_again(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        attempt = make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        graded_by_hand(attempt, 7)
        with pytest.raises(running.RegradeRefusedError, match="has a newer grade since"):
            undoing.request(regrade, reason=WHY, by=ben)

    def test_while_it_is_being_applied(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        Regrade.objects.update(state=State.APPLYING)
        regrade.refresh_from_db()
        assert "still being worked on" in undoing.refusal(regrade)

    def test_without_a_reason(self, quiz: Quiz, ana: Enrolment, ben: Any) -> None:
        make_grade(ana, quiz, [4])
        with pytest.raises(ValidationError, match="reason"):
            undoing.request(applied(quiz, ben, **FULL), reason=" ", by=ben)


class TestPages:
    def test_offer_it_once_applied_and_lead_to_its_dry_run(
        self, quiz: Quiz, ana: Enrolment, ben: Any, client: Client
    ) -> None:
        make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        client.force_login(ben)
        assert "Take it back" in client.get(regrade.get_absolute_url()).content.decode()
        answer = client.post(f"{regrade.get_absolute_url()}undo/", {"reason": WHY})
        undo = Regrade.objects.get(kind=Regrade.Kind.UNDO)
        assert answer.headers["Location"] == undo.get_absolute_url()
        running.advance(undo.pk)
        page = client.get(undo.get_absolute_url()).content.decode()
        assert ("Apply it" in page, "Takes back the regrade of" in page) == (True, True)

    def test_say_that_it_was_taken_back(self, quiz: Quiz, ana: Enrolment, ben: Any, client: Client) -> None:
        make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        taken_back(regrade, ben)
        client.force_login(ben)
        page = client.get(regrade.get_absolute_url()).content.decode()
        assert ("Taken back on" in page, "Take it back" in page) == (True, False)

    def test_refuse_it_with_a_sentence(self, quiz: Quiz, ana: Enrolment, ben: Any, client: Client) -> None:
        attempt = make_grade(ana, quiz, [4])
        regrade = applied(quiz, ben, **FULL)
        graded_by_hand(attempt, 7)
        client.force_login(ben)
        page = client.post(f"{regrade.get_absolute_url()}undo/", {"reason": WHY}, follow=True).content.decode()
        assert "has a newer grade since" in page
        assert not Regrade.objects.filter(kind=Regrade.Kind.UNDO).exists()
