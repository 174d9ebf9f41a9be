"""Without JavaScript the forms are plain forms and the hop table tells it all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lessons.models import Experiment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ANSWER_MS, RELOAD_MS = 15_000, 500


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def predict(page: Page, live_app: str, experiment: Experiment) -> None:
    page.goto(live_app + experiment.lesson.get_absolute_url())
    page.get_by_label("A connection").check()
    page.get_by_role("button", name="Lock in and send").click()
    for _ in range(ANSWER_MS // RELOAD_MS):
        if page.get_by_role("link", name="What happened, and why").count():
            return
        page.wait_for_timeout(RELOAD_MS)
        page.reload()
    raise AssertionError(f"no result: {page.locator('[data-bench]').inner_text()}")


def test_the_hop_table_shows_the_way_there_and_back(plain_page: Page, live_app: str, experiment: Experiment) -> None:
    predict(plain_page, live_app, experiment)
    plain_page.get_by_role("link", name="Every step as a table").click()
    expect(plain_page.get_by_text("The client sees: connected")).to_be_visible()
    table = plain_page.get_by_role("table").filter(has_text="Destination MAC")
    expect(table).to_contain_text("DNAT", timeout=ANSWER_MS)
    expect(table).to_contain_text("encapsulated")
    expect(table).to_contain_text("Reply: the way back")


def test_the_option_is_explained(plain_page: Page, live_app: str, experiment: Experiment) -> None:
    predict(plain_page, live_app, experiment)
    plain_page.get_by_role("link", name="What happened, and why").click()
    expect(plain_page.get_by_label("Your prediction")).to_contain_text("Because it is connected.")


def test_controls_that_need_javascript_are_not_offered(
    plain_page: Page, live_app: str, experiment: Experiment
) -> None:  # fmt: skip
    predict(plain_page, live_app, experiment)
    expect(plain_page.get_by_role("toolbar")).to_have_count(0)


def test_predicting_again_is_a_plain_form(plain_page: Page, live_app: str, experiment: Experiment) -> None:
    predict(plain_page, live_app, experiment)
    plain_page.get_by_role("button", name="Predict again").click()
    expect(plain_page.get_by_role("button", name="Lock in and send")).to_be_visible()
