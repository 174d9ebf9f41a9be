"""axe-core finds nothing on any page of a learner, in both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from lessons.models import Experiment
from tests.browser.conftest import BenchPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THEMES = ["light", "dark"]
PAGES = {
    "home": "/",
    "course": "/courses/networking/",
    "certificate of a course": "/courses/networking/certificate/",
    "glossary": "/glossary/",
    "myths": "/myths/",
    "search": "/search/?q=dnat",
    "bookmarks": "/bookmarks/",
    "kept lessons": "/offline/",
    "log in": "/accounts/login/",
    "sign up": "/accounts/signup/",
}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_a_page_has_no_violations_on_a_desk_and_on_a_phone_in_the_dark(
    page: Page, live_app: str, experiment: Experiment, assert_accessible: Callable[[Page], None],
    csp_violations: list[str], path: str,
) -> None:  # fmt: skip
    page.emulate_media(color_scheme="light")
    page.goto(live_app + path)
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_menu_of_a_phone_leads_to_every_page_and_has_no_violations(
    page: Page, live_app: str, assert_accessible: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_app + "/")
    page.locator(".site-menu > summary").click()
    menu = page.locator(".site-menu a")
    pages = ["Courses", "Glossary", "Myths", "Practice", "Notes", "My work", "Join a class"]
    assert menu.all_inner_texts() == [*pages, "Log in", "Sign up"]
    assert_accessible(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary/")


@pytest.mark.parametrize("width", [390, 1280], ids=lambda width: f"{width} px")
@pytest.mark.parametrize("theme", THEMES)
def test_a_lesson_has_no_violations_before_and_after_the_packet(
    lesson_page: BenchPage, assert_accessible: Callable[[Page], None], theme: str, width: int
) -> None:  # fmt: skip
    page = lesson_page.page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    lesson_page.open()
    assert_accessible(page)
    lesson_page.predict("A refusal")
    for _ in range(3):
        lesson_page.button("Forward one step").click()
    lesson_page.bench.locator("details").evaluate_all("all => all.forEach(details => { details.open = true; })")
    page.wait_for_timeout(900)
    assert_accessible(page)


@pytest.mark.parametrize("theme", THEMES)
def test_a_refused_form_has_no_violations(
    page: Page, live_app: str, assert_accessible: Callable[[Page], None], theme: str
) -> None:  # fmt: skip
    page.emulate_media(color_scheme=theme)
    page.goto(live_app + "/accounts/login/")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong-password")
    page.get_by_role("button", name="Log in").click()
    assert_accessible(page)


def test_a_picture_keeps_its_colors_where_the_system_forces_its_own(page: Page, live_app: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(live_app + "/glossary/")
    style = page.evaluate("async () => (await import('/static/js/topology_style.js')).graphStyle()[0].style")
    assert style["color"] != style["background-color"]
