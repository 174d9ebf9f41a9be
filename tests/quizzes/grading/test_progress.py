"""While an attempt is graded its learner reads how many questions are done, and nothing of their points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quizzes.attempts import presentation
from quizzes.grading import grader
from quizzes.models import Attempt, Grade
from tests.quizzes.attempts.test_views import own
from tests.quizzes.factories import make_attempt, right, submit

pytestmark = pytest.mark.django_db
State = Attempt.State


@pytest.fixture(autouse=True)
def every_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grader, "NOTE_EVERY", 0.0)


@pytest.fixture
def attempt() -> Attempt:
    """Submitted, with four questions; no worker has begun."""
    found = make_attempt()
    submit(found, right(found))
    return again(found)


def again(attempt: Attempt) -> Attempt:
    return Attempt.objects.get(pk=attempt.pk)


def watched(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Grades it. Returns what stood in the database as each question came up: how many were done, how many grades."""
    seen: list[tuple[int, int]] = []
    grade_one = grader.answered_question

    def look(answer: Any) -> Any:
        seen.append((again(attempt).graded_answers, Grade.objects.count()))
        return grade_one(answer)

    monkeypatch.setattr(grader, "answered_question", look)
    grader.perform(attempt.pk)
    return seen


def begun(attempt: Attempt, done: int, heard_ago: timedelta = timedelta(0), **values: Any) -> Attempt:
    now = timezone.now()
    values = {"claimed_at": now - heard_ago, "heartbeat_at": now - heard_ago, "graded_answers": done, **values}
    Attempt.objects.filter(pk=attempt.pk).update(enqueued_at=now, submitted_at=now - timedelta(seconds=60), **values)
    return again(attempt)


class TestNotes:
    def test_say_how_many_are_done_before_there_is_a_grade(
        self, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert watched(attempt, monkeypatch) == [(0, 0), (1, 0), (2, 0), (3, 0)]
        assert Grade.objects.get().marks.count() == 4

    def test_are_left_out_where_grading_is_quick(self, attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grader, "NOTE_EVERY", 60.0)
        assert {done for done, _grades in watched(attempt, monkeypatch)} == {0}

    def test_of_a_worker_that_lost_its_claim_are_not_taken(self, attempt: Attempt) -> None:
        old = grader.claim(attempt.pk)
        grader.claim(attempt.pk)
        list(grader.noting_progress(grader.answered_questions(attempt), attempt.pk, str(old)))
        assert again(attempt).graded_answers == 0

    def test_begin_anew_with_the_next_worker(self, attempt: Attempt) -> None:
        begun(attempt, done=3)
        grader.claim(attempt.pk)
        assert again(attempt).graded_answers == 0


ALIVE, SILENT = timedelta(seconds=5), presentation.ALIVE_FOR + timedelta(seconds=1)


class TestPage:
    def page(self, attempt: Attempt, **headers: str) -> str:
        return own(attempt).get(f"/quizzes/attempts/{attempt.pk}/result/", headers=headers).content.decode()

    def test_says_how_far_it_is_in_words_and_as_a_bar(self, attempt: Attempt) -> None:
        page = self.page(begun(attempt, done=3))
        assert "3 of 4 questions graded" in page
        assert '<progress id="grading-progress" max="4" value="3">' in page

    def test_asks_once_a_second_so_that_no_more_is_heard(self, attempt: Attempt) -> None:
        assert "delay:1000ms" in self.page(begun(attempt, done=0))

    def test_changes_the_words_that_are_heard_and_not_their_place(self, attempt: Attempt) -> None:
        begun(attempt, done=3)
        assert '<p class="visually-hidden" role="status" id="grading-heard"></p>' in self.page(attempt)
        heard = '<p id="grading-heard" hx-swap-oob="innerHTML">3 of 4 questions graded</p>'
        assert heard in self.page(attempt, hx_request="true")

    @pytest.mark.parametrize(
        ("ago", "shown"), [pytest.param(ALIVE, True, id="alive"), pytest.param(SILENT, False, id="silent")]
    )
    def test_of_a_worker_that_fell_silent_says_that_it_takes_long(
        self, attempt: Attempt, ago: timedelta, shown: bool
    ) -> None:
        page = self.page(begun(attempt, done=2, heard_ago=ago))
        assert ("2 of 4 questions graded" in page, "Grading takes longer than it should" in page) == (shown, not shown)

    def test_of_one_that_is_put_off_says_so_instead(self, attempt: Attempt) -> None:
        page = self.page(begun(attempt, done=2, claimed_at=None, retry_at=timezone.now()))
        assert ("questions graded" in page, "is tried again by itself" in page) == (False, True)

    def test_shows_the_grade_and_no_progress_in_the_end(self, attempt: Attempt) -> None:
        grader.perform(attempt.pk)
        page = self.page(attempt, hx_request="true")
        assert ("questions graded" in page, "100&nbsp;%" in page) == (False, True)
