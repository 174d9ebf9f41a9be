"""An instructor takes questions out of a quiz as a file, and brings them back into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Status
from tests.lessons.factories import make_instructor
from tests.quizzes.factories import make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.nightly]


def test_questions_go_out_as_a_file_and_come_back_by_choice(
    page: Page, live_app: str, tmp_path: Path, csp_violations: list[str], assert_accessible: Callable[[Page], None]
) -> None:
    quiz = make_quiz(status=Status.DRAFT, slugs=("sees", "true"))
    make_instructor()
    page.goto(f"{live_app}/admin/login/?next=/admin/quizzes/quiz/{quiz.pk}/change/")
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Export questions").click()
    expect(page.get_by_text("The file holds 2 questions.")).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    quiz.questions.filter(slug="sees").delete()

    page.get_by_role("link", name="Back to the quiz").click()
    page.get_by_role("link", name="Import questions").click()
    assert_accessible(page)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Review the file").click()
    expect(page.get_by_text("The same as “true”, which is there already.")).to_be_visible()
    page.locator(".draft").first.get_by_text("Preview").click()
    expect(page.get_by_text("A Pod answers.")).to_be_visible()
    assert_accessible(page)
    expect(page.get_by_label("Add “true-2”")).not_to_be_checked()
    page.get_by_role("button", name="Add the chosen questions").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("1 question was added.")
    assert sorted(quiz.questions.values_list("slug", flat=True)) == ["sees", "true"]
