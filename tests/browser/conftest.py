"""A small published lesson and helpers to drive its bench.

The packet: ops/client on n1 dials the Service app/api, and the seed picks app/two on n2, so it is translated on n1,
wrapped for the tunnel, unwrapped on n2 and delivered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

import netsim
from lessons.models import Experiment
from tests.lessons.factories import PROBE, SCENE, make_experiment, make_lesson

pytestmark = pytest.mark.browser
ANSWER_MS = 15_000
expect.set_options(timeout=ANSWER_MS)  # a busy machine takes longer than Playwright's five seconds
TRIES = 64
HANDLED = re.compile(r"status of (422|503)|Status Error Code (422|503)")
BODY = "Text before.\n\n::experiment[first]\n\n## After\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nip route\n```\n"


@pytest.fixture(autouse=True)
def fail_on_console_errors(page: Page) -> Iterator[None]:
    """No page may write an error to the console or throw one.

    Chromium and htmx also log answers there that a page handles: a refused form (422), and a simulator that is too busy
    to answer at once (503), which a slow machine meets and the page asks again.
    """
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    assert [error for error in errors if not HANDLED.search(error)] == []


@pytest.fixture(scope="session")
def seed_of_far_endpoint() -> int:
    """The first seed with which the Service's choice falls on app/two."""
    simulation = netsim.Simulation(netsim.load_cluster([("scene.yaml", SCENE)]))
    probe = {"source": PROBE["from"], "destination": PROBE["to"], "port": PROBE["port"]}
    for seed in range(TRIES):
        server = simulation.trace(netsim.Probe(**probe, seed=seed)).server
        if server is not None and server.name == "two":
            return seed
    raise AssertionError(f"none of {TRIES} seeds picks app/two")


@pytest.fixture
def experiment(live_app: str, seed_of_far_endpoint: int) -> Experiment:
    lesson = make_lesson(
        body=BODY,
        summary="Where packets go.",
        objectives=["Follow a packet."],
        sources=[{"title": "A book", "url": "https://example.org/book"}],
        glossary=[{"term": "DNAT", "meaning": "Destination translation."}],
    )
    probe = PROBE | {"seed": seed_of_far_endpoint}
    return make_experiment(lesson, action={"probe": probe}, takeaway="It is `connected`.", intro="Dial the Service.")


@dataclass(frozen=True, slots=True)
class BenchPage:
    """The lesson's page in a browser, with its one bench."""

    page: Page
    address: str

    @property
    def bench(self) -> Locator:
        return self.page.locator("[data-bench]")

    @property
    def count(self) -> Locator:
        return self.bench.locator("[data-count]")

    @property
    def current_row(self) -> Locator:
        return self.bench.locator("tr[aria-current=step]")

    def button(self, name: str) -> Locator:
        return self.bench.get_by_role("button", name=name, exact=True)

    @property
    def zoom(self) -> float:
        """Pixels on the screen for each of the picture's own."""
        return self.bench.locator(".figure__picture").evaluate(
            "e => e.querySelector('[data-canvas]').clientWidth / e.querySelector('svg').viewBox.baseVal.width"
        )

    def open(self) -> BenchPage:
        self.page.goto(self.address)
        expect(self.bench.locator("[data-canvas] canvas").first).to_be_attached(timeout=ANSWER_MS)
        return self

    def predict(self, answer: str) -> None:
        self.bench.get_by_label(answer).check()
        self.button("Lock in and send").click()
        self.expect_result()

    def expect_result(self) -> None:
        """The trace has arrived and can be played."""
        expect(self.bench).to_have_attribute("data-state", "shown", timeout=ANSWER_MS)
        expect(self.button("Play")).to_be_visible()


@pytest.fixture
def lesson_page(page: Page, live_app: str, experiment: Experiment) -> BenchPage:
    return BenchPage(page, live_app + experiment.lesson.get_absolute_url())
