"""A learner chooses German in the footer and goes through an experiment in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANSWER_MS, BenchPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_experiment_in_german(
    lesson_page: BenchPage, csp_violations: list[str], assert_accessible: Callable[[Page], None]
) -> None:
    page, bench = lesson_page.open().page, lesson_page.bench
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(lesson_page.address)
    bench.get_by_label("A connection").check()
    lesson_page.button("Festlegen und senden").click()
    expect(bench).to_have_attribute("data-state", "shown", timeout=ANSWER_MS)
    bench.locator("[data-action=forward]").click()
    panel, status = bench.locator("[data-packet-now]"), bench.locator("[data-status]")
    expect(panel).to_contain_text("Anfrage · Schritt 2 von")
    expect(panel).to_contain_text("Der Frame verlässt den Pod durch eth0.")
    expect(status).to_contain_text("Pod ops/client auf n1")
    bench.locator("[data-action=change]").click()
    expect(status).to_contain_text("DNAT")
    assert_accessible(page)
