"""A learner predicts, sends the packet, follows it, and reads why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lessons.models import Prediction
from lessons.picture.canvas import SMALLEST_ZOOM
from tests.browser.conftest import BenchPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_cluster_is_drawn_before_anything_is_predicted(lesson_page: BenchPage) -> None:
    bench = lesson_page.open().bench
    picture = bench.get_by_role("img", name="Diagram of the cluster")
    expect(picture).to_be_visible()
    expect(picture).to_have_accessible_description(re.compile("Node n1"))
    expect(bench.get_by_text("The client sees")).to_have_count(0)


def test_the_prediction_is_stored_and_its_option_explained(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A refusal")
    assert Prediction.objects.get().option_text == "A refusal"
    mine = lesson_page.bench.get_by_label("Your prediction")
    expect(mine).to_contain_text("not what happened")
    expect(mine).to_contain_text("Because it is refused.")
    expect(lesson_page.bench.get_by_label("What happened")).to_contain_text("Because it is connected.")
    expect(lesson_page.bench).to_contain_text("It is connected.")


def test_the_explanation_waits_until_the_packet_has_arrived(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    mine = lesson_page.bench.get_by_label("Your prediction")
    expect(mine).to_be_hidden()
    lesson_page.bench.get_by_role("row", name=re.compile("delivered")).first.get_by_role("button").first.click()
    expect(mine).to_be_visible()


def test_who_does_not_want_to_wait_opens_the_explanation(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.bench.get_by_text("What happened, and why").click()
    expect(lesson_page.bench.get_by_label("Your prediction")).to_be_visible()


def test_a_right_prediction_is_told_once(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    expect(lesson_page.bench.get_by_label("Your prediction")).to_contain_text("right")
    expect(lesson_page.bench.get_by_label("What happened")).to_have_count(0)


def test_nothing_moves_before_the_learner_asks(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.page.wait_for_timeout(1200)
    expect(lesson_page.count).to_have_text(re.compile(r"^1 / \d+$"))
    expect(lesson_page.current_row).to_contain_text("client")


def test_the_packet_steps_forward_and_back(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    for _ in range(3):
        lesson_page.button("Forward one step").click()
    expect(lesson_page.count).to_have_text(re.compile("^4 /"))
    expect(lesson_page.current_row).to_contain_text("DNAT")
    expect(lesson_page.bench.locator("[data-packet-body]")).to_contain_text("10.244.2.2:8080 changed")
    lesson_page.button("Back one step").click()
    expect(lesson_page.current_row).to_contain_text("10.96.0.50:80")


def test_the_tunnel_adds_outer_headers_and_takes_them_off_again(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    panel = lesson_page.bench.locator("[data-packet-body]")
    lesson_page.bench.get_by_role("row", name=re.compile("encapsulated")).first.get_by_role("button").first.click()
    expect(panel).to_contain_text("Outer IPv4 and UDP")
    expect(lesson_page.bench.locator(".packet")).to_have_attribute("data-wrapped", "true")
    lesson_page.bench.get_by_role("row", name=re.compile("unwrapped")).first.get_by_role("button").first.click()
    expect(panel).not_to_contain_text("Outer")
    expect(lesson_page.bench.locator(".packet")).to_have_attribute("data-wrapped", "false")


def test_play_runs_and_pause_stops(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.bench.get_by_label("Speed").select_option("2")
    lesson_page.button("Play").click()
    expect(lesson_page.count).to_have_text(re.compile("^3 /"), timeout=8000)
    lesson_page.button("Pause").click()
    paused = lesson_page.count.text_content()
    lesson_page.page.wait_for_timeout(1500)
    expect(lesson_page.count).to_have_text(paused or "")


def test_the_reply_is_one_button_away(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.button("Show reply").click()
    expect(lesson_page.bench.locator("[data-packet-body]")).to_contain_text("Reply")
    expect(lesson_page.bench.locator(".packet")).to_have_attribute("data-leg", "reply")
    lesson_page.button("Show request").click()
    expect(lesson_page.count).to_have_text(re.compile("^1 /"))


def test_the_picture_survives_the_swap(lesson_page: BenchPage) -> None:
    lesson_page.open()
    canvas = lesson_page.bench.locator("[data-canvas]").element_handle()
    lesson_page.predict("A connection")
    assert canvas.evaluate("element => element.isConnected")


def test_the_bench_comes_back_as_it_was_after_a_reload(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A refusal")
    lesson_page.open()
    expect(lesson_page.bench.get_by_label("Your prediction")).to_contain_text("A refusal")
    lesson_page.button("Forward one step").click()
    expect(lesson_page.count).to_have_text(re.compile("^2 /"))


def test_predicting_again_asks_anew_and_keeps_the_first_prediction(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A refusal")
    lesson_page.button("Predict again").click()
    expect(lesson_page.bench).to_contain_text("Round 2")
    expect(lesson_page.bench.get_by_text("How sure are you?")).to_have_count(0)
    expect(lesson_page.bench.locator(".packet")).to_have_count(0)
    lesson_page.predict("A connection")
    assert list(Prediction.objects.values_list("round", "option_text")) == [(1, "A refusal"), (2, "A connection")]


def test_the_evidence_names_the_rules_that_decided(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    row = lesson_page.bench.locator("tr[data-row]", has_text="DNAT").first
    row.get_by_text("Evidence").click()
    expect(row).to_contain_text("-A KUBE-SERVICES -d 10.96.0.50/32")


@pytest.mark.parametrize("width", [390, 768, 1280], ids=lambda width: f"{width} px")
def test_no_page_scrolls_sideways(lesson_page: BenchPage, width: int) -> None:
    lesson_page.page.set_viewport_size({"width": width, "height": 844})
    lesson_page.open().predict("A connection")
    overflow = lesson_page.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


@pytest.mark.parametrize(("width", "expected"), [(390, 358), (768, 688), (1280, 688)], ids=lambda value: f"{value} px")
def test_text_uses_the_width_that_it_has(lesson_page: BenchPage, width: int, expected: int) -> None:
    lesson_page.page.set_viewport_size({"width": width, "height": 844})
    lesson_page.open()
    box = lesson_page.page.locator(".lesson__prose").first.bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(expected, abs=1)


def test_on_a_phone_the_picture_keeps_its_labels_readable_and_follows_the_packet(lesson_page: BenchPage) -> None:
    lesson_page.page.set_viewport_size({"width": 390, "height": 844})
    lesson_page.open().predict("A connection")
    frame = lesson_page.bench.locator(".figure__picture").bounding_box()
    assert frame is not None
    assert SMALLEST_ZOOM <= lesson_page.zoom < 2 * SMALLEST_ZOOM
    packet = lesson_page.bench.locator(".packet")
    for key in ("End", "Home"):
        lesson_page.bench.get_by_role("slider", name="Step of the packet").press(key)
        lesson_page.page.wait_for_timeout(1300)
        box = packet.bounding_box()
        assert box is not None
        assert frame["x"] <= box["x"] <= frame["x"] + frame["width"]


def test_a_finger_moves_the_picture_sideways_and_all_of_it_can_be_asked_for(lesson_page: BenchPage) -> None:
    lesson_page.page.set_viewport_size({"width": 390, "height": 844})
    lesson_page.open().predict("A connection")
    frame = lesson_page.bench.locator(".figure__picture")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    fingers = lesson_page.page.context.new_cdp_session(lesson_page.page)
    for kind, x in (("touchStart", 300), *(("touchMove", 300 - 20 * step) for step in range(1, 9)), ("touchEnd", None)):
        points = [] if x is None else [{"x": x, "y": box["y"] + 120}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    lesson_page.page.wait_for_function("document.querySelector('.figure__picture').scrollLeft > 40")
    lesson_page.button("Whole cluster").click()
    lesson_page.page.wait_for_function(
        "(() => { const e = document.querySelector('.figure__picture'); return e.scrollWidth <= e.clientWidth })()"
    )
    lesson_page.button("Whole cluster").click()
    assert lesson_page.zoom >= SMALLEST_ZOOM


def test_on_a_phone_sending_brings_the_picture_back_and_predicting_again_the_question(lesson_page: BenchPage) -> None:
    lesson_page.page.set_viewport_size({"width": 390, "height": 844})
    lesson_page.open().predict("A connection")
    expect(lesson_page.bench.locator("[data-canvas]")).to_be_in_viewport(ratio=0.4)
    expect(lesson_page.button("Play")).to_be_in_viewport()
    lesson_page.button("Predict again").click()
    expect(lesson_page.bench.locator("legend").first).to_be_in_viewport()
    expect(lesson_page.button("Lock in and send")).to_be_in_viewport()


def test_the_theme_that_was_chosen_persists(lesson_page: BenchPage) -> None:
    page = lesson_page.open().page
    toggle = page.get_by_role("button", name="Dark theme")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")


def test_reduced_motion_makes_the_packet_jump(lesson_page: BenchPage) -> None:
    lesson_page.page.emulate_media(reduced_motion="reduce")
    lesson_page.open().predict("A connection")
    lesson_page.button("Forward one step").click()
    assert lesson_page.bench.locator(".packet").evaluate("element => element.getAnimations().length") == 0


def test_the_address_names_the_step_that_the_next_change_leads_to(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    seen = []
    for _ in range(4):
        lesson_page.button("Next change").click()
        seen.append(lesson_page.bench.locator(".packet-now__where").text_content())
    places = [text.partition(". ")[2].removesuffix("Look inside") for text in seen if text]
    assert places == ["netfilterDNAT", "flannel.1encapsulated", "flannel.1unwrapped", "cni0"]
    address = lesson_page.page.url
    lesson_page.page.goto("about:blank")
    lesson_page.page.goto(address)
    expect(lesson_page.current_row).to_contain_text("cni0")
    expect(lesson_page.bench).to_be_in_viewport()


def test_picture_controls_and_packet_fit_one_screen_and_stay_where_they_are(lesson_page: BenchPage) -> None:
    lesson_page.page.set_viewport_size({"width": 1280, "height": 900})
    lesson_page.open()
    lesson_page.page.evaluate(
        "window.shift = 0; const add = (entry) => { if (!entry.hadRecentInput) window.shift += entry.value };"
        "new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({type: 'layout-shift'})"
    )
    lesson_page.predict("A connection")
    lesson_page.bench.locator(".bench__stage").evaluate(
        "e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 64)"
    )
    for part in ("[data-canvas]", ".player", ".packet-now__where", ".layers"):
        expect(lesson_page.bench.locator(part).first).to_be_in_viewport(ratio=0.97)
    table = lesson_page.bench.locator("[data-hops]")
    before = table.bounding_box()
    for row in (6, 8, 1):
        lesson_page.bench.locator(f"[data-jump='{row}']").evaluate("button => button.click()")
        lesson_page.page.wait_for_timeout(100)
        assert table.bounding_box() == before
    assert lesson_page.page.evaluate("window.shift") == pytest.approx(0, abs=0.002)


def test_a_device_that_is_picked_tells_the_page(lesson_page: BenchPage) -> None:
    lesson_page.open().predict("A connection")
    lesson_page.page.evaluate("addEventListener('device:pick', (event) => { window.picked = event.detail.element })")
    lesson_page.bench.locator("[data-canvas]").click(position={"x": 5, "y": 5})
    assert lesson_page.page.evaluate("window.picked") is None
    x, y = lesson_page.bench.locator(".packet").evaluate(
        "e => { const m = new DOMMatrix(getComputedStyle(e).transform); return [m.e - 30, m.f + 12] }"
    )
    lesson_page.bench.locator("[data-canvas]").click(position={"x": x, "y": y})
    assert lesson_page.page.evaluate("window.picked") == "process:ops/client:"


def test_a_prediction_that_gets_no_answer_says_so_and_can_be_sent_again(lesson_page: BenchPage) -> None:
    lost = BenchPage(lesson_page.page.context.new_page(), lesson_page.address).open()
    lost.bench.get_by_label("A refusal").check()
    lost.page.context.set_offline(True)
    lost.button("Lock in and send").click()
    said = lost.bench.get_by_role("alert")
    expect(said).to_contain_text("No answer came. Nothing is lost")
    expect(said).to_be_in_viewport()
    lost.page.context.set_offline(False)
    lost.predict("A refusal")
    expect(said).to_have_count(0)
