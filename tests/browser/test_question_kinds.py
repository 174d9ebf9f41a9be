"""A quiz with a question of every kind: answered by keyboard and by mouse, saved while typed, accessible, explained."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Locator, Page, expect

from quizzes.models import Attempt, Quiz
from tests.browser.test_quiz_journey import put_in_order
from tests.quizzes.every_kind import EVERY_KIND, NEW, NOBODY, ONLY_EACH_OTHER, SOLUTIONS, make_quiz_of_every_kind
from tests.quizzes.factories import WAY_TO_TWO

pytestmark = pytest.mark.browser
NIGHTLY = pytest.mark.nightly
TYPED = {"source": "10.244.1.2", "ttl": "62", "range": "10.244.2.0/24", "who": "the Kube-Proxy"}
CHOSEN = {"sees": ["A connection"], "true": ["Rules translate", "Every node has the rules"], "fate": ["Refused"]} | {
    "decides": ["kubectl get endpointslices"]
}
TUNNEL = "interface:n1:flannel.1"
CABLE = "wire interface:n1:eth0 link:underlay:br-underlay"
PARTNERS = {"bridge": "MAC addresses", "router": "IP addresses"}


@pytest.fixture
def quiz(live_app: str) -> Quiz:
    cache.clear()
    return make_quiz_of_every_kind()


@pytest.fixture
def taken(page: Page, live_app: str, quiz: Quiz) -> Page:
    page.goto(live_app + quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    return page


def question(page: Page, slug: str) -> Locator:
    return page.locator(f"#question-{slug}")


def tab_to(page: Page, name: str) -> None:
    """Goes on with the Tab key until a field with this name has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never reaches {name}")


def choose(page: Page, slug: str) -> None:
    """Radio buttons are one stop of the Tab key and moved through by arrows; each check box is a stop."""
    tab_to(page, slug)
    for _ in range(8):
        focused = page.locator(":focus")
        text = focused.locator("xpath=..").inner_text().strip()
        wanted = any(text.startswith(choice) for choice in CHOSEN[slug])
        if wanted:
            page.keyboard.press("Space")
        if focused.get_attribute("type") == "checkbox":
            page.keyboard.press("Tab")
        elif wanted:
            return
        else:
            page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.name") != slug:
            return


def fill_everything(page: Page) -> None:
    page.locator("body").focus()
    choose(page, "sees")
    choose(page, "true")
    tab_to(page, "source")
    page.keyboard.type(TYPED["source"])
    for place, (*_, label) in enumerate(WAY_TO_TWO, start=1):
        question(page, "way").get_by_label(f"Position of {label}").focus()
        page.keyboard.type(str(place))
    choose(page, "fate")
    for slug in ("ttl", "range", "who"):
        tab_to(page, slug)
        page.keyboard.type(TYPED[slug])
    for gap, text in enumerate(("10.244.1.2", "10.244.2.2")):
        tab_to(page, f"rule.{gap}")
        page.keyboard.type(text)
    for row in range(2):
        tab_to(page, f"pairs.{row}")
        entry = (page.locator(":focus").get_attribute("aria-label") or "").removeprefix("Partner of ")
        page.keyboard.type(PARTNERS[entry])
    for slug, element in {"wrapper": TUNNEL, "cable": CABLE}.items():
        question(page, slug).locator("summary").focus()
        page.keyboard.press("Enter")
        pick(page, slug, element)
    pick(page, "packet.fate", "closed-port")
    tab_to(page, "packet.place")
    page.keyboard.type("pod/app/two")
    tab_to(page, "packet.source")
    page.keyboard.type("10.244.1.2")
    choose(page, "decides")
    tab_to(page, "doors")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(ONLY_EACH_OTHER)


def click_everything(page: Page) -> None:
    """The same answers with the mouse; only what is typed is typed."""
    for slug, choices in CHOSEN.items():
        for choice in choices:
            question(page, slug).get_by_label(choice).click()
    put_in_order(page)
    typed = TYPED | {"rule.0": "10.244.1.2", "rule.1": "10.244.2.2", "packet.source": "10.244.1.2"}
    for name, text in typed.items():
        page.locator(f"[name='{name}']").fill(text)
    for entry, partner in PARTNERS.items():
        question(page, "pairs").get_by_label(f"Partner of {entry}").select_option(label=partner)
    question(page, "wrapper").locator(f"[data-device='{TUNNEL}']").click()
    click_beside(page, question(page, "cable").locator(f"[data-device='{CABLE}']"))
    question(page, "packet").get_by_label("It arrives, and nobody listens on its port").click()
    question(page, "packet").get_by_label("Where does its way end?").select_option("pod/app/two")
    page.locator("[name='doors']").fill(ONLY_EACH_OTHER)


