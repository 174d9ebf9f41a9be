"""What belongs to a person: taken along, deleted after a time to think again, and not kept for ever."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from classes.models import CourseClass, Enrolment, Invitation, Role
from lessons.learners import SESSION_KEY
from lessons.models import Bookmark, Learner
from quizzes.grading import grader
from quizzes.grading.manual_grades import give
from quizzes.me import deleting, exporting, retention
from quizzes.models import AccountDeletion, Attempt, Grade, Policy, PracticeAnswer, Quiz, ReviewCard
from tests.lessons.factories import make_user
from tests.quizzes.classroom import assign, enrol
from tests.quizzes.factories import make_attempt, make_policy, make_quiz, right, submit
from tests.quizzes.review.practice_questions import make_practice_quiz, practiced

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
PASSWORD = "a long pass phrase"
User = get_user_model()


@pytest.fixture
def user(db: None) -> Any:
    user = make_user()
    user.email = "ada@example.org"
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def learner(user: Any) -> Learner:
    return Learner.objects.create(user=user)


@pytest.fixture
def client(user: Any, learner: Learner) -> Client:
    client = Client()
    client.force_login(user)
    return client


def graded(learner: Learner, **policy: Any) -> Attempt:
    attempt = make_attempt(make_quiz(policy=make_policy(**policy)), learner)
    submit(attempt, right(attempt))
    grader.perform(attempt.pk)
    return attempt


def archive(person: Any, learner: Learner) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(exporting.export(person, learner, NOW, lambda done, total: None))) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


class TestExport:
    def test_has_every_kind_of_row(self, user: Any, learner: Learner) -> None:
        graded(learner)
        names = archive(user, learner)
        assert {"README.txt", "grades.csv", "auth.user.json", "quizzes.answer.json", "quizzes.mark.json"} <= set(names)

    def test_has_the_learner_s_own_answers(self, user: Any, learner: Learner) -> None:
        graded(learner)
        answers = json.loads(archive(user, learner)["quizzes.answer.json"])
        assert {"text": "10.244.1.2"} in [answer["response"] for answer in answers]

    def test_has_no_password(self, user: Any, learner: Learner) -> None:
        (account,) = json.loads(archive(user, learner)["auth.user.json"])
        assert account["email"] == "ada@example.org"
        assert "password" not in account

    def test_does_not_tell_which_variants_come_next(self, user: Any, learner: Learner) -> None:
        attempt = graded(learner)
        assert attempt.seed not in "".join(archive(user, learner).values())

    def test_has_nothing_of_others(self, user: Any, learner: Learner) -> None:
        graded(Learner.objects.create())
        assert "quizzes.attempt.json" not in archive(user, learner)

    def test_has_no_points_that_do_not_show_yet(self, user: Any, learner: Learner) -> None:
        graded(learner, feedback=Policy.Moment.NEVER)
        found = archive(user, learner)
        assert json.loads(found["quizzes.grade.json"]) == json.loads(found["quizzes.mark.json"]) == []
        assert found["grades.csv"].splitlines()[1].endswith(",,,,")

    def test_has_no_key_that_does_not_show_yet(self, user: Any, learner: Learner) -> None:
        graded(learner, key=Policy.Moment.NEVER)
        found = archive(user, learner)
        assert json.loads(found["quizzes.mark.json"])
        assert "They do." not in "".join(found.values())

    def test_lists_scores_as_they_count(self, user: Any, learner: Learner) -> None:
        graded(learner)
        header, row = archive(user, learner)["grades.csv"].splitlines()
        assert header == "class,quiz,attempt,started_at,submitted_at,score,of,percent,passed"
        assert row.endswith(",6.00,6.00,100.00,True")

    @pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@x"])
    def test_never_holds_a_formula(self, user: Any, learner: Learner, title: str) -> None:
        graded(learner)
        Quiz.objects.update(title=title)
        assert f",'{title}," in archive(user, learner)["grades.csv"]

    def test_is_there_for_guests(self, db: None) -> None:
        guest = Learner.objects.create()
        practiced(guest, make_practice_quiz().lesson)
        assert "quizzes.practiceanswer.json" in archive(guest, guest)


class TestDeleting:
    def ask(self, client: Client, password: str = PASSWORD) -> int:
        return client.post("/me/data/delete/", {"proof": password}).status_code

    def test_asks_for_the_password(self, client: Client) -> None:
        assert self.ask(client, "wrong") == 422
        assert not AccountDeletion.objects.exists()

    def test_asks_whoever_has_no_password_for_the_user_name(self, client: Client, user: Any) -> None:
        user.set_unusable_password()
        user.save()
        client.force_login(user)
        assert self.ask(client, "somebody") == 422
        assert self.ask(client, user.get_username()) == 302

    def test_logs_out_and_waits(self, client: Client, user: Any, settings: Any) -> None:
        self.ask(client)
        assert SESSION_KEY not in client.session
        assert "_auth_user_id" not in client.session
        deletion = AccountDeletion.objects.get(user=user)
        assert deletion.due_at - deletion.asked_at == settings.ACCOUNT_DELETION_GRACE_DAYS * DAY

    def test_is_taken_back_by_logging_in(self, client: Client, user: Any) -> None:
        self.ask(client)
        data = {"username": user.get_username(), "password": PASSWORD}
        page = client.post("/accounts/login/", data, follow=True).content.decode()
        assert "Your account stays" in page
        assert not AccountDeletion.objects.exists()

    def test_is_taken_back_where_somebody_is_still_logged_in(self, client: Client, user: Any) -> None:
        deleting.ask(user, NOW)
        assert "Keep my account" in client.get("/me/").content.decode()
        client.post("/me/data/keep/")
        assert not AccountDeletion.objects.exists()

    def test_happens_after_the_grace_and_not_before(self, user: Any) -> None:
        deleting.ask(user, NOW)
        assert deleting.delete_due(NOW + 13 * DAY) == 0
        assert deleting.delete_due(NOW + 14 * DAY) == 1
        assert not User.objects.filter(pk=user.pk).exists()

    @pytest.mark.services
    def test_leaves_nothing_about_the_person(self, user: Any, learner: Learner) -> None:
        attempt = make_attempt(make_practice_quiz(), learner)
        submit(attempt, right(attempt))
        grader.perform(attempt.pk)
        practiced(learner, attempt.quiz.lesson)
        Bookmark.objects.create(learner=learner, lesson=attempt.quiz.lesson, title="Here")
        enrolment = enrol(assign(attempt.quiz), learner)
        Invitation.objects.create(course_class=enrolment.course_class, email="Ada@Example.org", name="Ada")
        deleting.delete(user)
        kept = [Learner, Attempt, Grade, PracticeAnswer, ReviewCard, Bookmark, Enrolment, Invitation]
        assert [model.objects.count() for model in kept] == [0] * len(kept)

    def test_leaves_what_an_instructor_did_for_others(self, user: Any, learner: Learner) -> None:
        attempt = graded(Learner.objects.create())
        give(attempt, Decimal(5), "Well thought out.", user)
        deleting.delete(user)
        (manual,) = attempt.manual_grades.all()
        assert (manual.reason, manual.set_by) == ("Well thought out.", None)

    def test_waits_for_another_instructor(self, client: Client, user: Any, learner: Learner) -> None:
        assignment = assign(make_quiz())
        enrol(assignment, learner, role=Role.INSTRUCTOR)
        assert self.ask(client) == 422
        assert "You are the only instructor of “Autumn”" in client.get("/me/data/").content.decode()
        enrol(assignment, role=Role.INSTRUCTOR)
        assert self.ask(client) == 302

    def test_does_not_wait_for_a_class_that_has_ended(self, client: Client, learner: Learner) -> None:
        enrol(assign(make_quiz()), learner, role=Role.INSTRUCTOR)
        CourseClass.objects.update(archived_at=NOW)
        assert self.ask(client) == 302

    def test_keeps_one_administrator(self, user: Any) -> None:
        user.is_superuser = True
        user.save()
        User.objects.exclude(pk=user.pk).update(is_superuser=False)
        assert deleting.obstacles(user) == ["You are the only administrator of this site."]


class TestForgettingABrowser:
    def test_deletes_the_guest_at_once(self, db: None) -> None:
        client = Client()
        lesson = make_practice_quiz().lesson
        client.post(f"/quizzes/practice/lessons/{lesson.pk}/1/")
        assert Learner.objects.count() == 1
        client.post("/me/data/forget/")
        assert Learner.objects.count() == 0
        assert "Nothing is stored about you" in client.get("/me/data/").content.decode()

    def test_never_deletes_an_account(self, client: Client, learner: Learner) -> None:
        client.post("/me/data/forget/")
        assert Learner.objects.filter(pk=learner.pk).exists()


def made_ago(learner: Learner, days: int) -> Learner:
    Learner.objects.filter(pk=learner.pk).update(created_at=NOW - days * DAY)
    return learner


class TestRetention:
    @pytest.mark.parametrize(("days", "kept"), [(30, True), (100, False)])
    def test_guests_go_after_a_time(self, settings: Any, days: int, kept: bool) -> None:
        settings.RETENTION_GUEST_DAYS = 60
        guest = made_ago(Learner.objects.create(), days)
        retention.enforce(NOW)
        assert Learner.objects.filter(pk=guest.pk).exists() is kept

    def test_guests_who_were_here_lately_stay(self, settings: Any) -> None:
        settings.RETENTION_GUEST_DAYS = 60
        guest = made_ago(Learner.objects.create(), 100)
        practiced(guest, make_practice_quiz().lesson)
        assert retention.plan(NOW).guests == 0

    def test_what_is_only_due_does_not_keep_a_guest(self, settings: Any) -> None:
        settings.RETENTION_GUEST_DAYS = 60
        guest = made_ago(Learner.objects.create(), 100)
        practiced(guest, make_practice_quiz().lesson)
        old = NOW - 90 * DAY
        PracticeAnswer.objects.update(asked_at=old, answered_at=old, graded_at=old)
        assert retention.plan(NOW).guests == 1

    def test_guests_stay_without_a_limit(self, settings: Any) -> None:
        settings.RETENTION_GUEST_DAYS = None
        made_ago(Learner.objects.create(), 9999)
        assert retention.plan(NOW).guests == 0

    def unused(self, user: Any, settings: Any) -> None:
        settings.RETENTION_INACTIVE_DAYS = 60
        User.objects.filter(pk=user.pk).update(last_login=NOW - 100 * DAY, date_joined=NOW - 200 * DAY)

    def test_unused_accounts_are_announced_first(self, user: Any, settings: Any) -> None:
        self.unused(user, settings)
        retention.enforce(NOW)
        assert AccountDeletion.objects.get(user=user).due_at == NOW + settings.ACCOUNT_DELETION_GRACE_DAYS * DAY
        assert retention.plan(NOW).unused == 0

    @pytest.mark.parametrize(
        "changes", [{"is_staff": True}, {"is_superuser": True}, {"last_login": NOW}], ids=["staff", "superuser", "used"]
    )
    def test_used_accounts_and_staff_stay(self, user: Any, settings: Any, changes: dict[str, Any]) -> None:
        self.unused(user, settings)
        User.objects.filter(pk=user.pk).update(**changes)
        assert retention.plan(NOW).unused == 0

    @pytest.mark.parametrize("role", [Role.ASSISTANT, Role.INSTRUCTOR], ids=str)
    def test_whoever_runs_a_class_stays(self, user: Any, learner: Learner, settings: Any, role: Role) -> None:
        self.unused(user, settings)
        enrolment = enrol(assign(make_quiz()), learner, role=role)
        Enrolment.objects.filter(pk=enrolment.pk).update(joined_at=NOW - 100 * DAY)
        assert retention.plan(NOW).unused == 0

    def test_ended_sessions_go(self, db: None) -> None:
        Session.objects.create(session_key="old", session_data="", expire_date=NOW - DAY)
        Session.objects.create(session_key="new", session_data="", expire_date=NOW + DAY)
        retention.enforce(NOW)
        assert [session.session_key for session in Session.objects.all()] == ["new"]

    def test_the_dry_run_deletes_nothing(self, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
        settings.RETENTION_GUEST_DAYS = 60
        made_ago(Learner.objects.create(), 100)
        call_command("apply_retention", "--dry-run")
        assert "Would go: 1 guests" in capsys.readouterr().out
        assert Learner.objects.count() == 1
