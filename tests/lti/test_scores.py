"""A learner's best score arrives at the platform once, whatever is down meanwhile, and everybody sees how far it is."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from lti_tool.models import Key, LtiRegistration

from courseware.instructors import instructors_group
from lessons.models import Learner
from lti import scores
from lti.models import LineItemLink, ScoreDelivery
from quizzes.attempts import history
from quizzes.grading import grader
from quizzes.me.exporting import export
from quizzes.models import Attempt, Grade, Policy, Quiz
from tests.lessons.factories import make_user
from tests.lti.platform import AGS, LTI, ROLE, SCORE_SCOPE, Platform
from tests.quizzes.factories import make_attempt, make_quiz, right, submit, wrong

pytestmark = pytest.mark.django_db
Follow = Callable[..., HttpResponse]
State = ScoreDelivery.State


@pytest.fixture
def quiz() -> Quiz:
    """One question, of one point."""
    return make_quiz(slugs=("source",))


@pytest.fixture
def learner(launch: Follow, quiz: Quiz) -> Learner:
    """Came by a link that takes scores."""
    launch(f"http://testserver{quiz.get_absolute_url()}")
    return Learner.objects.get(user__isnull=False)


def take(quiz: Quiz, learner: Learner, answers: Callable[[Attempt], Any] = right) -> Attempt:
    """An attempt, submitted and graded."""
    attempt = make_attempt(quiz, learner)
    submit(attempt, answers(attempt))
    assert grader.perform(attempt.pk)
    return attempt


def delivery() -> ScoreDelivery:
    return ScoreDelivery.objects.get()


def deliver() -> bool:
    return scores.perform(delivery().pk)


def let_time_pass(time: timedelta = timedelta(days=1)) -> None:
    ScoreDelivery.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now() - time)


class TestArriving:
    def test_a_grade_arrives_as_the_platform_asks_for_it(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        take(quiz, learner)
        assert deliver()
        [score] = platform.scores
        assert score.pop("timestamp") == delivery().decided_at.isoformat(timespec="milliseconds")
        assert score == {
            "userId": "user-42",
            "scoreGiven": 1.0,
            "scoreMaximum": 1.0,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
        }

    def test_it_arrives_once(self, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        assert [deliver(), deliver()] == [True, False]
        assert scores.sweep() == 0
        assert len(platform.scores) == 1

    def test_a_worker_is_told_when_the_grade_is_stored(
        self, quiz: Quiz, learner: Learner, django_capture_on_commit_callbacks: Any
    ) -> None:
        with patch.object(scores, "send") as send, django_capture_on_commit_callbacks(execute=True):
            take(quiz, learner)
        send.assert_called_once_with(delivery().pk)

    def test_nothing_is_noted_when_the_grade_is_not_stored(self, quiz: Quiz, learner: Learner) -> None:
        attempt = make_attempt(quiz, learner)
        submit(attempt, right(attempt))
        with patch.object(scores, "schedule", side_effect=RuntimeError), pytest.raises(RuntimeError):
            grader.perform(attempt.pk)
        assert not Grade.objects.exists()
        assert delivery().state == State.NO_SCORE

    def test_only_the_best_attempt_is_sent(self, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        for answers in (wrong, right, wrong):
            take(quiz, learner, answers)
            deliver()
        assert [score["scoreGiven"] for score in platform.scores] == [0.0, 1.0]

    def test_what_was_scored_before_the_link_was_used_is_sent_too(
        self, platform: Platform, launch: Follow, quiz: Quiz
    ) -> None:
        launch()
        take(quiz, Learner.objects.get(user__isnull=False))
        assert not ScoreDelivery.objects.exists()
        launch(f"http://testserver{quiz.get_absolute_url()}")
        assert deliver()
        assert len(platform.scores) == 1

    def test_two_links_to_a_quiz_get_a_score_each(self, launch: Follow, quiz: Quiz, learner: Learner) -> None:
        launch(f"http://testserver{quiz.get_absolute_url()}", **{LTI + "resource_link": {"id": "link-2"}})
        take(quiz, learner)
        assert ScoreDelivery.objects.filter(state=State.PENDING).count() == 2

    def test_a_link_that_gets_another_line_item_is_sent_everything_again(
        self, launch: Follow, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        take(quiz, learner)
        deliver()
        other = f"{platform.url}/lineitems/8"
        launch(
            f"http://testserver{quiz.get_absolute_url()}",
            sub="user-43",
            **{AGS: {"scope": [SCORE_SCOPE], "lineitem": other}},
        )
        assert LineItemLink.objects.get().line_item_url == other
        assert ScoreDelivery.objects.get(lti_user__sub="user-42").state == State.PENDING

    @pytest.mark.parametrize(
        "claims",
        [
            {AGS: None},
            {AGS: {"scope": [SCORE_SCOPE]}},
            {AGS: {"scope": [], "lineitem": "https://lms.example/1"}},
            {LTI + "roles": [ROLE + "Instructor"]},
        ],
        ids=["no service", "no line item", "no right to score", "an instructor"],
    )
    def test_a_link_that_takes_no_score_gets_none(self, launch: Follow, quiz: Quiz, claims: dict[str, Any]) -> None:
        launch(f"http://testserver{quiz.get_absolute_url()}", **claims)
        take(quiz, Learner.objects.get(user__isnull=False))
        assert not ScoreDelivery.objects.exists()

    def test_a_learner_without_platform_sends_nothing(self, quiz: Quiz, learner: Learner) -> None:
        take(quiz, Learner.objects.create(user=make_user("ben")))
        take(quiz, Learner.objects.create())
        assert delivery().state == State.NO_SCORE


class TestTrouble:
    def test_a_platform_that_is_down_gets_the_score_later(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        platform.down = 503
        take(quiz, learner)
        assert not deliver()
        assert (delivery().state, delivery().last_error) == (
            State.PENDING,
            "The platform refused the score: HTTP 503: maintenance",
        )
        platform.down = 0
        assert not deliver()
        let_time_pass()
        assert scores.sweep() == 1
        assert deliver()
        assert (len(platform.scores), delivery().last_error, delivery().tries) == (1, "", 2)

    def test_a_platform_that_cannot_be_reached_is_asked_again(self, quiz: Quiz, learner: Learner) -> None:
        LtiRegistration.objects.update(token_url="http://127.0.0.1:9/token")
        take(quiz, learner)
        deliver()
        assert (delivery().state, "did not answer" in delivery().last_error) == (State.PENDING, True)

    def test_tries_are_further_and_further_apart(self) -> None:
        delays = [scores.delay_after(tries).total_seconds() / 60 for tries in range(1, scores.MAX_TRIES)]
        assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]

    def test_the_next_try_waits(self, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        platform.down = 500
        take(quiz, learner)
        deliver()
        assert timedelta(seconds=50) < delivery().next_try_at - timezone.now() <= timedelta(minutes=1)

    def test_trying_ends(self, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        platform.down = 500
        take(quiz, learner)
        ScoreDelivery.objects.update(tries=scores.MAX_TRIES - 1)
        deliver()
        assert delivery().state == State.FAILED

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_what_will_not_get_better_is_not_tried_again(
        self, platform: Platform, quiz: Quiz, learner: Learner, status: int
    ) -> None:
        platform.down = status
        take(quiz, learner)
        deliver()
        assert (delivery().state, delivery().tries) == (State.FAILED, 1)

    def test_a_score_that_the_platform_set_itself_is_kept(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        by_hand = {"userId": "user-42", "timestamp": (timezone.now() + timedelta(hours=1)).isoformat()}
        platform.scores.append(by_hand)
        take(quiz, learner)
        deliver()
        assert (delivery().state, platform.scores) == (State.KEPT, [by_hand])

    def test_a_worker_that_is_lost_leaves_the_score_to_the_next_one(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        take(quiz, learner)
        assert scores.claim(delivery().pk) is not None
        assert not deliver()
        let_time_pass()
        assert deliver()

    def test_two_workers_at_once_claim_it_once(self, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        pk, claims = delivery().pk, []

        def another_worker_is_faster(size: int) -> str:
            if not claims:
                claims.append("begun")
                claims.append(scores.claim(pk))
            return str(len(claims)) * size

        with patch.object(scores.secrets, "token_hex", another_worker_is_faster):
            assert scores.claim(pk) is None
        assert (claims[1] is not None, delivery().tries) == (True, 1)

    def test_sending_that_kills_its_workers_ends(self, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        ScoreDelivery.objects.update(tries=scores.MAX_TRIES)
        assert scores.sweep() == 0
        assert delivery().state == State.FAILED

    def test_a_score_that_changes_while_it_is_sent_is_sent_again(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        take(quiz, learner, wrong)
        row = scores.claim(delivery().pk)
        take(quiz, learner, right)
        assert row is not None
        assert not scores.settle(row, State.SENT, "")
        assert deliver()
        assert platform.scores[-1]["scoreGiven"] == 1.0

    def test_one_that_fails_does_not_hold_up_the_others(
        self, platform: Platform, launch: Follow, quiz: Quiz, learner: Learner
    ) -> None:
        elsewhere = {"scope": [SCORE_SCOPE], "lineitem": "http://127.0.0.1:9/lineitems/1"}
        place = {LTI + "resource_link": {"id": "link-0"}, AGS: elsewhere}
        launch(f"http://testserver{quiz.get_absolute_url()}", **place)
        take(quiz, learner)
        told: list[int] = []
        with patch.object(scores, "send", side_effect=lambda pk: told.append(pk) or True):
            assert scores.sweep() == 2
        assert sorted(scores.perform(pk) for pk in told) == [False, True]

    def test_a_broker_that_is_down_loses_nothing(
        self, platform: Platform, quiz: Quiz, learner: Learner, django_capture_on_commit_callbacks: Any
    ) -> None:
        attempt = make_attempt(quiz, learner)
        submit(attempt, right(attempt))
        broken = patch.object(current_app, "send_task", side_effect=OperationalError)
        with broken, django_capture_on_commit_callbacks(execute=True):
            assert grader.perform(attempt.pk)
        with broken:
            assert scores.sweep() == 0
        assert scores.sweep() == 1
        assert deliver()

    @pytest.mark.parametrize("keys", ["none", "of another secret"])
    def test_a_key_that_is_missing_is_named(self, quiz: Quiz, learner: Learner, keys: str, settings: Any) -> None:
        take(quiz, learner)
        if keys == "none":
            Key.objects.all().delete()
        else:
            settings.SECRET_KEY = "another"
        deliver()
        assert "manage.py rotate_keys" in delivery().last_error


class TestPointsThatDoNotShowYet:
    """A platform's gradebook would tell what the quiz's rules hide."""

    @pytest.fixture
    def held_back(self, quiz: Quiz, learner: Learner) -> ScoreDelivery:
        quiz.policy = Policy.objects.create(name="exam", feedback=Policy.Moment.CLOSED)
        quiz.save()
        take(quiz, learner)
        return delivery()

    def test_they_are_held_back(self, held_back: ScoreDelivery, client: Client, quiz: Quiz) -> None:
        assert (held_back.state, held_back.score) == (State.WITHHELD, None)
        assert not deliver()
        page = client.get(quiz.get_absolute_url()).content.decode()
        assert "will be sent to Networks 101 once its points show here" in page
        assert "Send again" not in page

    def test_they_are_sent_once_they_show(self, held_back: ScoreDelivery, platform: Platform, quiz: Quiz) -> None:
        let_time_pass()
        scores.sweep()
        assert delivery().state == State.WITHHELD
        Policy.objects.update(feedback=Policy.Moment.GRADED)
        scores.sweep()
        assert delivery().state == State.WITHHELD
        let_time_pass()
        scores.sweep()
        assert deliver()
        assert len(platform.scores) == 1

    def test_a_learner_cannot_send_them(self, held_back: ScoreDelivery, client: Client) -> None:
        client.post(f"/lti/scores/{held_back.pk}/resend/")
        assert delivery().state == State.WITHHELD

    def test_an_instructor_can_and_the_learner_still_reads_no_points(
        self, held_back: ScoreDelivery, platform: Platform, client: Client, quiz: Quiz
    ) -> None:
        assert scores.resend(held_back.pk, release=True)
        assert deliver()
        page = client.get(quiz.get_absolute_url()).content.decode()
        assert "Sent to Networks 101, " in page
        assert "1 of 1" not in page


class TestSeeing:
    @pytest.fixture
    def quiz_page(self, client: Client, quiz: Quiz) -> Callable[[], str]:
        return lambda: client.get(quiz.get_absolute_url()).content.decode()

    def test_the_quiz_says_where_its_score_will_go(self, quiz_page: Callable[[], str], learner: Learner) -> None:
        assert "Your best score will be sent to Networks 101." in quiz_page()

    def test_a_score_on_its_way_is_watched(self, client: Client, quiz: Quiz, learner: Learner) -> None:
        attempt = take(quiz, learner)
        page = client.get(f"/quizzes/attempts/{attempt.pk}/result/").content.decode()
        assert f'hx-get="/lti/scores/{delivery().pk}/?n=1"' in page
        deliver()
        status = client.get(f"/lti/scores/{delivery().pk}/?n=1").content.decode()
        assert "Sent to Networks 101: 1 of 1 points" in status
        assert "hx-get" not in status

    def test_watching_ends(self, client: Client, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        assert "hx-get" in client.get(f"/lti/scores/{delivery().pk}/?n=7").content.decode()
        assert "hx-get" not in client.get(f"/lti/scores/{delivery().pk}/?n=8").content.decode()

    @pytest.mark.parametrize(
        ("status", "told"),
        [(503, "could not take your score yet"), (404, "did not take your score"), (409, "has kept")],
    )
    def test_trouble_is_told_with_a_button_to_send_again(
        self, quiz_page: Callable[[], str], platform: Platform, quiz: Quiz, learner: Learner, status: int, told: str
    ) -> None:
        platform.down = status
        take(quiz, learner)
        deliver()
        assert told in quiz_page()
        assert "Send again" in quiz_page()

    def test_the_learner_sends_it_again(self, client: Client, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        platform.down = 404
        take(quiz, learner)
        deliver()
        platform.down = 0
        response = client.post(f"/lti/scores/{delivery().pk}/resend/", follow=True)
        assert "Your score is being sent again." in response.content.decode()
        assert deliver()
        assert len(platform.scores) == 1

    def test_what_is_about_to_be_sent_is_not_sent_twice(self, client: Client, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        response = client.post(f"/lti/scores/{delivery().pk}/resend/", follow=True)
        assert "on its way already" in response.content.decode()

    def test_a_score_sent_again_is_newer_for_the_platform(
        self, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        take(quiz, learner)
        deliver()
        assert scores.resend(delivery().pk)
        assert deliver()
        assert platform.scores[0]["timestamp"] < platform.scores[1]["timestamp"]

    @pytest.mark.parametrize("who", ["a guest", "another learner", "an instructor"])
    @pytest.mark.parametrize("path", ["", "resend/"])
    def test_nobody_else_sees_it_or_sends_it(self, quiz: Quiz, learner: Learner, who: str, path: str) -> None:
        other = Client()
        if who != "a guest":
            other.force_login(make_user("ben", is_staff=who == "an instructor"))
        address = f"/lti/scores/{delivery().pk}/{path}"
        assert (other.post(address) if path else other.get(address)).status_code == 404


class TestForInstructors:
    @pytest.fixture
    def instructor(self) -> Client:
        user = make_user("ben", is_staff=True)
        user.groups.add(instructors_group())
        client = Client()
        client.force_login(user)
        return client

    def test_the_list_shows_what_went_wrong(
        self, instructor: Client, platform: Platform, quiz: Quiz, learner: Learner
    ) -> None:
        platform.down = 404
        take(quiz, learner)
        deliver()
        page = instructor.get("/admin/lti/scoredelivery/").content.decode()
        assert "Ana Lima" in page
        assert "HTTP 404: maintenance" in page

    def test_they_send_again(self, instructor: Client, platform: Platform, quiz: Quiz, learner: Learner) -> None:
        platform.down = 404
        take(quiz, learner)
        deliver()
        data = {"action": "send_again", "_selected_action": [delivery().pk]}
        response = instructor.post("/admin/lti/scoredelivery/", data, follow=True)
        assert "1 of 1 are sent again" in response.content.decode()
        assert delivery().state == State.PENDING

    def test_they_register_no_platforms(self, instructor: Client) -> None:
        assert instructor.get("/admin/lti_tool/ltiregistration/").status_code == 403


def test_the_score_is_of_the_best_attempt_by_percent(quiz: Quiz, learner: Learner) -> None:
    take(quiz, learner)
    row = delivery()
    best = history.best_of(quiz, learner)
    assert best is not None
    assert (row.grade, row.score, row.max_score) == (best.grade, Decimal(1), Decimal(1))


def test_an_account_that_is_deleted_takes_its_deliveries_along(learner: Learner) -> None:
    User.objects.get(pk=learner.user_id).delete()
    assert not ScoreDelivery.objects.exists()


class TestInTheExport:
    """What a learner takes along (quizzes.me)."""

    def rows(self, learner: Learner, name: str) -> list[dict[str, Any]]:
        copy = export(User.objects.get(pk=learner.user_id), learner, timezone.now(), lambda done, total: None)
        with zipfile.ZipFile(io.BytesIO(copy)) as archive:
            found: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
            return found

    def test_has_who_they_are_there_and_the_scores_that_are_sent(self, quiz: Quiz, learner: Learner) -> None:
        take(quiz, learner)
        assert [row["sub"] for row in self.rows(learner, "lti_tool.ltiuser")] == ["user-42"]
        assert [row["score"] for row in self.rows(learner, "lti.scoredelivery")] == ["1.00"]

    def test_has_the_launches_without_what_signs_them(self, learner: Learner) -> None:
        (row,) = self.rows(learner, "lti.launch")
        assert row["used_at"]
        assert "nonce" not in row

    def test_has_no_score_that_does_not_show_yet(self, quiz: Quiz, learner: Learner) -> None:
        quiz.policy = Policy.objects.create(name="exam", feedback=Policy.Moment.NEVER)
        quiz.save()
        take(quiz, learner)
        assert scores.resend(delivery().pk, release=True)  # an instructor let the platform have it
        assert delivery().score == 1
        assert self.rows(learner, "lti.scoredelivery") == []
