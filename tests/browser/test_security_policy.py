"""The strict Content-Security-Policy is served with every page and violated by none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BenchPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize("path", ["/", "/courses/networking/", "/courses/networking/services/", "/nowhere/"])
def test_the_header_is_exactly_the_strict_policy(lesson_page: BenchPage, live_app: str, path: str) -> None:
    response = lesson_page.page.request.get(live_app + path)
    assert {part.strip() for part in response.headers["content-security-policy"].split(";")} == POLICY


def test_the_whole_journey_violates_nothing(lesson_page: BenchPage, csp_violations: list[str]) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.button("Forward one step").click()
    lesson_page.page.get_by_role("button", name="Dark theme").click()
    lesson_page.button("Play").click()
    lesson_page.page.wait_for_timeout(1500)
    lesson_page.button("Predict again").click()
    expect(lesson_page.bench).to_contain_text("Round 2")


@pytest.mark.parametrize("path", ["/", "/courses/networking/", "/accounts/login/", "/accounts/signup/"])
def test_a_page_violates_nothing(
    lesson_page: BenchPage, live_app: str, csp_violations: list[str], page: Page, path: str
) -> None:  # fmt: skip
    page.goto(live_app + path)
    expect(page.locator("main")).to_be_visible()
