"""Guests are made on their first write and keep what they did when they log in or sign up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from lessons import learners
from lessons.models import Experiment, Learner, LessonProgress, Prediction
from lessons.signals import learner_merged
from tests.lessons.factories import make_experiment, make_user

pytestmark = pytest.mark.django_db


def request_of(user: User | AnonymousUser | None = None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user, request.session = user or AnonymousUser(), SessionStore()
    return request


def predict(learner: Learner, experiment: Experiment, text: str, number: int = 1) -> None:
    Prediction.objects.create(learner=learner, experiment=experiment, option_text=text, round=number)


def test_a_visitor_who_only_reads_leaves_no_trace() -> None:
    assert learners.current_learner(request_of()) is None
    assert not Learner.objects.exists()


def test_a_guest_is_remembered_by_the_session() -> None:
    request = request_of()
    guest = learners.require_learner(request)
    assert learners.current_learner(request) == learners.require_learner(request) == guest


def test_another_session_is_another_guest() -> None:
    assert learners.require_learner(request_of()) != learners.require_learner(request_of())


def test_a_user_is_one_learner_in_every_session() -> None:
    user = make_user()
    assert learners.require_learner(request_of(user)) == learners.require_learner(request_of(user))


def test_a_session_cannot_claim_a_users_learner() -> None:
    request = request_of()
    request.session[learners.SESSION_KEY] = Learner.objects.create(user=make_user()).pk
    assert learners.current_learner(request) is None


def test_a_guest_becomes_the_learner_of_a_user_who_has_none() -> None:
    request, user = request_of(), make_user()
    guest = learners.require_learner(request)
    learners.keep_guest_progress(request, user)
    assert learners.require_learner(request_of(user)) == guest


def test_predictions_of_guest_and_user_are_all_kept() -> None:
    experiment, user = make_experiment(), make_user()
    guest, target = Learner.objects.create(), Learner.objects.create(user=user)
    predict(target, experiment, "old")
    predict(guest, experiment, "new")
    predict(guest, experiment, "newer", 2)
    learners.adopt(guest, user)
    assert list(target.predictions.values_list("round", "option_text")) == [(1, "old"), (2, "new"), (3, "newer")]
    assert not Learner.objects.filter(pk=guest.pk).exists()


@pytest.mark.parametrize(
    ("of_guest", "of_user", "completed"),
    [(None, None, None), (5, None, 5), (None, 3, 3), (5, 3, 3)],
    ids=["neither", "the guest", "the user", "both: the earlier one"],
)
def test_progress_is_merged_to_the_further_one(
    of_guest: int | None, of_user: int | None, completed: int | None
) -> None:
    lesson, user = make_experiment().lesson, make_user()
    guest, target = Learner.objects.create(), Learner.objects.create(user=user)
    for learner, opened, done in ((guest, 2, of_guest), (target, 1, of_user)):
        LessonProgress.objects.create(learner=learner, lesson=lesson, opened_at=day(opened), completed_at=day(done))
    learners.adopt(guest, user)
    merged = LessonProgress.objects.get()
    assert (merged.learner, merged.opened_at, merged.completed_at) == (target, day(1), day(completed))


def day(number: int | None) -> datetime | None:
    return datetime(2026, 11, number, tzinfo=UTC) if number else None


def test_other_apps_hear_of_a_merge_while_both_learners_exist() -> None:
    heard = []

    def listen(source: Learner, target: Learner, **_: object) -> None:
        heard.append(Learner.objects.filter(pk__in=[source.pk, target.pk]).count())

    user = make_user()
    guest, _ = Learner.objects.create(), Learner.objects.create(user=user)
    learner_merged.connect(listen)
    try:
        learners.adopt(guest, user)
    finally:
        learner_merged.disconnect(listen)
    assert heard == [2]
