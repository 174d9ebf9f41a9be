"""A learner plays: any pair of machines, another data plane beside the first, a policy, a look into a device."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import ANSWER_MS
from tests.browser.test_keyboard import tab_to
from tests.lessons.factories import make_experiment
from tests.lessons.playgrounds import PLAYGROUND, make_playground

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICK = """(canvas, element) => canvas.dispatchEvent(
  new CustomEvent("device:pick", {bubbles: true, cancelable: true, detail: {element}})
)"""


@pytest.fixture
def playground(page: Page, live_app: str, csp_violations: list[str]) -> Locator:
    lesson = make_playground()
    page.goto(f"{live_app}{lesson.get_absolute_url()}playground/")
    return page.locator("#playground")


def expect_sent(playground: Locator, sees: str) -> None:
    expect(playground.locator(".verdict h3")).to_have_text(f"The client sees: {sees}", timeout=ANSWER_MS)
    playground.locator("#playground-packet").scroll_into_view_if_needed()
    expect(playground.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=ANSWER_MS)


def test_any_pair_by_keyboard_then_another_data_plane_beside_it(
    playground: Locator, page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    expect(playground.locator("[data-canvas] canvas").first).to_be_attached(timeout=ANSWER_MS)
    tab_to(page, "#pg-from")
    page.keyboard.type("node n2")
    tab_to(page, "#pg-to")
    page.keyboard.type("app/one")
    expect(playground.locator("#pg-port")).to_have_value("8080")
    tab_to(page, "#pg-send")
    page.keyboard.press("Enter")
    expect_sent(playground, "connected")
    expect(page).to_have_url(re.compile(r"from=node%2Fn2&to=pod%2Fapp%2Fone&port=8080&sent=1$"))
    expect(page.locator("#playground-status")).to_contain_text("The client sees: connected")

    playground.get_by_label("Data plane of B").select_option("calico-vxlan")
    playground.get_by_role("button", name="Compare A and B").click()
    expect(playground.locator(".compare__table tr", has_text="Outer header")).to_contain_text(
        "differs", timeout=ANSWER_MS
    )
    expect(playground.locator(".ways__table")).to_contain_text("only in B")
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    page.reload()
    expect_sent(playground, "connected")
    expect(playground.get_by_label("Data plane of B")).to_have_value("calico-vxlan")
    page.go_back()
    expect(playground.get_by_label("Data plane of B")).to_have_value("")
    expect_sent(playground, "connected")

    playground.locator("#pg-to").select_option("pod/app/two")
    playground.locator("#pg-send").click()
    sent = playground.locator("[data-sent] li", has_text="node/n2 → pod/app/one:8080 · the scene as it is")
    sent.get_by_role("link", name="Compare with the packet above").click()
    expect(playground.locator(".compare__table tr", has_text="Answered by")).to_contain_text("app/one differs")
    expect(playground.get_by_role("heading", name="Compare")).to_be_focused()
    expect(page.locator("#playground-status")).to_contain_text(re.compile(r"^\d+ steps differ"))


def test_sender_protocol_rules_and_faults_are_chosen_and_taken_back(playground: Locator, page: Page) -> None:
    picture = playground.locator("[data-canvas]")
    picture.scroll_into_view_if_needed()
    expect(picture.locator("canvas").first).to_be_attached()
    playground.get_by_role("button", name="Pick the sender on the picture").press("Enter")
    picture.evaluate(PICK, "process:app/one:")
    expect(page.locator("#pg-from")).to_have_value("pod/app/one")
    expect(page.locator("#pg-from")).to_be_focused()
    expect(playground.locator("[data-element]")).not_to_have_value("process:app/one:")
    playground.get_by_role("button", name="Pick the destination on the picture").press("Enter")
    page.keyboard.press("Escape")
    expect(playground.locator("[data-pick][aria-pressed=true]")).to_have_count(0)

    playground.get_by_label("Service rules", exact=True).select_option("nftables")
    expect(playground.locator(".chip", has_text="kube-proxy, nftables")).to_be_visible()
    fault = playground.get_by_role("checkbox", name="A typo (fault)").first
    fault.press("Space")
    expect(playground.locator(".chip", has_text="A typo")).to_be_visible()
    expect(fault).to_be_focused()
    page.locator("#pg-send").press("Enter")
    expect_sent(playground, "refused")
    playground.locator(".chip", has_text="A typo").press("Enter")
    expect_sent(playground, "connected")
    expect(fault).not_to_be_checked()
    expect(playground.get_by_role("heading", name=PLAYGROUND["title"])).to_be_focused()

    page.locator("#pg-protocol").select_option("icmp")
    playground.get_by_label("or type it").fill("10.244.2.2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=pod%2Fapp%2Fone&to=10.244.2.2&protocol=icmp&proxy=nftables&sent=1$"))
    expect_sent(playground, "connected")

    page.set_viewport_size({"width": 390, "height": 844})
    playground.get_by_role("textbox", name="Line").press_sequentially("ip route")
    page.keyboard.press("Enter")
    log = playground.locator(".session__log")
    expect(log).to_contain_text("default via")
    expect(playground.get_by_role("textbox", name="Line")).to_be_focused()
    expect(log).to_be_in_viewport(ratio=0.9)


def test_a_policy_recolors_the_matrix_and_a_device_shows_the_rule_that_denied(playground: Locator, page: Page) -> None:
    playground.get_by_label("Data plane", exact=True).select_option("calico-vxlan")
    expect(playground.locator(".chip", has_text="Calico, VXLAN")).to_be_visible(timeout=ANSWER_MS)
    expect(playground.get_by_text("6 allowed")).to_be_visible()
    playground.get_by_label("Deny all").first.check()
    expect(playground.get_by_text("4 denied")).to_be_visible(timeout=ANSWER_MS)
    playground.locator(".matrix tbody tr", has_text="ops/client").get_by_role("link", name="denied").first.click()
    expect(playground.locator(".why")).to_contain_text("NetworkPolicy app/deny isolates the Pod", timeout=ANSWER_MS)
    expect(playground.locator(".why")).to_be_in_viewport(ratio=0.9)
    expect(playground.locator("[aria-current=true] a")).to_be_focused()
    playground.get_by_role("link", name="Watch this packet").click()
    expect_sent(playground, "timeout")
    expect(playground.get_by_role("heading", name=PLAYGROUND["title"])).to_be_focused()

    playground.locator("[data-canvas]").evaluate(PICK, "netfilter:n1:")
    rules = playground.locator("[data-device] details", has_text="iptables rules").first
    expect(rules.locator(".is-hit").first).to_contain_text("used", timeout=ANSWER_MS)
    expect(rules.locator(".listing--hits")).to_contain_text("-j DROP")
    expect(playground.locator("[data-device-status]")).to_have_text(re.compile(r"^n1 node/n1\. \d+ lines were used"))

    playground.get_by_role("link", name="Undo").first.click()
    expect(playground.locator(".why")).to_be_visible(timeout=ANSWER_MS)


def test_the_later_of_two_changes_counts_and_the_picture_stays(playground: Locator, page: Page) -> None:
    expect(playground.locator("[data-canvas] canvas").first).to_be_attached()
    changes = playground.locator(".playground__changes .chip")
    playground.get_by_label("Data plane", exact=True).select_option("calico-vxlan")
    expect(changes).to_have_count(1, timeout=ANSWER_MS)
    playground.get_by_role("checkbox", name="A typo (fault)").check()
    expect(changes).to_have_count(2, timeout=ANSWER_MS)

    slow: list[Route] = []
    page.route(re.compile(r"/playground/\?"), lambda route: route.continue_() if slow else slow.append(route))
    changes.filter(has_text="A typo").click()
    changes.filter(has_text="Calico").click()
    expect(changes).to_have_text([re.compile("A typo")])
    slow[0].continue_()
    page.wait_for_timeout(600)
    expect(changes).to_have_text([re.compile("A typo")])
    expect(playground.locator("[data-canvas] canvas").first).to_be_attached()


def test_a_lesson_opens_its_playground_and_its_experiments_devices(page: Page, live_app: str) -> None:
    lesson = make_playground()
    experiment = make_experiment(lesson)
    page.goto(live_app + lesson.get_absolute_url())
    bench = page.locator(f"#experiment-{experiment.slug}")
    bench.get_by_label("A connection").check()
    bench.get_by_role("button", name="Lock in and send").click()
    bench.get_by_label("Click a device").select_option("netfilter:n1:", timeout=ANSWER_MS)
    expect(bench.locator("[data-device]")).to_contain_text("--to-destination", timeout=ANSWER_MS)

    page.locator("#playground").scroll_into_view_if_needed()
    line = page.locator("#pg-line")
    expect(line).to_be_visible(timeout=ANSWER_MS)
    line.fill("hostname")
    line.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("client", timeout=ANSWER_MS)
    expect(page.locator("#playground-status")).to_have_text("client")
    expect(line).to_be_focused()
    line.press("ArrowUp")
    expect(line).to_have_value("hostname")
