"""A learner follows a trace, completes one, fills one in, and says what was there to see: all by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from lessons.models import CheckAnswer, Experiment, Lesson, Prediction, TraceAnswer
from lessons.runs import simulations
from tests.browser.conftest import ANSWER_MS, BenchPage
from tests.lessons.factories import make_lesson, make_trace

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHECK = {
    "question": "Which port did the server see?",
    "options": [
        {"text": "8080", "when": {"seen_by_server.destination_port": 8080}, "explanation": "The target port."},
        {"text": "80", "when": {"seen_by_server.destination_port": 80}, "explanation": "The port of the Service."},
    ],
}


@pytest.fixture
def lesson(live_app: str) -> Lesson:
    lesson = make_lesson(body="Three traces.")
    for kind in ("worked", "blanks", "alone"):
        simulations.solve(make_trace(lesson, kind).scenario())
    return lesson


def expect_solved(exercise: Locator) -> None:
    expect(exercise).to_have_attribute("data-state", "shown")
    expect(exercise.get_by_role("button", name="Play", exact=True)).to_be_focused(timeout=ANSWER_MS)
    expect(exercise.locator(".figure__picture")).to_be_in_viewport(ratio=0.4)


def test_three_traces_are_worked_through_by_keyboard(
    page: Page, live_app: str, lesson: Lesson, assert_accessible: Callable[[Page], None], csp_violations: list[str]
) -> None:
    page.goto(live_app + lesson.get_absolute_url())
    keyboard = page.keyboard
    worked, blanks, alone = (page.locator(f"#trace-{kind}") for kind in ("worked", "blanks", "alone"))

    expect(worked.get_by_text("There is no note at this step.")).to_be_visible(timeout=ANSWER_MS)
    worked.get_by_role("button", name="Next note").press("Enter")
    expect(worked.locator("[data-note='2']")).to_contain_text("It leaves by eth0.")
    expect(worked.locator("tr[aria-current=step]")).to_contain_text("eth0")
    worked.get_by_role("button", name="I followed it").press("Enter")
    expect(worked.get_by_text("done", exact=True)).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 640})
    blanks.get_by_label("Row 1, destination").press_sequentially("10.244.1.3:80")
    keyboard.press("Enter")
    wrong = blanks.get_by_label("Row 1, destination")
    expect(wrong).to_have_accessible_description(
        "Destination: not yet. The address is right, the port is not. What was dialed?"
    )
    expect(wrong).to_be_focused()
    expect(wrong).to_be_in_viewport()
    assert_accessible(page)
    keyboard.type("80")
    keyboard.press("Enter")
    expect(blanks.get_by_text("The address of app/one.")).to_be_visible()
    expect(blanks.get_by_label("Row 3, TTL")).to_be_focused()
    keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Show: row 3, TTL")
    keyboard.press("Enter")
    expect_solved(blanks)

    answers = {"source": ("10.244.1.2", "10.244.1.3:8080"), "destination": ("10.244.1.3:8080", "10.244.1.2")}
    for column, values in answers.items():
        for gap, value in zip(alone.get_by_label(f", {column}").all(), values, strict=True):
            gap.press_sequentially(value)
    keyboard.press("Enter")
    expect_solved(alone)
    expect(alone).to_contain_text("All 4 gaps are filled, 4 of them by you.")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    assert TraceAnswer.objects.filter(solved=True).count() == 3


def test_a_learner_says_how_sure_and_what_was_there_to_see_by_keyboard(
    lesson_page: BenchPage, experiment: Experiment, assert_accessible: Callable[[Page], None]
) -> None:
    Experiment.objects.update(check_question=CHECK)
    bench = lesson_page.open().bench
    bench.get_by_label("certain").press("Space")
    bench.get_by_label("A connection").press("Space")
    lesson_page.page.keyboard.press("Enter")
    lesson_page.expect_result()
    lesson_page.button("Last step").press("Enter")
    bench.get_by_label("80", exact=True).press("Space")
    lesson_page.page.keyboard.press("Enter")
    expect(bench.get_by_label("Your answer")).to_contain_text("The port of the Service.")
    expect(bench.get_by_role("heading", name=CHECK["question"])).to_be_focused()
    expect(lesson_page.count).not_to_have_text("1 /")
    assert_accessible(lesson_page.page)
    assert (Prediction.objects.get().confidence, CheckAnswer.objects.get().right) == (95, False)
