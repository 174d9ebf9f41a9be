"""Practice by mouse and by keyboard alone, then one's own page, the download, and the deletion of the account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from playwright.sync_api import Page, expect

from quizzes.models import AccountDeletion, PracticeAnswer, Quiz
from tests.quizzes.review.practice_questions import make_practice_quiz

pytestmark = pytest.mark.browser
PASSWORD = "a long pass phrase"


@pytest.fixture
def quiz(live_app: str) -> Quiz:
    cache.clear()
    return make_practice_quiz()


def press_until(page: Page, name: str) -> None:
    """Moves the focus with the Tab key to what is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"nothing called {name!r} can be reached with the Tab key")


def test_practicing_by_mouse_and_by_keyboard(
    page: Page,
    live_app: str,
    quiz: Quiz,
    csp_violations: list[str],
    assert_accessible: Callable[[Page], None],
) -> None:
    page.goto(f"{live_app}/quizzes/practice/?lesson={quiz.lesson.pk}")
    assert_accessible(page)
    page.get_by_role("button", name="Practice Say what is true.").click()
    page.get_by_label("The address answers ARP").check()
    assert_accessible(page)
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".result .tag").first).to_contain_text("Wrong")
    assert_accessible(page)
    press_until(page, "Another question on this")
    page.keyboard.press("Enter")
    expect(page.get_by_label("IP address")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('input.typed')"):
            break
    page.keyboard.type("10.244.1.2")
    page.keyboard.press("Enter")
    expect(page.locator(".result .tag").first).to_contain_text("Right")
    assert [each.right for each in PracticeAnswer.objects.order_by("pk")] == [False, True]


@pytest.mark.nightly
def test_taking_one_s_data_along_and_deleting_the_account(
    page: Page,
    live_app: str,
    quiz: Quiz,
    csp_violations: list[str],
    assert_accessible: Callable[[Page], None],
) -> None:
    get_user_model().objects.create_user("ada", password=PASSWORD)
    page.goto(f"{live_app}/accounts/login/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.goto(f"{live_app}/me/")
    assert_accessible(page)
    page.get_by_role("link", name="Download all of it, or delete your account").click()
    assert_accessible(page)
    page.get_by_role("button", name="Prepare my data").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    assert AccountDeletion.objects.count() == 1
