"""An instructor looks from the class to the quiz that went badly, and to the question in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from classes.models import Enrolment, Role
from lessons.learners import learner_of
from tests.browser.test_class_journey import log_in
from tests.lessons.factories import make_user
from tests.quizzes.statistics.first_tries import SLUGS, enter, make_quiz_and_class, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.nightly]


def test_from_the_class_to_the_answers_to_one_question(
    page: Page, live_app: str, assert_accessible: Callable[[Page], None], csp_violations: list[str]
) -> None:
    quiz, course_class = make_quiz_and_class()
    for number in range(24):
        take(quiz, enter(course_class), SLUGS[: number % 4])
    Enrolment.objects.create(course_class=course_class, learner=learner_of(make_user("iris")), role=Role.INSTRUCTOR)
    page.goto(live_app + course_class.get_absolute_url())
    log_in(page, "iris")
    page.get_by_role("link", name="Statistics").click()
    assert_accessible(page)
    page.get_by_role("link", name=quiz.title).click()
    expect(page.get_by_role("img", name="Questions by facility and discrimination")).to_be_visible()
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    page.get_by_role("link", name="sees", exact=True).click()
    expect(page.get_by_role("row", name="A connection")).to_contain_text("18")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "questions-services.csv"
