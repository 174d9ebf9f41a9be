"""The copy of one's data: made by a worker, shown on its way, kept for some days, for its owner alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from lessons.learners import SESSION_KEY
from lessons.models import Learner
from quizzes import tasks
from quizzes.me import data_views, export_requests, exporting
from quizzes.models import DataExport
from tests.classes.factories import make_class
from tests.lessons.factories import make_user
from tests.quizzes.review.practice_questions import make_practice_quiz, practiced

pytestmark = pytest.mark.django_db
State = DataExport.State
NOW = timezone.now()
DAY = timedelta(days=1)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def no_worker_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_views, "GRADE_WAIT_SECONDS", 0)


def asked(learner: Learner) -> DataExport:
    return export_requests.request(learner, NOW)


def made(learner: Learner) -> DataExport:
    assert export_requests.perform(asked(learner).pk)
    return DataExport.objects.get(learner=learner)


def page(client: Client) -> str:
    return client.get("/me/data/").content.decode()


def fragment(client: Client) -> str:
    return client.get("/me/data/export/state/", **HTMX).content.decode()


def content(answer: Any) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())


class TestMaking:
    def test_keeps_a_zip_file_for_some_days(self, learner: Learner, settings: Any) -> None:
        row = made(learner)
        assert row.state == State.READY
        assert row.expires_at - row.finished_at == settings.DATA_EXPORT_DAYS * DAY
        assert row.size == len(bytes(row.archive))

    def test_says_how_far_it_is(self, learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
        row, seen = asked(learner), []
        monkeypatch.setattr(
            exporting, "grades_csv", lambda *_: seen.append(DataExport.objects.get().done) or ""
        )  # made second, after README.txt
        export_requests.perform(row.pk)
        assert seen == [1]
        assert DataExport.objects.get().total > 1

    def test_a_message_that_comes_twice_makes_it_once(self, learner: Learner) -> None:
        assert not export_requests.perform(made(learner).pk)

    def test_a_request_that_was_made_anew_is_not_answered_by_an_older_one(self, learner: Learner) -> None:
        row = asked(learner)

        def meanwhile(*_: Any) -> bytes:
            export_requests.request(learner, NOW + DAY)
            return b"old"

        with patch.object(export_requests, "export", meanwhile):
            assert not export_requests.perform(row.pk)
        assert DataExport.objects.get().state == State.WAITING

    def test_nothing_is_left_to_do_for_somebody_who_is_gone(self, learner: Learner) -> None:
        row = asked(learner)
        learner.delete()
        assert not export_requests.perform(row.pk)

    def test_asking_again_throws_the_earlier_copy_away(self, learner: Learner) -> None:
        made(learner)
        asked(learner)
        row = DataExport.objects.get()
        assert (row.state, row.archive, row.size, row.done) == (State.WAITING, None, 0, 0)

    def test_an_error_of_ours_fails_it_and_is_raised(self, learner: Learner) -> None:
        row = asked(learner)
        with patch.object(export_requests, "export", side_effect=RuntimeError), pytest.raises(RuntimeError):
            tasks.export_data(row.pk)
        assert DataExport.objects.get().state == State.FAILED

    def test_has_nothing_of_the_copy_before(self, learner: Learner) -> None:
        made(learner)
        row = made(learner)
        (own,) = [name for name in content_of(row) if "dataexport" in name]
        assert '"archive"' not in zipfile.ZipFile(io.BytesIO(bytes(row.archive))).read(own).decode()


def content_of(row: DataExport) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(bytes(row.archive))).namelist()


class TestSweeping:
    @pytest.mark.parametrize(
        ("seconds", "beat", "sent"),
        [(40, None, 0), (50, None, 1), (300, 40, 0), (300, 50, 1)],
        ids=["just asked", "never begun", "at work", "lost on the way"],
    )
    def test_sends_again_what_nobody_works_on(
        self, learner: Learner, seconds: int, beat: int | None, sent: int
    ) -> None:
        asked(learner)
        ago = {"asked_at": NOW - timedelta(seconds=seconds), "heartbeat_at": beat and NOW - timedelta(seconds=beat)}
        DataExport.objects.update(**ago)
        assert export_requests.sweep(NOW) == sent

    def test_gives_up_after_an_hour(self, learner: Learner) -> None:
        asked(learner)
        assert export_requests.sweep(NOW + timedelta(hours=2)) == 0
        assert DataExport.objects.get().state == State.FAILED

    @pytest.mark.parametrize(("days", "state"), [(6, State.READY), (8, State.EXPIRED)])
    def test_throws_away_what_was_kept_long_enough(self, learner: Learner, days: int, state: str) -> None:
        made(learner)
        export_requests.sweep(NOW + days * DAY)
        row = DataExport.objects.get()
        assert (row.state, row.archive is None) == (state, state == State.EXPIRED)

    def test_runs_by_the_clock(self, learner: Learner, settings: Any) -> None:
        assert export_requests.SWEEP_TASK in [each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()]

    def test_a_broker_that_is_down_loses_nothing(self, learner: Learner) -> None:
        with patch.object(current_app, "send_task", side_effect=OperationalError):
            assert not export_requests.send(asked(learner).pk)
        assert DataExport.objects.get().state == State.WAITING


class TestPage:
    def test_offers_it_to_who_never_asked(self, client: Client) -> None:
        assert "Prepare my data" in page(client)

    def test_asks_with_a_form_and_with_htmx(self, client: Client, learner: Learner) -> None:
        assert client.post("/me/data/export/").headers["Location"] == "/me/data/#export"
        answer = client.post("/me/data/export/", **HTMX).content.decode()
        assert 'id="export-card"' in answer
        assert "<html" not in answer
        assert DataExport.objects.get().learner == learner

    def test_looks_again_while_it_is_made_and_no_longer(self, client: Client, learner: Learner) -> None:
        row = asked(learner)
        assert 'hx-get="/me/data/export/state/"' in fragment(client)
        assert "Waiting for its turn" in fragment(client)
        DataExport.objects.update(done=3, total=12)
        assert 'value="25"' in fragment(client)
        assert "3 of 12 parts" in page(client)
        export_requests.perform(row.pk)
        assert "hx-get" not in fragment(client)
        assert f'href="/me/data/export/{row.pk}/"' in page(client)

    def test_looks_less_often_as_time_goes_by(self, client: Client, learner: Learner) -> None:
        export_requests.request(learner, timezone.now())
        assert "delay:500ms" in fragment(client)
        DataExport.objects.update(asked_at=timezone.now() - timedelta(seconds=10))
        assert "delay:2000ms" in fragment(client)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"state": State.FAILED}, "could not be made"),
            ({"state": State.EXPIRED}, "is deleted. You can have a new one"),
            ({"expires_at": NOW - DAY}, "is deleted. You can have a new one"),
        ],
        ids=["failed", "thrown away", "about to be thrown away"],
    )
    def test_says_what_became_of_it_and_offers_a_new_one(
        self, client: Client, learner: Learner, changes: dict[str, Any], words: str
    ) -> None:
        made(learner)
        DataExport.objects.update(**changes)
        found = page(client)
        assert words in found
        assert 'action="/me/data/export/"' in found
        assert "Download my data" not in found

    def test_without_htmx_the_state_is_on_the_page(self, client: Client) -> None:
        assert client.get("/me/data/export/state/").headers["Location"] == "/me/data/#export"

    def test_is_limited(self, client: Client) -> None:
        assert [client.post("/me/data/export/").status_code for _ in range(6)] == [302] * 5 + [429]


class TestDownload:
    def test_is_a_file_that_nothing_keeps_on_the_way(self, client: Client, learner: Learner) -> None:
        answer = client.get(f"/me/data/export/{made(learner).pk}/")
        assert answer["Content-Type"] == "application/zip"
        assert answer["Content-Disposition"].startswith('attachment; filename="hop-by-hop-')
        assert "no-store" in answer["Cache-Control"]
        assert {"README.txt", "grades.csv", "auth.user.json"} <= content(answer)

    @pytest.mark.parametrize("who", ["another user", "another guest", "nobody"])
    def test_is_refused_to_everybody_else(self, who: str, learner: Learner) -> None:
        row, client = made(learner), Client()
        if who == "another user":
            client.force_login(Learner.objects.create(user=make_user("eve")).user)
        elif who == "another guest":
            session = client.session
            session[SESSION_KEY] = Learner.objects.create().pk
            session.save()
        answer = client.get(f"/me/data/export/{row.pk}/")
        assert answer.headers["Location"] == "/me/data/"
        assert answer.content == b""

    @pytest.mark.parametrize(
        "changes",
        [{"state": State.WAITING}, {"state": State.FAILED}, {"expires_at": NOW - DAY}],
        ids=["not ready", "failed", "expired"],
    )
    def test_is_not_there_unless_it_is_kept(self, client: Client, learner: Learner, changes: dict[str, Any]) -> None:
        row = made(learner)
        DataExport.objects.update(**changes)
        assert client.get(f"/me/data/export/{row.pk}/").status_code == 302
        assert "no such file for you any more" in page(client)

    def test_is_there_for_guests(self, db: None) -> None:
        client, lesson = Client(), make_practice_quiz().lesson
        client.post(f"/quizzes/practice/lessons/{lesson.pk}/1/")
        guest = Learner.objects.get()
        practiced(guest, lesson)
        assert "quizzes.practiceanswer.json" in content(client.get(f"/me/data/export/{made(guest).pk}/"))


def test_nothing_of_it_can_be_done_while_viewing_as_a_learner() -> None:
    course_class, client = make_class(), Client()
    iris = User.objects.get()
    client.force_login(iris)
    row = made(Learner.objects.get(user=iris))
    client.post(reverse("view_as_learner", args=[course_class.pk]))
    for answer in (client.post("/me/data/export/"), client.get(f"/me/data/export/{row.pk}/")):
        assert answer.headers["Location"] == "/me/"
    assert DataExport.objects.get() == row


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_it_while_the_learner_waits(
    celery_worker_process: None, wait_until: Callable[..., None]
) -> None:
    learner, client = Learner.objects.create(user=make_user()), Client()
    client.force_login(learner.user)
    client.post("/me/data/export/")
    wait_until(lambda: DataExport.objects.get().state == State.READY, "the copy")
    assert "grades.csv" in content(client.get(f"/me/data/export/{DataExport.objects.get().pk}/"))
