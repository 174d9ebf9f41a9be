"""What learners keep: notes that survive a reload and a lost network, a lesson to read offline, a lesson on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from lessons.models import Bookmark, Experiment, LessonProgress
from tests.browser.conftest import ANSWER_MS, BenchPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTE = re.compile(r"/bookmarks/\d+/note/$")
LOST = re.compile(
    r"ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)|status of (422|503)|Status Error Code (422|503)"
)


@pytest.fixture(autouse=True)
def fail_on_console_errors(page: Page) -> Iterator[None]:
    """As everywhere, but here the network is lost on purpose."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    assert [error for error in errors if not LOST.search(error)] == []


def lose(route: Route) -> None:
    route.abort("internetdisconnected")


def test_a_note_on_a_step_survives_a_lost_network_and_a_reload(
    lesson_page: BenchPage, live_app: str, assert_accessible: Callable[[Page], None], csp_violations: list[str]
) -> None:
    page = lesson_page.open().page
    page.on("dialog", lambda dialog: dialog.accept())
    lesson_page.predict("A connection")
    lesson_page.button("Forward one step").click()
    lesson_page.button("Bookmark this step").click()
    expect(page.locator("#bookmark-status")).to_contain_text("Bookmarked: First, step 2")
    page.get_by_role("link", name="Write a note").click()
    note = page.get_by_label("Note: First, step 2")
    expect(note).to_be_focused()
    note.press_sequentially("Here it is")
    expect(page.locator("[data-note-state]")).to_have_text("Saved")
    assert Bookmark.objects.get().place == "#experiment-first:step=2"

    page.route(NOTE, lose)
    note.press_sequentially(" translated.")
    expect(page.locator("[data-note-state]")).to_contain_text("Not saved: the server does not answer.")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    page.reload()
    expect(note).to_have_value("Here it is translated.")
    assert Bookmark.objects.get().note == "Here it is"
    page.unroute(NOTE)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("[data-note-state]")).to_have_text("Saved", timeout=ANSWER_MS)
    assert Bookmark.objects.get().note == "Here it is translated."

    page.get_by_role("link", name="First, step 2").click()
    expect(lesson_page.current_row).to_have_attribute("data-row", "1", timeout=ANSWER_MS)
    page.get_by_role("button", name="Remove the bookmark").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(note).to_have_value("Here it is translated.")
    page.goto(live_app + "/bookmarks/")
    expect(note).to_have_value("Here it is translated.")
    assert_accessible(page)


def test_a_kept_lesson_opens_with_the_network_gone(
    lesson_page: BenchPage, experiment: Experiment, live_app: str, assert_accessible: Callable[[Page], None]
) -> None:
    page = lesson_page.open().page
    page.get_by_role("button", name="Keep for offline reading").click()
    expect(page.get_by_role("button", name="Remove the offline copy")).to_be_focused(timeout=ANSWER_MS)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.context.set_offline(True)
    page.goto(lesson_page.address)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.get_by_role("heading", name="After", exact=True)).to_be_visible()
    expect(page.locator("article")).to_have_css("display", "grid")
    assert_accessible(page)
    assert page.locator(".brand use").evaluate("icon => icon.getBBox().width") > 0
    page.goto(live_app + "/glossary/")
    expect(page.get_by_text("The page that you asked for is not kept")).to_be_visible()
    page.get_by_role("link", name=experiment.lesson.title).click()
    expect(page.get_by_role("heading", name=experiment.lesson.title, level=1)).to_be_visible()

    page.goto(live_app + "/offline/")
    assert_accessible(page)
    page.get_by_role("button", name="Remove from this browser").click()
    expect(page.get_by_text("No lesson is kept yet.")).to_be_visible()
    assert page.evaluate("caches.keys()") == []


def test_continue_leads_to_the_part_that_was_last_in_view(
    lesson_page: BenchPage, live_app: str, wait_until: Callable[..., None]
) -> None:
    page = lesson_page.open().page
    lesson_page.predict("A connection")
    heading = page.get_by_role("heading", name="After", exact=True)
    heading.evaluate("heading => heading.scrollIntoView({ behavior: 'instant' })")
    page.wait_for_timeout(200)
    expect(heading).to_be_in_viewport()
    page.goto(live_app + "/courses/networking/")
    wait_until(lambda: LessonProgress.objects.get().place == "#section-after", "place of the reader")


def test_on_paper_a_lesson_is_a_document(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.page.emulate_media(media="print")
    assert lesson_page.page.locator("button:visible:not(.hops__jump), canvas:visible, select:visible").all() == []
    expect(lesson_page.bench.locator("svg g.passed").first).to_be_visible()
    expect(lesson_page.bench.get_by_text("Because it is refused.")).to_be_visible()
    expect(lesson_page.bench.locator("tr[data-row]").last).to_be_visible()
