"""Learners practice one question after the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

import netsim
from lessons.learners import merge
from lessons.models import Learner, Lesson
from quizzes.errors import InvalidAnswerError
from quizzes.grading import grader
from quizzes.models import PracticeAnswer, Question, Quiz, ReviewCard
from quizzes.review import practice
from quizzes.review.evidence import Evidence, Mastery, judged, mastery
from quizzes.signals import grade_changed
from tests.quizzes.factories import make_attempt, right, submit, wrong
from tests.quizzes.review.practice_questions import form, make_practice_quiz, practiced

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz() -> Quiz:
    return make_practice_quiz()


@pytest.fixture
def lesson(quiz: Quiz) -> Lesson:
    return quiz.lesson


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create()


class TestAsking:
    def test_begins_with_the_easiest_question(self, learner: Learner, lesson: Lesson) -> None:
        assert practice.ask(learner, lesson, 1).revision.slug == "true"

    def test_keeps_the_version_of_the_engine(self, learner: Learner, lesson: Lesson) -> None:
        assert practice.ask(learner, lesson, 1).engine_version == netsim.ENGINE_VERSION

    def test_asks_the_open_question_again(self, learner: Learner, lesson: Lesson) -> None:
        assert practice.ask(learner, lesson, 1) == practice.ask(learner, lesson, 1)

    def test_asks_every_question_and_every_variant_before_one_comes_again(
        self, learner: Learner, lesson: Lesson
    ) -> None:
        asked = [practiced(learner, lesson).revision.slug for _ in range(6)]
        assert asked == ["true", "source", "sees", "sees", "true", "source"]

    def test_asks_a_question_in_another_variant_when_it_comes_again(self, learner: Learner, lesson: Lesson) -> None:
        for _ in range(6):
            practiced(learner, lesson)
        names = [row.revision.variant["parameters"]["name"] for row in asked_about(learner, "sees")]
        assert sorted(names) == ["Ada", "Grace"]

    def test_asks_about_the_objective_only(self, learner: Learner, lesson: Lesson) -> None:
        assert practice.ask(learner, lesson, 2).revision.slug == "way"

    def test_says_where_there_is_no_question(self, learner: Learner, lesson: Lesson) -> None:
        with pytest.raises(practice.PracticeRefusedError, match="no questions"):
            practice.ask(learner, lesson, 9)


def asked_about(learner: Learner, slug: str) -> list[PracticeAnswer]:
    return list(learner.practice_answers.filter(revision__slug=slug).select_related("revision"))


class TestAnswering:
    @pytest.mark.parametrize(("which", "is_right"), [(0, True), (1, False)], ids=["right", "wrong"])
    def test_is_graded_by_the_question_s_own_key(
        self, learner: Learner, lesson: Lesson, which: int, is_right: bool
    ) -> None:
        assert practiced(learner, lesson, which).right is is_right

    def test_explains_every_option(self, learner: Learner, lesson: Lesson) -> None:
        result = practiced(learner, lesson).result
        assert all(outcome["explanation"] for outcome in result["outcomes"])

    def test_without_an_answer_costs_nothing(self, learner: Learner, lesson: Lesson) -> None:
        asked = practice.ask(learner, lesson, 1)
        with pytest.raises(InvalidAnswerError, match="guess costs nothing"):
            practice.answer(asked.pk, {}, uuid4())
        assert practice.ask(learner, lesson, 1) == asked

    def test_counts_once_for_one_page(self, learner: Learner, lesson: Lesson) -> None:
        asked, page = practice.ask(learner, lesson, 1), UUID(int=7)
        first = practice.answer(asked.pk, form(asked), page)
        assert practice.answer(asked.pk, form(asked, 1), page).response == first.response

    def test_is_refused_in_a_second_window(self, learner: Learner, lesson: Lesson) -> None:
        asked = practice.ask(learner, lesson, 1)
        practice.answer(asked.pk, form(asked), uuid4())
        with pytest.raises(practice.PracticeRefusedError, match="another window"):
            practice.answer(asked.pk, form(asked, 1), uuid4())

    def test_is_graded_once_however_often_a_worker_is_told(self, learner: Learner, lesson: Lesson) -> None:
        asked = practiced(learner, lesson)
        due_at = ReviewCard.objects.get().due_at
        assert not practice.perform(asked.pk)
        assert ReviewCard.objects.get().due_at == due_at


class TestComingBack:
    def test_an_objective_is_due_when_its_memory_says_so(self, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson)
        now = timezone.now()
        assert not practice.due(learner, now)
        assert [card.objective for card in practice.due(learner, now + timedelta(days=1))] == [1]

    def test_a_graded_quiz_is_a_review_of_its_objectives(self, learner: Learner, quiz: Quiz) -> None:
        graded(quiz, learner, right)
        assert list(learner.review_cards.values_list("objective", flat=True).order_by("objective")) == [1, 2]

    def test_what_a_quiz_showed_to_be_forgotten_comes_back_first(self, learner: Learner, quiz: Quiz) -> None:
        graded(quiz, learner, lambda attempt: right(attempt) | wrong(attempt, "way"))
        tomorrow = timezone.now() + timedelta(days=1)
        assert [card.objective for card in practice.due(learner, tomorrow)] == [2, 1]

    def test_a_second_grade_of_the_same_attempt_is_no_review(self, learner: Learner, quiz: Quiz) -> None:
        attempt = graded(quiz, learner, right)
        before = list(learner.review_cards.values_list("memory", flat=True))
        grader.add_grade(attempt.pk, grader.grade(grader.answered_questions(attempt)))
        grade_changed.send(sender=type(attempt), attempt=attempt)
        assert list(learner.review_cards.values_list("memory", flat=True)) == before


def graded(quiz: Quiz, learner: Learner, answers: Any) -> Any:
    attempt = make_attempt(quiz, learner)
    submit(attempt, answers(attempt))
    grader.perform(attempt.pk)
    return attempt


class TestMastery:
    def of(self, learner: Learner, lesson: Lesson, objective: int = 1) -> Mastery | None:
        return mastery(learner, lesson.course).get((lesson.pk, objective))

    def test_is_unknown_before_the_first_answer(self, learner: Learner, lesson: Lesson) -> None:
        assert self.of(learner, lesson) is None

    def test_needs_right_answers_to_different_questions(self, learner: Learner, lesson: Lesson) -> None:
        for _ in range(3):
            practiced(learner, lesson)
        assert self.of(learner, lesson) == Mastery(right=3, asked=3, needed=4)
        for _ in range(3):
            practiced(learner, lesson)
        found = self.of(learner, lesson)
        assert found == Mastery(right=4, asked=4, needed=4)
        assert found is not None
        assert found.mastered

    def test_counts_the_newest_answer_to_a_question(self, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, which=1)
        for _ in range(4):
            practiced(learner, lesson)
        assert self.of(learner, lesson) == Mastery(right=4, asked=4, needed=4)

    def test_needs_every_variant_where_there_are_few(self, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, objective=2)
        assert self.of(learner, lesson, objective=2) == Mastery(right=1, asked=1, needed=1)

    def test_needs_four_of_the_variants_that_combinations_make(self, learner: Learner, lesson: Lesson) -> None:
        question = Question.objects.get(quiz__lesson=lesson, slug="way")
        combinations = {"name": ["Ada", "Grace"], "when": ["today", "again"]}
        question.spec |= {"prompt": "In order, [[name]], [[when]]?", "vary": combinations}
        question.save()
        practiced(learner, lesson, objective=2)
        assert self.of(learner, lesson, objective=2) == Mastery(right=1, asked=1, needed=4)

    @pytest.mark.parametrize(
        ("newest_first", "found"),
        [("rrrrrwww", Mastery(5, 5, 4)), ("wwrrrrrr", Mastery(3, 5, 4)), ("wrrrr", Mastery(4, 5, 4))],
        ids=["old mistakes are forgotten", "old successes do not carry", "one of five may be wrong"],
    )
    def test_looks_at_the_last_five_answers(self, newest_first: str, found: Mastery) -> None:
        now = timezone.now()
        rows = [
            Evidence(1, 1, number, result == "r", now - timedelta(days=number))
            for number, result in enumerate(newest_first)
        ]
        assert judged(rows, 9) == found

    def test_counts_what_a_quiz_showed(self, learner: Learner, quiz: Quiz) -> None:
        graded(quiz, learner, right)
        assert self.of(learner, quiz.lesson) == Mastery(right=3, asked=3, needed=4)


class TestSigningIn:
    """What a guest practiced becomes the user's."""

    def test_brings_the_guest_s_answers_along(self, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson)
        user = Learner.objects.create()
        merge(learner, user)
        assert (user.practice_answers.count(), user.review_cards.count()) == (1, 1)

    def test_keeps_the_newer_of_two_memories(self, learner: Learner, lesson: Lesson) -> None:
        user = Learner.objects.create()
        practiced(user, lesson, which=1)
        practiced(learner, lesson)
        newer = learner.review_cards.get().memory
        merge(learner, user)
        assert user.review_cards.get().memory == newer
