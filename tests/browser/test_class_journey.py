"""An instructor makes a class, a learner joins it on a phone, the instructor looks at it as a learner."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from classes import inviting
from classes.models import CourseClass, Enrolment, Role
from classes.roster import uploads
from lessons.models import Experiment, Prediction
from tests.classes.factories import put_in
from tests.lessons.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("hop-by-hop-1")
    page.get_by_role("main").get_by_role("button", name="Log in").click()


@pytest.mark.nightly
def test_a_class_from_its_making_to_a_look_as_a_learner(
    page: Page, browser: Browser, live_app: str, experiment: Experiment, csp_violations: list[str]
) -> None:
    make_user("iris", is_staff=True)
    make_user("ana")
    page.goto(live_app + "/classes/")
    log_in(page, "iris")
    page.get_by_role("link", name="New class").first.click()
    page.get_by_label("Name of the class").fill("Winter")
    page.get_by_role("button", name="Make the class").click()
    expect(page.get_by_text("Nobody learns here yet")).to_be_visible()
    link = page.get_by_role("link").filter(has_text="/classes/join/").inner_text()

    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    phone.goto(link)
    phone.get_by_role("main").get_by_role("link", name="Log in").click()
    log_in(phone, "ana")
    phone.get_by_role("button", name="Join the class").click()
    expect(phone.get_by_text("Welcome to “Winter”.")).to_be_visible()
    phone.get_by_role("link", name="Networking", exact=True).click()
    expect(phone.get_by_text("You take this course with the class")).to_be_visible()
    phone.context.close()
    assert Enrolment.objects.get(role=Role.LEARNER).learner.user == User.objects.get(username="ana")

    page.reload()
    expect(page.get_by_role("link", name="People 1 learner, 1 who teaches")).to_be_visible()
    page.get_by_role("button", name="View as a learner").click()
    page.goto(live_app + experiment.lesson.get_absolute_url())
    page.get_by_label("A refusal").check()
    page.get_by_role("button", name="Lock in and send").click()
    expect(page.locator("[data-bench]")).to_have_attribute("data-state", "shown", timeout=15_000)
    assert Prediction.objects.get().learner.stand_in_of == User.objects.get(username="iris")
    page.get_by_role("button", name="Stop viewing").click()
    expect(page.get_by_role("link", name="People 1 learner, 1 who teaches")).to_be_visible()


def test_the_pages_of_a_class_have_no_violations_on_a_desk_and_on_a_phone_in_the_dark(
    page: Page, live_app: str, experiment: Experiment, assert_accessible: Check, csp_violations: list[str]
) -> None:
    iris = make_user("iris", is_staff=True)
    page.goto(live_app + "/classes/new/")
    log_in(page, "iris")
    assert_accessible(page)
    page.get_by_label("Name of the class").fill("Winter")
    page.get_by_role("button", name="Make the class").click()
    course_class = CourseClass.objects.get()
    course_class.sections.create(name="Tuesday")
    ana = put_in(course_class, "ana")
    upload = uploads.store(course_class, iris, "email,section\nben@example.org,Friday\nwrong@,\nana,Tuesday")
    invitation = inviting.invite(course_class, iris, email="zoe@example.org")
    pages = [
        *(reverse(f"class{name}", args=[course_class.pk]) for name in ("", "_people", "_roster", "_settings")),
        reverse("class_invitations", args=[course_class.pk]),
        reverse("class_person", args=[course_class.pk, ana.pk]),
        upload.get_absolute_url(),
        reverse("invitation", args=[invitation.token]),
        "/classes/",
        f"/classes/join/?code={course_class.code}",
    ]
    for color, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=color)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 844})
        for address in pages:
            page.goto(live_app + address)
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(live_app + course_class.get_absolute_url())
    page.get_by_role("button", name="View as a learner").click()
    assert_accessible(page)
