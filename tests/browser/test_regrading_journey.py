"""An instructor corrects a key in the admin, sees whom it concerns, applies it, and sets one score by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lessons.learners import learner_of
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, Quiz
from tests.lessons.factories import make_instructor, make_user
from tests.quizzes.factories import right, wrong
from tests.quizzes.regrading.setting import REASON, taken, two_questions

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.nightly]


@pytest.fixture
def quiz(live_app: str, page: Page) -> Quiz:
    """Dora answered all wrong, emil all right; ben is logged in."""
    make_instructor()
    quiz = two_questions()
    taken(quiz, wrong, learner_of(make_user("dora")))
    taken(quiz, right, learner_of(make_user("emil")))
    log_in(page, live_app, "ben")
    return quiz


def log_in(page: Page, site: str, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"Signed in as {name}").first).to_be_attached()


def points_of(name: str) -> float:
    score = score_of(Attempt.objects.get(learner__user__username=name))
    assert score is not None
    return float(score.score)


def test_a_key_is_corrected_regraded_and_one_score_set_by_hand(
    page: Page, live_app: str, quiz: Quiz, csp_violations: list[str], assert_accessible: Callable[[Page], None]
) -> None:
    question = quiz.questions.get(slug="true")
    page.goto(f"{live_app}/admin/quizzes/question/{question.pk}/change/")
    editor = page.get_by_label("Specification")
    old = "text: The address answers ARP\n  correct: false"
    assert old in editor.input_value()
    editor.fill(editor.input_value().replace(old, old.replace("false", "true")))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("2 graded attempts had an earlier version of this question.")
    page.locator(".messagelist").get_by_role("link", name="Regrade").click()
    expect(page.get_by_label("true")).to_have_value("grade")
    expect(page.get_by_label("source")).to_have_value("keep")
    assert_accessible(page)

    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Work out what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("row", name="dora")).to_contain_text("0/3 → 0.67/3")
    assert_accessible(page)
    page.get_by_role("link", name="Would go down, and is kept 1").press("Enter")
    expect(page.get_by_role("row", name="emil")).to_contain_text("2/2 → 1.33/2")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.get_by_role("button", name="Apply it").press("Enter")
    expect(page.get_by_role("heading", name="What changed")).to_be_visible(timeout=15_000)
    assert (round(points_of("dora"), 2), points_of("emil")) == (0.67, 3)

    page.get_by_role("link", name="dora").click()
    page.get_by_role("textbox", name="Score").fill("2")
    page.get_by_role("textbox", name="Reason").fill("You said it in class.")
    page.get_by_role("button", name="Set this score").click()
    expect(page.get_by_text("The score is set.")).to_be_visible()
    assert points_of("dora") == 2
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    page.goto(f"{live_app}/quizzes/grading/")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    log_in(page, live_app, "dora")
    page.goto(f"{live_app}{Attempt.objects.get(learner__user__username='dora').get_absolute_url()}")
    expect(page.get_by_text("You said it in class.")).to_be_visible()
    expect(page.get_by_text("the engine found 0.67")).to_be_visible()
    assert_accessible(page)
