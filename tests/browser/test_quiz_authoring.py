"""An instructor mends a question, puts questions in order and publishes the quiz, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Status
from quizzes.models import Question, Quiz
from tests.lessons.factories import make_instructor
from tests.quizzes.factories import SPECS, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def quiz(live_app: str, page: Page) -> Quiz:
    """A draft, with an instructor logged in."""
    make_instructor()
    page.goto(f"{live_app}/admin/")
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("button", name="Log in").click()
    return make_quiz(status=Status.DRAFT)


def test_a_question_is_refused_with_its_line_mended_and_previewed(
    page: Page, live_app: str, quiz: Quiz, csp_violations: list[str], assert_accessible: Callable[[Page], None]
) -> None:
    question = Question.objects.get(slug="sees")
    page.goto(f"{live_app}/admin/quizzes/question/{question.pk}/change/")
    editor = page.get_by_label("Specification")
    good = editor.input_value()
    editor.fill(good.replace("client_sees: timeout", "client_sees: connected"))
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("exactly one has to be right; the engine finds options[1], options[2].")).to_be_visible()
    expect(editor).to_have_value(good.replace("client_sees: timeout", "client_sees: connected"))
    editor.fill(good.replace("Nothing is lost.", "Nothing is lost on the way."))
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("Nothing is lost on the way.")).to_be_visible()
    assert_accessible(page)


def test_questions_are_moved_and_the_quiz_is_published(
    page: Page, live_app: str, quiz: Quiz, csp_violations: list[str]
) -> None:
    page.goto(f"{live_app}/admin/quizzes/quiz/{quiz.pk}/change/")
    page.get_by_role("button", name="Move up (now 2)").click()
    page.get_by_label("Status").select_option("published")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    first, second, *rest = SPECS
    assert [question.slug for question in quiz.questions.all()] == [second, first, *rest]
    assert Quiz.objects.get().status == Status.PUBLISHED
