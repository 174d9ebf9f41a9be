"""Many requests for one attempt at the same time, to several processes of a real web server with a real worker.

Every test runs on SQLite and, as one of the `services`, on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from lessons.models import Learner
from quizzes.attempts import taking
from quizzes.models import Attempt, Grade
from tests.lessons.visitor import Answer
from tests.quizzes.factories import RESPONSES, make_attempt, make_quiz, right, wrong
from tests.quizzes.site_process import at_once, running_site, session_of, visitor_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
State = Attempt.State
TIMES = 50
TOO_MANY = 429  # the limiter turned it away; it may try again


@pytest.fixture(scope="module")
def site(django_db_setup: None, broker: str) -> Iterator[str]:
    with running_site() as url:
        yield url


def posted(site: str, learner: Learner, path: str, forms: list[dict[str, list[str]]]) -> list[Answer]:
    """Sends all forms at once, each over a connection of its own."""
    session = session_of(learner)

    def send(form: dict[str, list[str]]) -> Answer:
        return visitor_of(site, session).post(path, form)

    return at_once(send, forms)


def closed_in_a_thread() -> None:
    try:
        taking.close_expired()
    finally:
        connection.close()


def graded(wait_until: Callable[..., None]) -> Attempt:
    wait_until(lambda: Attempt.objects.get().state == State.GRADED, "the grade")
    return Attempt.objects.get()


@pytest.mark.parametrize("pages", [1, TIMES], ids=["one page", "fifty pages"])
def test_fifty_submissions_of_an_attempt_grade_it_once(
    pages: int, site: str, celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    """One page is a form sent again and again; of fifty pages half have other answers."""
    attempt = make_attempt(make_quiz(slugs=("true", "source")))
    page, forms = [str(uuid4())], [right(attempt), wrong(attempt)]
    sent = [forms[number % min(2, pages)] | {"page": page if pages == 1 else [str(uuid4())]} for number in range(TIMES)]
    answers = posted(site, attempt.learner, f"/quizzes/attempts/{attempt.pk}/submit/", sent)
    attempt = graded(wait_until)
    assert {answer.status for answer in answers} <= {200, TOO_MANY}
    assert 200 in {answer.status for answer in answers}
    assert (Grade.objects.count(), attempt.grading_tries) == (1, 1)
    assert Grade.objects.get().score in ((3,) if pages == 1 else (0, 3))
    chosen = {answer.revision.slug: answer.response for answer in attempt.answers.select_related("revision")}
    assert chosen in [{slug: RESPONSES[slug][which] for slug in chosen} for which in (0, 1)]


def test_a_submission_that_meets_the_clock_is_graded_once(
    site: str, celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    """Ten sweepers close the attempt while the learner's own form arrives."""
    attempt = make_attempt(make_quiz(slugs=("source",)))
    moment = timezone.now()
    Attempt.objects.update(started_at=moment, deadline_at=moment, rules={"time_limit": 0.0, "grace": 0.0})
    form = right(attempt) | {"page": [str(uuid4())]}
    visitor, path = visitor_of(site, session_of(attempt.learner)), f"/quizzes/attempts/{attempt.pk}/submit/"
    calls: list[Callable[[], Any]] = [lambda: visitor.post(path, form), *[closed_in_a_thread] * 10]
    at_once(lambda call: call(), calls)
    assert graded(wait_until).closed_by_clock
    assert (Grade.objects.count(), Attempt.objects.get().grading_tries) == (1, 1)


def test_fifty_starts_start_one_attempt(site: str) -> None:
    quiz, learner = make_quiz(slugs=("true",)), Learner.objects.create()
    answers = posted(site, learner, f"{quiz.get_absolute_url()}start/", [{} for _ in range(TIMES)])
    assert {answer.status for answer in answers} <= {200, TOO_MANY}
    assert Attempt.objects.get().answers.count() == 1


def test_of_two_windows_that_save_at_once_one_is_told_of_the_other(site: str) -> None:
    """Twenty saves of each window; the answer of one of them is stored, and the other one saw a conflict."""
    attempt = make_attempt(make_quiz(slugs=("source",)))
    addresses = {UUID(int=1): "10.0.0.1", UUID(int=2): "10.0.0.2"}
    forms = [
        {"page": [str(page)], "source": [address], "source.version": ["0"]}
        for page, address in addresses.items()
        for _ in range(20)
    ]
    answers = posted(site, attempt.learner, f"/quizzes/attempts/{attempt.pk}/answers/source/", forms)
    answer = attempt.answers.get()
    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert answer.response == {"text": addresses[answer.saved_from]}
    winners = [form["page"] for form, sent in zip(forms, answers, strict=True) if sent.status == 200]
    assert winners == [[str(answer.saved_from)]] * 20
    assert answer.version == 1


def test_answers_to_different_questions_saved_at_once_are_all_stored(site: str) -> None:
    attempt = make_attempt()
    session = session_of(attempt.learner)

    def save(slug: str) -> int:
        form = right(attempt, slug) | {"page": [str(UUID(int=1))]}
        return visitor_of(site, session).post(f"/quizzes/attempts/{attempt.pk}/answers/{slug}/", form).status

    assert set(at_once(save, list(RESPONSES))) == {200}
    stored = {answer.revision.slug: answer.response for answer in attempt.answers.select_related("revision")}
    assert stored == {slug: pair[0] for slug, pair in RESPONSES.items()}
