"""Practice with many requests at once and a worker process, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection

from lessons.models import Learner
from quizzes.models import PracticeAnswer, ReviewCard
from quizzes.review import practice
from tests.quizzes.review.practice_questions import form, make_practice_quiz

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
WaitUntil = Callable[..., None]
AT_ONCE = 20
T = TypeVar("T")


def at_once(call: Callable[[int], T]) -> list[T]:
    together = threading.Barrier(AT_ONCE)

    def run(number: int) -> T:
        together.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_two_pages_sent_many_times_at_once_count_once(celery_worker_process: None, wait_until: WaitUntil) -> None:
    asked = practice.ask(Learner.objects.create(), make_practice_quiz().lesson, 1)
    pages = (uuid4(), uuid4())
    forms = (form(asked, 0), form(asked, 1))

    def answer(number: int) -> bool:
        try:
            practice.answer(asked.pk, forms[number % 2], pages[number % 2])
        except practice.PracticeRefusedError:
            return False
        return True

    assert sum(at_once(answer)) == AT_ONCE // 2
    wait_until(lambda: PracticeAnswer.objects.get().graded_at is not None, "the result")
    found = PracticeAnswer.objects.get()
    assert found.right is (found.page == pages[0])
    assert ReviewCard.objects.count() == 1


def test_a_question_asked_for_many_times_at_once_is_one() -> None:
    learner, lesson = Learner.objects.create(), make_practice_quiz().lesson
    assert len(set(at_once(lambda _: practice.ask(learner, lesson, 1).pk))) == 1


def test_twenty_workers_at_once_grade_once_and_remember_once() -> None:
    asked = practice.ask(Learner.objects.create(), make_practice_quiz().lesson, 1)
    with patch.object(practice, "send"):
        practice.answer(asked.pk, form(asked), uuid4())
    assert sum(at_once(lambda _: practice.perform(asked.pk))) == 1
    assert ReviewCard.objects.get().memory["step"] == 1
