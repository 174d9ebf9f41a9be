"""Taking a quiz in a real browser: by mouse, by keyboard alone, in two windows, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from quizzes.models import Attempt, Quiz
from tests.quizzes.factories import RESPONSES, SPECS, make_policy, make_quiz

pytestmark = pytest.mark.browser
WAY = ["bridge of n1", "tunnel of n1", "tunnel of n2", "the server"]


@pytest.fixture
def quiz(live_app: str) -> Quiz:
    cache.clear()
    return make_quiz(intro="Four questions.", policy=make_policy(max_attempts=3))


@pytest.fixture
def start(live_app: str, quiz: Quiz) -> Callable[[Page], None]:
    def open_and_start(page: Page) -> None:
        page.goto(live_app + quiz.get_absolute_url())
        page.get_by_role("button", name="Start the quiz").click()
        expect(page.locator("fieldset")).to_have_count(len(SPECS))

    return open_and_start


def question(page: Page, slug: str) -> Locator:
    return page.locator(f"#question-{slug}")


def expect_saved(page: Page, slug: str) -> None:
    expect(question(page, slug).locator(".question__saved")).to_be_visible()


def put_in_order(page: Page) -> None:
    """Moves each hop up until it is where it belongs; an order that is right from the start is taken as it is."""
    way = question(page, "way")
    for place, label in enumerate(WAY):
        while label not in (way.locator(".hop__label").nth(place).text_content() or ""):
            way.get_by_role("button", name=f"Move up: {label}").click()
    take_it = way.get_by_role("button", name="Take this order as it stands")
    if take_it.is_visible():
        take_it.click()


def answer_all(page: Page) -> None:
    question(page, "sees").get_by_label("A connection").check()
    question(page, "true").get_by_label("Rules translate").check()
    question(page, "true").get_by_label("Every node has the rules").check()
    question(page, "source").get_by_label("IP address").fill("10.244.1.2")
    put_in_order(page)


def test_by_mouse_from_the_start_to_the_explanations(
    page: Page, start: Callable[[Page], None], csp_violations: list[str]
) -> None:
    start(page)
    answer_all(page)
    for slug in SPECS:
        expect_saved(page, slug)
    expect(page.locator("#answered-count")).to_contain_text("4 of 4 answered")
    page.get_by_role("button", name="Submit for grading").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")
    expect(page.locator(".score")).to_contain_text("Passed")
    for _, _, spec in SPECS.values():
        for option in spec.get("options", ()):
            expect(page.get_by_text(option["explanation"])).to_be_visible()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_text("Attempt 2 of 3")).to_be_visible()
    expect(question(page, "sees").get_by_label("A connection")).not_to_be_checked()


def test_answers_are_there_after_a_reload(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    answer_all(page)
    for slug in SPECS:
        expect_saved(page, slug)
    page.reload()
    expect(question(page, "sees").get_by_label("A connection")).to_be_checked()
    expect(question(page, "source").get_by_label("IP address")).to_have_value("10.244.1.2")
    expect(question(page, "way").locator(".hop__label")).to_have_text(WAY)
    answers = Attempt.objects.get().answers.values_list("revision__slug", "response")
    assert dict(answers) == {slug: pair[0] for slug, pair in RESPONSES.items()}


def test_an_answer_that_cannot_be_read_is_explained_while_typing_and_costs_nothing(
    page: Page, start: Callable[[Page], None], assert_accessible: Callable[[Page], None]
) -> None:
    start(page)
    answer_all(page)
    field = question(page, "source").get_by_label("IP address")
    field.fill("10.244.1.2/24")
    expect(question(page, "source").locator(".question__problem")).to_contain_text("has a prefix length")
    assert_accessible(page)
    page.get_by_role("button", name="Submit for grading").click()
    expect(page.get_by_text("Not submitted yet.")).to_be_visible()
    assert_accessible(page)
    expect(field).to_have_value("10.244.1.2/24")
    field.fill("10.244.1.2")
    page.get_by_role("button", name="Submit for grading").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")


def test_gaps_are_pointed_out_once(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    page.get_by_role("button", name="Submit for grading").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Without an answer: question 1, question 2, question 3, question 4"
    )
    page.get_by_role("button", name="Submit anyway").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("0 of 6 points")


def test_by_keyboard_alone(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    press, focused = page.keyboard.press, page.locator(":focus")
    question(page, "sees").get_by_role("radio").first.focus()
    while not question(page, "sees").get_by_label("A connection").is_checked():
        press("ArrowDown")
    for _ in range(12):
        press("Tab")
        if focused.get_attribute("name") == "true" and focused.locator("..").inner_text() != "The address answers ARP":
            press("Space")
        if focused.get_attribute("name") == "source":
            break
    page.keyboard.type("10.244.1.2")
    press("Enter")
    expect_saved(page, "source")
    expect(question(page, "source").get_by_label("IP address")).to_be_focused()
    for place, label in enumerate(WAY):
        select = question(page, "way").get_by_label(f"Position of {label}")
        select.focus()
        page.keyboard.type(str(place + 1))
        expect(question(page, "way").locator("[data-hop]").nth(place)).to_contain_text(label)
    expect_saved(page, "way")
    page.get_by_role("button", name="Submit for grading").focus()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")


def test_a_hop_that_is_moved_keeps_the_focus_and_is_announced(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    button = question(page, "way").locator("[data-hop]").nth(1).get_by_role("button", name="Move up")
    name = button.get_attribute("aria-label") or ""
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-label", name)
    expect(page.locator("[data-order-status]")).to_have_text(f"{name.removeprefix('Move up: ')}: now 1 of 4")


def test_a_second_window_never_overwrites_the_first(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    second = page.context.new_page()
    second.goto(page.url)
    question(page, "sees").get_by_label("A connection").check()
    expect_saved(page, "sees")
    question(second, "sees").get_by_label("A refusal").check()
    expect(second.get_by_text("In another window you answered: A connection")).to_be_visible()
    second.get_by_role("button", name="Submit for grading").click()
    expect(second.get_by_text("was answered differently in another window")).to_be_visible()
    assert Attempt.objects.get().answers.get(revision__slug="sees").response == RESPONSES["sees"][0]
    second.get_by_role("button", name="Keep the answer of this page").click()
    expect_saved(second, "sees")
    assert Attempt.objects.get().answers.get(revision__slug="sees").response == RESPONSES["sees"][1]


def test_a_server_that_is_away_is_said_and_the_answer_is_saved_when_it_is_back(
    page: Page, start: Callable[[Page], None]
) -> None:
    start(page)
    away = page.context.new_page()
    away.goto(page.url)
    away.context.set_offline(True)
    question(away, "sees").get_by_label("A connection").check()
    expect(away.get_by_text("Not saved: the server does not answer.")).to_be_visible()
    away.context.set_offline(False)
    expect_saved(away, "sees")
    expect(away.get_by_text("Not saved: the server does not answer.")).to_have_count(0)


def test_without_javascript(browser: Browser, live_app: str, quiz: Quiz) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(live_app + quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    question(page, "sees").get_by_label("A connection").check()
    question(page, "true").get_by_label("Rules translate").check()
    question(page, "true").get_by_label("Every node has the rules").check()
    page.get_by_role("button", name="Save answers").click()
    expect(page.get_by_text("Your answers are saved")).to_be_visible()
    question(page, "source").get_by_label("IP address").fill("10.244.1.2")
    for place, label in enumerate(WAY):
        question(page, "way").get_by_label(f"Position of {label}").select_option(str(place + 1))
    page.get_by_role("button", name="Submit for grading").click()
    if page.get_by_role("link", name="Show the result").is_visible():
        page.wait_for_timeout(2000)
        page.get_by_role("link", name="Show the result").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")
    page.context.close()


def show_a_long_line(quiz: Quiz) -> None:
    question = quiz.questions.get(slug="true")
    question.spec |= {"prompt": f"{question.spec['prompt']}\n\n```yaml\nfrom: {'long ' * 40}\n```"}
    question.save()


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)], ids=["light, phone", "dark, desktop"])
def test_every_page_is_accessible(
    page: Page,
    start: Callable[[Page], None],
    live_app: str,
    quiz: Quiz,
    assert_accessible: Callable[[Page], None],
    csp_violations: list[str],
    scheme: str,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    show_a_long_line(quiz)
    page.goto(live_app + quiz.get_absolute_url())
    assert_accessible(page)
    start(page)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    question(page, "sees").get_by_label("A refusal").check()
    put_in_order(page)
    expect_saved(page, "sees")
    assert_accessible(page)
    page.get_by_role("button", name="Submit for grading").click()
    assert_accessible(page)
    page.get_by_role("button", name="Submit anyway").first.click()
    expect(page.locator(".score")).to_contain_text("Not passed")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_an_attempt_that_waits_is_accessible(
    page: Page, start: Callable[[Page], None], assert_accessible: Callable[[Page], None], scheme: str
) -> None:
    start(page)
    page.emulate_media(color_scheme=scheme)
    states = {
        "Grading your answers": {"state": "submitted", "submitted_at": timezone.now() + timedelta(minutes=1)},
        "Submitted, not graded yet": {"state": "submitted", "submitted_at": timezone.now() - timedelta(minutes=1)},
        "Your answers are safe, the grading stopped": {"state": "failed"},
    }
    for heading, values in states.items():
        Attempt.objects.update(enqueued_at=timezone.now(), **values)
        page.goto(f"{page.url.removesuffix('result/')}result/")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert_accessible(page)


def test_a_double_click_submits_once(page: Page, start: Callable[[Page], None]) -> None:
    start(page)
    answer_all(page)
    page.get_by_role("button", name="Submit for grading").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")
    assert Attempt.objects.get().grades.count() == 1
