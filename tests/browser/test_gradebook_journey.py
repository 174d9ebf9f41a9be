"""An instructor sets up a class's quizzes, sees who stands where, and gives a grade by file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from quizzes.models import Assignment
from tests.browser.signing_in import sign_in
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user
from tests.quizzes.gradebook.factories import make_grade, make_small_quiz

pytestmark = [pytest.mark.browser, pytest.mark.nightly]


def test_from_the_first_assignment_to_a_grade_from_a_file(
    page: Page, live_app: str, assert_accessible: Callable[[Page], None]
) -> None:
    teacher = make_user("iris", is_staff=True)
    course_class = make_class(teacher)
    ana, quiz = put_in(course_class, "ana"), make_small_quiz(1, objectives=[1])
    sign_in(page, live_app, teacher)
    page.goto(live_app + course_class.get_absolute_url())
    page.get_by_role("link", name="Assignments").click()
    page.get_by_role("button", name="Assign them").click()
    expect(page.get_by_text("1 quiz is assigned.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing is assigned.")).to_be_visible()
    page.get_by_role("button", name="Assign them").click()
    assert_accessible(page)
    assert Assignment.objects.get().quiz == quiz

    for points in (3, 4):
        make_grade(ana, quiz, [points])
    page.get_by_role("link", name="Gradebook").click()
    page.get_by_role("link", name="Show who, and why").click()
    expect(page.get_by_text("2 attempts at “Quiz 1”, none passed")).to_be_visible()
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="ana", exact=True).click()
    assert_accessible(page)

    page.goto(f"{live_app}/classes/{course_class.pk}/gradebook/upload/")
    page.get_by_label("Or paste it").fill("username,quiz,score\nana,lesson-1,9\nbo,lesson-1,9")
    page.get_by_label("Reason").fill("Oral exam")
    page.get_by_role("button", name="Review the changes").click()
    expect(page.get_by_text("Nobody in this class is called so.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Set these grades").click()
    expect(page.get_by_text("1 grade is set.")).to_be_visible()
    page.get_by_role("link", name="Gradebook").click()
    expect(page.get_by_role("link", name="Quiz 1: 90 %, passed")).to_be_visible()
