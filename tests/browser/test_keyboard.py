"""Everything works from the keyboard, and a screen reader hears what changed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Experiment
from tests.browser.conftest import BenchPage
from tests.lessons.factories import make_trace

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR_MS = 3_600_000
LISTEN = """status => {
  window.heard = [];
  new MutationObserver(() => window.heard.push(status.textContent)).observe(status, {childList: true, subtree: true});
}"""


def tab_to(page: Page, selector: str, presses: int = 60) -> None:
    """Presses Tab until an element that matches has the focus."""
    for _ in range(presses):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}")


def predict_by_keyboard(lesson_page: BenchPage) -> None:
    page = lesson_page.page
    tab_to(page, "input[name=option]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    lesson_page.expect_result()
    expect(lesson_page.button("Play")).to_be_focused()


def test_the_first_tab_stop_skips_to_the_content(lesson_page: BenchPage) -> None:
    page = lesson_page.open().page
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_focus_goes_from_the_form_to_the_player(lesson_page: BenchPage) -> None:
    predict_by_keyboard(lesson_page.open())


def test_the_focus_stays_where_it_is_while_the_page_loads(lesson_page: BenchPage, experiment: Experiment) -> None:
    make_trace(experiment.lesson, "alone")
    page = lesson_page.page
    page.goto(lesson_page.address)
    expect(page.locator("#trace-alone [data-gap]").first).to_be_visible()
    page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement === document.body")


def test_the_toolbar_is_one_tab_stop_with_arrow_keys(lesson_page: BenchPage) -> None:
    predict_by_keyboard(lesson_page.open())
    keyboard = lesson_page.page.keyboard
    for name in ("First step", "Back one step", "Forward one step"):
        keyboard.press("ArrowRight")
        expect(lesson_page.button(name)).to_be_focused()
    keyboard.press("Enter")
    expect(lesson_page.count).to_have_text(re.compile("^2 /"))
    keyboard.press("Home")
    expect(lesson_page.button("Play")).to_be_focused()
    keyboard.press("Tab")
    assert lesson_page.page.evaluate("document.activeElement.closest('[role=toolbar]') === null")


def test_a_row_of_the_hop_table_moves_the_packet(lesson_page: BenchPage) -> None:
    predict_by_keyboard(lesson_page.open())
    tab_to(lesson_page.page, "[data-jump='3']")
    lesson_page.page.keyboard.press("Enter")
    expect(lesson_page.current_row).to_contain_text("DNAT")
    expect(lesson_page.count).to_have_text(re.compile("^4 /"))


def test_a_step_is_announced(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    status = lesson_page.bench.locator("[data-status]")
    expect(status).to_have_text("")
    lesson_page.button("Forward one step").click()
    expect(status).to_have_text(re.compile(r"^Step 2 of \d+, Request: eth0"))


def test_while_it_plays_each_change_is_announced_once_and_nothing_else(lesson_page: BenchPage) -> None:
    page = lesson_page.page
    page.emulate_media(reduced_motion="reduce")
    page.clock.install(time=0)
    lesson_page.open().predict("A connection")
    lesson_page.bench.locator("[data-status]").evaluate(LISTEN)
    lesson_page.bench.get_by_label("Speed").select_option("2")
    page.clock.pause_at(HOUR_MS)
    lesson_page.button("Play").click()
    page.clock.run_for(2_000)
    expect(lesson_page.count).to_have_text(re.compile("^6 /"))
    page.clock.run_for(60_000)
    expect(lesson_page.button("Play")).to_be_visible()
    changed = lesson_page.bench.locator("tr[data-row]", has=page.locator(".changed__word, .tag")).all()
    steps = [f"Step {row.locator('.hops__number').text_content()} of" for row in changed]
    heard = page.evaluate("window.heard")
    assert [text[: text.index("of") + 2] for text in heard] == steps
    assert "IPv4 and TCP, TTL: 62. " in heard[3]


def test_the_timeline_is_a_slider(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    slider = lesson_page.bench.get_by_role("slider", name="Step of the packet")
    slider.focus()
    lesson_page.page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Reply: the way back, client$"))
    expect(lesson_page.bench.locator("[data-status]")).to_have_text(re.compile("^delivered. "))
    expect(lesson_page.current_row).to_contain_text("delivered")
