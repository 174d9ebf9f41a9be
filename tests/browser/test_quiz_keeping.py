"""Answers reach the server within a second and survive what happens to pages; the clock closes an attempt in time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from quizzes.models import Answer, Attempt, Quiz
from tests.quizzes.factories import RESPONSES, make_policy, make_quiz
from tests.quizzes.site_process import site_process
from tests.servers import free_port, wait_until

pytestmark = pytest.mark.browser
ADDRESS = "10.244.1.2"
RESTORED = "Answers that had not reached the server are back"


@pytest.fixture
def quiz(live_app: str) -> Quiz:
    return make_quiz(slugs=("sees", "source", "way"), policy=make_policy(time_limit_minutes=30))


@pytest.fixture
def address(page: Page, live_app: str, quiz: Quiz, csp_violations: list[str]) -> str:
    """Of the attempt's page, which is open."""
    page.goto(live_app + quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    expect(page.get_by_role("timer")).to_contain_text("29:")
    return page.url


def stored(slug: str) -> Answer:
    return Answer.objects.get(revision__slug=slug)


def wait_for_answers(*slugs: str) -> None:
    wait_until(lambda: all(stored(slug).response == RESPONSES[slug][0] for slug in slugs), f"saved: {slugs}", 20)


def typed(page: Page) -> datetime:
    """When the last key was pressed."""
    page.get_by_label("IP address").press_sequentially(ADDRESS, delay=20)
    return timezone.now()


@pytest.mark.usefixtures("address")
def test_an_answer_is_stored_within_a_second_of_the_last_key(page: Page) -> None:
    last_key = typed(page)
    wait_for_answers("source")
    saved_at = stored("source").saved_at
    assert saved_at is not None
    assert saved_at - last_key < timedelta(seconds=1)


@pytest.mark.nightly
def test_a_page_that_is_left_while_typing_sends_what_it_has(page: Page, address: str) -> None:
    typed(page)
    page.goto("about:blank")
    wait_for_answers("source")
    page.goto(address)
    expect(page.get_by_label("IP address")).to_have_value(ADDRESS)
    expect(page.get_by_text(RESTORED)).to_have_count(0)


def test_what_was_answered_without_a_network_is_back_after_the_page_was_lost(page: Page, address: str) -> None:
    lost = page.context.new_page()
    lost.goto(address)
    lost.context.set_offline(True)
    lost.get_by_label("A connection").check()
    typed(lost)
    expect(lost.get_by_text("Not saved: the server does not answer.")).to_be_visible()
    lost.close()
    page.context.set_offline(False)
    page.goto(address)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    wait_for_answers("sees", "source")
    expect(page.get_by_label("IP address")).to_have_value(ADDRESS)


@pytest.mark.nightly
def test_an_answer_survives_a_server_that_is_killed_while_it_is_typed(page: Page, quiz: Quiz) -> None:
    port = free_port()
    away = page.context.new_page()
    with site_process(port) as group:
        away.goto(f"http://127.0.0.1:{port}{quiz.get_absolute_url()}")
        away.get_by_role("button", name="Start the quiz").click()
        away.get_by_label("A connection").check()
        wait_for_answers("sees")
        away.get_by_label("IP address").press_sequentially(ADDRESS[:4])
        os.killpg(group, signal.SIGKILL)
        away.get_by_label("IP address").press_sequentially(ADDRESS[4:])
        expect(away.get_by_text("Not saved: the server does not answer.")).to_be_visible(timeout=15_000)
    with site_process(port):
        wait_for_answers("sees", "source")
        expect(away.get_by_text("Not saved: the server does not answer.")).to_have_count(0)


@pytest.mark.nightly
def test_a_lost_answer_never_overwrites_what_another_window_saved_since(page: Page, address: str) -> None:
    lost = page.context.new_page()
    lost.goto(address)
    lost.context.set_offline(True)
    lost.get_by_label("A refusal").check()
    expect(lost.get_by_text("Not saved: the server does not answer.")).to_be_visible()
    lost.close()
    page.context.set_offline(False)
    answer = stored("sees")
    answer.response, answer.version = RESPONSES["sees"][0], answer.version + 1
    answer.save()
    again = page.context.new_page()
    again.goto(address)
    expect(again.get_by_text("In another window you answered: A connection")).to_be_visible()
    assert stored("sees").response == RESPONSES["sees"][0]


def test_the_clock_submits_what_is_there_when_time_is_up(
    page: Page, address: str, assert_accessible: Callable[[Page], None]
) -> None:
    started_at = timezone.now() - timedelta(minutes=29, seconds=54)
    deadline_at = started_at + timedelta(minutes=30)
    Attempt.objects.update(started_at=started_at, deadline_at=deadline_at)
    page.goto(address)
    expect(page.get_by_text("Soon over")).to_be_visible()
    assert_accessible(page)
    typed(page)
    expect(page.get_by_text("Time was up on")).to_be_visible(timeout=15_000)
    assert stored("source").response == RESPONSES["source"][0]
    attempt = Attempt.objects.get()
    assert attempt.closed_by_clock
    assert attempt.submitted_at is not None
    assert timedelta(0) <= attempt.submitted_at - deadline_at < timedelta(seconds=3)