def click_beside(page: Page, line: Locator) -> None:
    """Ten pixels beside the middle of an upright line: nobody hits one exactly."""
    line.evaluate("line => line.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = line.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 + 10, box["y"] + box["height"] / 2)


def pick(page: Page, name: str, value: str) -> None:
    """Goes to a group of radio buttons and down it to the one with this value."""
    tab_to(page, name)
    page.keyboard.press("Space")
    for _ in range(60):
        if page.locator(":focus").get_attribute("value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys never reach {value}")


@pytest.mark.parametrize(
    "answer",
    [pytest.param(fill_everything, id="keyboard alone"), pytest.param(click_everything, id="mouse", marks=NIGHTLY)],
)
def test_every_kind_is_answered(taken: Page, csp_violations: list[str], answer: Callable[[Page], None]) -> None:
    answer(taken)
    expect(taken.locator("#answered-count")).to_contain_text(f"{len(EVERY_KIND)} of {len(EVERY_KIND)} answered")
    answers = Attempt.objects.get().answers.values_list("revision__slug", "response")
    assert dict(answers) == SOLUTIONS
    submit = taken.get_by_role("button", name="Submit for grading")
    if answer is click_everything:
        submit.click()
    else:
        submit.focus()
        taken.keyboard.press("Enter")
    expect(taken.get_by_role("heading", level=1)).to_contain_text("100 %")


def test_every_kind_is_saved_while_it_is_typed_and_accessible(
    taken: Page, assert_accessible: Callable[[Page], None]
) -> None:
    taken.set_viewport_size({"width": 390, "height": 900})
    network, rule = question(taken, "range"), question(taken, "rule")
    network.get_by_label("Network").fill("10.244.2.9/24")
    rule.get_by_label("Gap: source").fill("10.0.0.1")
    expect(network.locator(".question__problem")).to_contain_text("must be 0")
    expect(rule.get_by_text("Saved so far.")).to_be_visible()
    expect(rule.get_by_text("Empty: server.")).to_be_visible()
    accessible_in_both_themes(taken, assert_accessible)
    network.get_by_label("Network").fill("10.244.0.0/16")
    rule.get_by_label("Gap: server").fill("10.96.0.50")
    expect(rule.locator(".question__saved")).to_have_text("Saved")
    taken.get_by_role("button", name="Submit for grading").click()
    taken.get_by_role("button", name="Submit anyway").first.click()
    expect(taken.locator(".score")).to_contain_text("Not passed")
    for slug in NEW:
        expect(taken.locator(f"#result-{slug}").locator(".outcome, pre").first).to_be_visible()
    accessible_in_both_themes(taken, assert_accessible)
    assert taken.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_device_is_clicked_and_a_wrong_connection_watched(
    taken: Page, assert_accessible: Callable[[Page], None], csp_violations: list[str]
) -> None:
    taken.set_viewport_size({"width": 390, "height": 900})
    wrapper, doors = question(taken, "wrapper"), question(taken, "doors")
    readable = float(wrapper.locator(".devices__strut").get_attribute("width") or 0)
    assert wrapper.locator(".devices__svg").evaluate("e => e.getBoundingClientRect().width") >= readable > 390
    wrapper.locator(f"[data-device='{TUNNEL}']").click()
    expect(wrapper.locator("[data-chosen]")).to_have_text("Chosen: flannel.1 · node n1")
    expect(wrapper.locator(".question__saved")).to_have_text("Saved")
    doors.get_by_label("Your objects").fill("kind: [")
    expect(doors.locator(".question__problem")).to_contain_text("not valid YAML")
    doors.get_by_label("Your objects").fill(NOBODY)
    expect(doors.locator(".question__saved")).to_have_text("Saved")
    taken.get_by_role("button", name="Submit for grading").click()
    taken.get_by_role("button", name="Submit anyway").first.click()
    expect(taken.locator("#result-wrapper")).to_contain_text("1 of 1 point")
    result = taken.locator("#result-doors")
    expect(result).to_contain_text("app/one can no longer connect to app/two on TCP 8080; it should.")
    assert taken.evaluate("document.documentElement.scrollWidth <= innerWidth")
    result.get_by_role("link", name="Watch this packet").first.click()
    expect(taken.get_by_role("heading", level=2).first).to_contain_text("pod/app/one → pod/app/two")
    expect(taken.get_by_text("The client sees: timeout")).to_be_visible()
    assert_accessible(taken)
    taken.get_by_role("link", name="Back to the result").click()
    expect(result).to_be_visible()


def accessible_in_both_themes(page: Page, assert_accessible: Callable[[Page], None]) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
