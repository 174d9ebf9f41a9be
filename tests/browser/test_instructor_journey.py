"""An instructor writes in the admin, under the same Content-Security-Policy as every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Experiment, Lesson, Scene
from tests.lessons.factories import SCENE, make_experiment, make_instructor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(live_app: str, page: Page, csp_violations: list[str]) -> Page:
    """The admin's lesson form, of a lesson with two experiments."""
    make_instructor()
    experiment = make_experiment(position=1)
    make_experiment(experiment.lesson, slug="second", title="Second", position=2)
    page.goto(f"{live_app}/admin/lessons/lesson/{experiment.lesson.pk}/change/")
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("button", name="Log in").click()
    return page


def test_the_preview_follows_the_text_and_is_sanitised(admin: Page) -> None:
    preview = admin.get_by_role("region", name="Preview of body")
    expect(preview.get_by_role("heading", name="Rules")).to_be_visible()
    text = "# New title\n\n<img src=x onerror=alert(1)> **bold**\n\n::experiment[first]"
    admin.get_by_role("textbox", name="Body").fill(text)
    expect(preview.get_by_role("heading", name="New title")).to_be_visible()
    expect(preview.locator("strong")).to_have_text("bold")
    expect(preview.locator("img")).to_have_count(0)


def test_experiments_are_moved_by_keyboard_and_saved(admin: Page) -> None:
    button = admin.get_by_role("button", name="Move down (now 1)")
    button.focus()
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("button", name="Move down (now 2)")).to_be_focused()
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("was changed successfully")).to_be_visible()
    assert list(Experiment.objects.order_by("position").values_list("slug", flat=True)) == ["second", "first"]


def test_a_mistake_in_a_scene_is_shown_beside_the_text_which_stays(admin: Page, live_app: str) -> None:
    admin.goto(f"{live_app}/admin/lessons/scene/{Scene.objects.get().pk}/change/")
    admin.get_by_label("Manifests").fill(SCENE.replace("port: 80,", "port: 80000,"))
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".field-manifests .errorlist")).to_contain_text("scene.yaml:40: spec.ports[0].port")
    assert "port: 80000" in admin.get_by_label("Manifests").input_value()
    admin.get_by_role("button", name="Go to line 40").click()
    expect(admin.get_by_label("Manifests")).to_be_focused()
    assert "port: 80000" in admin.evaluate("getSelection().toString()")
    expect(admin.get_by_text("Line 40 of")).to_be_visible()


def test_a_lesson_goes_back_to_draft_and_its_page_says_so(admin: Page, live_app: str) -> None:
    admin.get_by_label("Status").select_option("draft")
    admin.get_by_role("button", name="Save and continue editing").click()
    expect(admin.get_by_text("was changed successfully")).to_be_visible()
    admin.goto(live_app + Lesson.objects.get().get_absolute_url())
    expect(admin.get_by_text("This is a draft. Learners do not see it yet.")).to_be_visible()
