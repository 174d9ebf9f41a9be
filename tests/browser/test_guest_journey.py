"""A guest starts without an account and keeps everything after signing up or logging in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Prediction
from tests.browser.conftest import BenchPage
from tests.lessons.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "three-hops-away"


def sign_up(page: Page, live_app: str) -> None:
    page.goto(live_app + "/accounts/signup/")
    page.get_by_label("Username").fill("dana")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()


def test_signing_up_keeps_the_prediction(lesson_page: BenchPage, live_app: str) -> None:
    lesson_page.open().predict("A refusal")
    sign_up(lesson_page.page, live_app)
    expect(lesson_page.page.get_by_text("dana").first).to_be_visible()
    lesson_page.open()
    expect(lesson_page.bench.get_by_label("Your prediction")).to_contain_text("A refusal")
    assert str(Prediction.objects.get().learner.user) == "dana"


def test_logging_in_brings_the_prediction_along(lesson_page: BenchPage, live_app: str) -> None:
    make_user("ana")
    lesson_page.open().predict("A connection")
    page = lesson_page.page
    page.goto(live_app + "/accounts/login/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.locator("summary", has_text="Account:").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert str(Prediction.objects.get().learner.user) == "ana"


def test_home_offers_to_go_on_where_the_guest_left(lesson_page: BenchPage, live_app: str) -> None:
    page = lesson_page.page
    page.goto(live_app)
    expect(page.get_by_role("link", name="Start the first lesson")).to_be_visible()
    lesson_page.open().predict("A connection")
    page.goto(live_app)
    expect(page.get_by_text("1 of 1 lesson completed")).to_be_visible()


def test_a_password_that_is_too_short_is_explained_and_the_name_kept(page: Page, live_app: str) -> None:
    page.goto(live_app + "/accounts/signup/")
    page.get_by_label("Username").fill("dana")
    page.locator("#id_password1").fill("short")
    page.locator("#id_password2").fill("short")
    with page.expect_response(re.compile("/accounts/signup/")) as response:
        page.get_by_role("main").get_by_role("button", name="Sign up").click()
    assert response.value.status in (200, 422)
    expect(page.get_by_text(re.compile("too short"))).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("dana")
