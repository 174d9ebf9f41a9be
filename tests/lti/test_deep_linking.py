"""An instructor selects lessons and quizzes at the platform, and gets links that open them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from lessons.models import Status
from lti import deep_linking
from lti.models import Launch
from quizzes.models import Quiz
from tests.lessons.factories import make_lesson
from tests.lti.conftest import message_of
from tests.lti.platform import DEEP_LINKING, LTI, Platform, fields, login_parameters
from tests.quizzes.factories import MAX_SCORE, make_quiz

pytestmark = pytest.mark.django_db
Follow = Callable[..., HttpResponse]
SELECT = "http://testserver/lti/select/"


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(title="Rules of Services")


@pytest.fixture
def place(platform: Platform, quiz: Quiz) -> Callable[..., str]:
    """Opens the page in a frame of a browser that keeps no cookies; returns its address."""

    def open_page(**settings: Any) -> str:
        platform.select_content(**settings)
        form = message_of(Client(), platform, target=SELECT)
        response = Client().post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "iframe"})
        assert response.status_code == 302, response.content.decode()
        return response.headers["Location"]

    return open_page


def choose(platform: Platform, place: str, *items: str) -> HttpResponse:
    """Selects, and follows the page that goes back to the platform."""
    client = Client(enforce_csrf_checks=True)
    response = client.post(place, {"item": items})
    if response.status_code == 200:
        page = response.content.decode()
        assert f'action="{platform.url}/deep-link?id=3"' in page
        requests.post(f"{platform.url}/deep-link?id=3", fields(page), timeout=5)
    return response


def test_the_round_trip_brings_links_with_a_line_item_for_the_quiz(
    platform: Platform, place: Callable[..., str], quiz: Quiz
) -> None:
    lesson = quiz.lesson
    choose(platform, place(), f"quiz-{quiz.pk}", f"lesson-{lesson.pk}")
    as_lesson, as_quiz = platform.items
    assert (as_lesson["type"], as_lesson["title"], as_lesson["url"]) == (
        "ltiResourceLink",
        "Services",
        f"http://testserver{lesson.get_absolute_url()}",
    )
    assert as_quiz["url"] == f"http://testserver{quiz.get_absolute_url()}"
    assert as_quiz["lineItem"] == {
        "scoreMaximum": MAX_SCORE,
        "label": "Rules of Services",
        "resourceId": f"quiz-{quiz.pk}",
    }
    assert "lineItem" not in as_lesson
    assert {item["window"]["targetName"] for item in platform.items} == {"_blank"}


def test_the_answer_brings_back_what_the_platform_needs(
    platform: Platform, place: Callable[..., str], quiz: Quiz
) -> None:
    choose(platform, place(), f"quiz-{quiz.pk}")
    [answer] = platform.answered
    assert answer["https://purl.imsglobal.org/spec/lti-dl/claim/data"] == "csrf-of-the-platform"
    assert answer[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert answer[LTI + "deployment_id"] == "deployment-1"


def test_data_that_was_not_sent_is_not_brought_back(platform: Platform, place: Callable[..., str], quiz: Quiz) -> None:
    choose(platform, place(data=None), f"quiz-{quiz.pk}")
    assert "https://purl.imsglobal.org/spec/lti-dl/claim/data" not in platform.answered[0]


def test_a_link_that_was_selected_opens_its_quiz(
    platform: Platform, place: Callable[..., str], launch: Follow, quiz: Quiz
) -> None:
    choose(platform, place(), f"quiz-{quiz.pk}")
    platform.claims.clear()
    assert launch(platform.items[0]["url"]).headers["Location"] == quiz.get_absolute_url()


def test_the_page_lists_what_is_published(place: Callable[..., str], quiz: Quiz) -> None:
    make_lesson(course=quiz.lesson.course, slug="draft", title="In the making", status=Status.DRAFT)
    page = Client().get(place()).content.decode()
    assert "Rules of Services" in page
    assert f"Quiz, {MAX_SCORE} points" in page
    assert "In the making" not in page


def test_a_quiz_without_points_is_not_offered(place: Callable[..., str], quiz: Quiz) -> None:
    quiz.questions.all().delete()
    assert f"quiz-{quiz.pk}" not in Client().get(place()).content.decode()


def test_a_search_keeps_what_was_selected(place: Callable[..., str], quiz: Quiz) -> None:
    other = make_lesson(course=quiz.lesson.course, slug="dns", title="Names")
    page = Client().get(place(), {"q": "names", "item": f"quiz-{quiz.pk}"}).content.decode()
    assert f'<input type="hidden" name="item" value="quiz-{quiz.pk}">' in page
    assert f'value="lesson-{other.pk}"' in page
    assert "1 more is selected" in page


def test_a_search_without_result_says_so(place: Callable[..., str]) -> None:
    assert "Nothing has “bicycles” in its title" in Client().get(place(), {"q": "bicycles"}).content.decode()


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ((), "Select a lesson or a quiz first."),
        (("quiz-0",), "no longer published"),
        (("lesson-1", "quiz-1"), "one link at a time"),
    ],
    ids=["nothing", "gone", "two"],
)
def test_what_cannot_be_sent_is_told_and_nothing_is_sent(
    platform: Platform, place: Callable[..., str], items: tuple[str, ...], told: str
) -> None:
    response = choose(platform, place(accept_multiple=False), *items)
    assert (response.status_code, platform.items) == (422, [])
    assert told in response.content.decode()


def test_a_platform_that_takes_no_line_items_gets_none(
    platform: Platform, place: Callable[..., str], quiz: Quiz
) -> None:
    choose(platform, place(accept_lineitem=False), f"quiz-{quiz.pk}")
    assert "lineItem" not in platform.items[0]


def test_a_selection_is_sent_once(platform: Platform, place: Callable[..., str], quiz: Quiz) -> None:
    address = place()
    choose(platform, address, f"quiz-{quiz.pk}")
    again = choose(platform, address, f"quiz-{quiz.pk}")
    assert (again.status_code, len(platform.items)) == (400, 1)


def test_a_page_that_was_left_open_is_too_old(platform: Platform, place: Callable[..., str], quiz: Quiz) -> None:
    address = place()
    Launch.objects.update(accepted_at=timezone.now() - timedelta(seconds=deep_linking.SELECT_SECONDS + 1))
    assert "too old" in choose(platform, address, f"quiz-{quiz.pk}").content.decode()


@pytest.mark.parametrize("token", ["made-up", "MQ:1:x"])
def test_an_address_that_was_made_up_leads_nowhere(client: Client, token: str) -> None:
    assert client.get(f"/lti/select/{token}/").status_code == 400


def test_a_link_s_launch_cannot_select(platform: Platform, client: Client) -> None:
    client.post("/lti/launch/", message_of(client, platform))
    assert client.get(f"/lti/select/{deep_linking.token_of(Launch.objects.get())}/").status_code == 400


def test_the_page_signs_nobody_in(place: Callable[..., str]) -> None:
    client = Client()
    client.get(place())
    assert "_auth_user_id" not in client.session


def test_a_message_without_settings_is_refused(platform: Platform, client: Client) -> None:
    platform.select_content()
    platform.claims[DEEP_LINKING] = None
    assert client.post("/lti/launch/", message_of(client, platform)).status_code == 400


class TestFrames:
    def test_selecting_begins_in_the_frame(self, platform: Platform, client: Client) -> None:
        parameters = login_parameters(platform, target=SELECT)
        response = client.post("/lti/login/", parameters, headers={"Sec-Fetch-Dest": "iframe"})
        assert response.status_code == 302

    def test_the_platform_may_frame_the_page_and_its_form_may_go_back(
        self, platform: Platform, place: Callable[..., str]
    ) -> None:
        policy = Client().get(place()).headers["Content-Security-Policy"].split("; ")
        assert f"frame-ancestors {platform.url}" in policy
        assert f"form-action 'self' {platform.url}" in policy
        assert "script-src 'self'" in policy
