"""One grade for each submitted attempt, whatever is told twice, killed or down. The engine is the real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from celery.signals import before_task_publish
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

import netsim
from quizzes.grading import append_only, grader
from quizzes.models import Attempt, Grade, ManualGrade, Mark
from tests.lessons.factories import make_instructor
from tests.quizzes.factories import MAX_SCORE, make_attempt, right, submit, wrong

pytestmark = pytest.mark.django_db(transaction=True)
State = Attempt.State


@pytest.fixture
def sent() -> Iterator[list[int]]:
    """The attempts that workers are told about. No worker runs in these tests."""
    attempts: list[int] = []

    def remember(body: Any, **_: Any) -> None:
        attempts.append(body[0][0])

    before_task_publish.connect(remember)
    yield attempts
    before_task_publish.disconnect(remember)


def submitted(form: str = "right") -> Attempt:
    attempt = make_attempt()
    submit(attempt, right(attempt) if form == "right" else wrong(attempt))
    attempt.refresh_from_db()
    return attempt


def after(attempt: Attempt, **values: Any) -> Attempt:
    Attempt.objects.filter(pk=attempt.pk).update(**values)
    attempt.refresh_from_db()
    return attempt


def test_all_right_answers_earn_all_points() -> None:
    attempt = submitted()
    assert grader.perform(attempt.pk)
    grade = Grade.objects.get()
    assert (grade.raw_score, grade.score, grade.max_score) == (MAX_SCORE, MAX_SCORE, MAX_SCORE)
    assert grade.engine_version == netsim.ENGINE_VERSION
    assert after(attempt).state == State.GRADED


def test_all_wrong_answers_earn_nothing() -> None:
    attempt = submitted("wrong")
    grader.perform(attempt.pk)
    assert Grade.objects.get().score == 0


def test_no_answers_earn_nothing() -> None:
    attempt = make_attempt()
    submit(attempt, {})
    grader.perform(attempt.pk)
    assert {mark.verdict for mark in Grade.objects.get().marks.all()} == {"not answered"}


def test_an_attempt_in_progress_is_not_graded() -> None:
    assert not grader.perform(make_attempt().pk)
    assert not Grade.objects.exists()


def test_grading_twice_grades_once() -> None:
    attempt = submitted()
    assert [grader.perform(attempt.pk), grader.perform(attempt.pk)] == [True, False]
    assert Grade.objects.count() == 1


def test_only_the_newest_claim_may_store() -> None:
    attempt = submitted()
    old, new = grader.claim(attempt.pk), grader.claim(attempt.pk)
    scores = grader.grade(grader.answered_questions(attempt))
    assert [grader.store(attempt.pk, str(old), scores), grader.store(attempt.pk, str(new), scores)] == [False, True]
    assert Grade.objects.count() == 1


def test_the_database_refuses_a_second_grade_of_a_run() -> None:
    attempt = submitted()
    grader.perform(attempt.pk)
    first = Grade.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grade.objects.create(
            attempt=attempt, run=first.run, raw_score=0, score=0, max_score=0, engine_version=first.engine_version
        )


def test_a_grade_is_never_changed() -> None:
    grader.perform(submitted().pk)
    grade = Grade.objects.get()
    grade.score = Decimal(0)
    with pytest.raises(ValidationError, match="never changed"):
        grade.save()


@pytest.mark.services
@pytest.mark.parametrize("model", append_only.MODELS)
def test_the_database_refuses_to_change_what_was_found(model: type[Any]) -> None:
    row = rows_of_a_graded_attempt()[model]
    for field in [field for field in model._meta.concrete_fields if not field.primary_key]:
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(**{field.name: 7 if field.is_relation else F(field.name)})
    row.refresh_from_db()


def rows_of_a_graded_attempt() -> dict[type[Any], Any]:
    attempt, user = submitted(), make_instructor()
    grader.perform(attempt.pk)
    manual = ManualGrade.objects.create(attempt=attempt, score=1, reason="Fair.", set_by=user)
    return {Grade: attempt.grades.get(), Mark: Mark.objects.first(), ManualGrade: manual}


@pytest.mark.services
def test_who_gave_a_manual_grade_may_delete_their_account() -> None:
    manual = rows_of_a_graded_attempt()[ManualGrade]
    manual.set_by.delete()
    manual.refresh_from_db()
    assert (manual.set_by, manual.score) == (None, 1)


@pytest.mark.services
def test_a_learner_s_grades_go_with_the_learner() -> None:
    rows_of_a_graded_attempt()[Grade].attempt.learner.delete()
    assert not any(model.objects.exists() for model in append_only.MODELS)


@pytest.mark.services
def test_migrations_may_change_grades_and_leave_them_protected() -> None:
    grade = rows_of_a_graded_attempt()[Grade]
    append_only.release(None, using="default")
    Grade.objects.filter(pk=grade.pk).update(reason="Migrated.")
    for _ in range(2):
        append_only.protect(None, using="default")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Grade.objects.update(reason="Changed.")


def test_a_worker_is_told_on_commit_and_not_before(sent: list[int]) -> None:
    attempt = make_attempt()
    with transaction.atomic():
        submit(attempt, right(attempt))
        assert sent == []
    assert sent == [attempt.pk]


def test_submitting_twice_tells_a_worker_once(sent: list[int]) -> None:
    attempt = make_attempt()
    form = right(attempt)
    submit(attempt, form)
    submit(attempt, form)
    assert sent == [attempt.pk]


def test_without_a_broker_the_attempt_is_kept_and_sent_by_the_sweeper(
    sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(current_app, "send_task", refuse)
        attempt = submitted()
    assert (attempt.state, attempt.enqueued_at, sent) == (State.SUBMITTED, None, [])
    after(attempt, submitted_at=timezone.now() - timedelta(seconds=3))
    assert grader.sweep() == 1
    assert sent == [attempt.pk]


LOST = grader.LOST_AFTER + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ago", "again"),
    [
        pytest.param({"enqueued_at": timedelta(0)}, False, id="just sent"),
        pytest.param({"enqueued_at": timedelta(seconds=31)}, True, id="lost on its way"),
        pytest.param({"enqueued_at": LOST, "claimed_at": timedelta(0)}, False, id="being graded"),
        pytest.param({"enqueued_at": timedelta(0), "claimed_at": LOST}, False, id="sent again already"),
        pytest.param({"enqueued_at": LOST, "claimed_at": LOST}, True, id="its worker is dead"),
    ],
)
def test_the_sweeper_sends_again_what_got_lost(ago: dict[str, timedelta], again: bool, sent: list[int]) -> None:
    attempt = after(submitted(), **{name: timezone.now() - delta for name, delta in ago.items()})
    sent.clear()
    assert grader.sweep() == int(again)
    assert sent == [attempt.pk] * again


def test_the_sweeper_does_not_send_again_what_it_just_sent(sent: list[int]) -> None:
    after(submitted(), claimed_at=timezone.now() - LOST, enqueued_at=timezone.now() - LOST)
    assert [grader.sweep(), grader.sweep()] == [1, 0]


def test_what_keeps_killing_its_workers_is_given_up_and_can_be_retried(sent: list[int]) -> None:
    attempt = after(submitted(), grading_tries=grader.MAX_TRIES, claimed_at=timezone.now() - LOST)
    sent.clear()
    assert (grader.sweep(), after(attempt).state) == (0, State.FAILED)
    assert "never ended" in attempt.failure
    assert grader.retry(attempt.pk)
    assert sent == [attempt.pk]
    assert grader.perform(attempt.pk)


def test_a_graded_attempt_is_not_graded_again_by_a_retry(sent: list[int]) -> None:
    attempt = submitted()
    grader.perform(attempt.pk)
    sent.clear()
    assert not grader.retry(attempt.pk)
    assert sent == []


def test_a_question_that_does_not_hold_fails_the_attempt_and_is_named() -> None:
    attempt = make_attempt()
    revision = attempt.answers.get(revision__slug="sees").revision
    revision.spec["options"][0]["when"] = {"client_sees": "connected"}
    revision.save()
    submit(attempt, {})
    assert not grader.perform(attempt.pk)
    assert after(attempt).state == State.FAILED
    assert attempt.failure.startswith("sees: options: exactly one has to be right")


def stopped_by_an_error(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    with monkeypatch.context() as patch:
        patch.setattr(grader, "grade", lambda answers: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            grader.perform(attempt.pk)
    return after(attempt)


def test_an_error_of_our_own_is_noted_and_tried_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, sent: list[int]
) -> None:
    attempt = stopped_by_an_error(submitted(), monkeypatch)
    sent.clear()
    assert (attempt.state, grader.sweep()) == (State.SUBMITTED, 0)
    assert attempt.failure == "Grading stopped with ZeroDivisionError, which is logged."
    assert attempt.retry_at is not None
    assert timezone.now() < attempt.retry_at < timezone.now() + grader.BACK_OFF[0]
    past = timezone.now() - timedelta(seconds=1)
    after(attempt, retry_at=past, enqueued_at=past - timedelta(seconds=10))
    assert [grader.sweep(), grader.sweep()] == [1, 0]
    assert sent == [attempt.pk]
    assert grader.perform(attempt.pk)
    assert (after(attempt).state, attempt.failure) == (State.GRADED, "")


def test_each_error_waits_longer_and_the_third_fails_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, waits = submitted(), []
    for _ in range(2):
        stopped_by_an_error(attempt, monkeypatch)
        assert attempt.retry_at is not None
        waits.append(round((attempt.retry_at - timezone.now()).total_seconds(), -1))
    assert waits == [10, 60]
    assert stopped_by_an_error(attempt, monkeypatch).state == State.FAILED
    grader.retry(attempt.pk)
    assert grader.perform(attempt.pk)
