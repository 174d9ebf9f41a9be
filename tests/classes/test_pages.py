"""The pages of classes: whoever may open them sees what is theirs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classes import enrolling, signals
from classes.entries import Entry
from classes.forms import ClassForm
from classes.models import CourseClass, Role
from lessons import progress
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_experiment, make_user

pytestmark = pytest.mark.django_db


def test_a_learner_finds_the_class_in_the_list(client: Client) -> None:
    learner = put_in(make_class(), "ana")
    client.force_login(learner.learner.user)
    assert "Winter" in client.get("/classes/").content.decode()


def test_whoever_is_in_comes_to_the_class_by_its_link(client: Client) -> None:
    learner = put_in(make_class(), "ana")
    client.force_login(learner.learner.user)
    answer = client.get("/classes/join/", {"code": learner.course_class.code})
    assert answer.url == learner.course_class.get_absolute_url()


def test_only_staff_make_classes(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/classes/new/").status_code == 403


def test_a_new_class_has_a_first_step(client: Client) -> None:
    course_class = make_class()
    client.force_login(course_class.enrolments.get().learner.user)
    text = client.get(course_class.get_absolute_url()).content.decode()
    assert "Nobody learns here yet" in text
    assert f"{course_class.code[:4]} {course_class.code[4:]}" in text


def test_the_page_of_a_person_shows_how_far_they_are(client: Client) -> None:
    experiment = make_experiment()
    course_class = make_class(course=experiment.lesson.course)
    ana = put_in(course_class, "ana")
    progress.record_completed(ana.learner, experiment.lesson)
    client.force_login(course_class.enrolments.first().learner.user)
    text = client.get(f"{course_class.get_absolute_url()}people/{ana.pk}/").content.decode()
    assert "1 of 1 lesson completed" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ana", "ben", "iris", "zoe"]),
        ("q=AN", ["ana"]),
        ("q=ben+example", ["ben"]),
        ("role=assistant", ["zoe"]),
        ("section=0", ["iris", "zoe"]),
        ("section=A", ["ana"]),
        ("left=on", ["max"]),
        ("section=B&role=assistant", []),
        ("section=-7&role=king", ["ana", "ben", "iris", "zoe"]),
    ],
)
def test_people_are_found(client: Client, query: str, found: list[str]) -> None:
    course_class = make_class()
    for name in ("A", "B"):
        course_class.sections.create(name=name)
    section_a, section_b = course_class.sections.all()
    put_in(course_class, "ana", section=section_a)
    ben = put_in(course_class, "ben", section=section_b)
    ben.learner.user.email = "ben@example.org"
    ben.learner.user.save()
    put_in(course_class, "zoe", Role.ASSISTANT)
    enrolling.leave(put_in(course_class, "max"))
    client.force_login(User.objects.get(username="iris"))
    query = query.replace("section=A", f"section={section_a.pk}").replace("section=B", f"section={section_b.pk}")
    page = client.get(f"{course_class.get_absolute_url()}people/?{query}").context["page"]
    assert [each.name for each in page] == found


def test_a_long_list_comes_in_pages_that_keep_the_filter(client: Client) -> None:
    course_class = make_class()
    for number in range(51):
        put_in(course_class, f"user{number}")
    client.force_login(User.objects.get(username="iris"))
    text = client.get(f"{course_class.get_absolute_url()}people/?role=learner").content.decode()
    assert 'href="?role=learner&amp;page=2"' in text


def test_people_who_are_ticked_move(client: Client) -> None:
    course_class = make_class()
    section = course_class.sections.create(name="A")
    ana, ben = put_in(course_class, "ana"), put_in(course_class, "ben")
    client.force_login(User.objects.get(username="iris"))
    values = {"person": [ana.pk], "section": section.pk, "query": "role=learner"}
    answer = client.post(f"{course_class.get_absolute_url()}people/move/", values)
    assert answer.headers["Location"] == f"{course_class.get_absolute_url()}people/?role=learner"
    assert list(section.enrolments.values_list("learner", flat=True)) == [ana.learner_id]
    assert ben.section is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "learner", "section": "", "time_factor": "0.5"}, "greater than or equal to 1"),
        ({"role": "king", "section": "", "time_factor": "1"}, "Select a valid choice"),
    ],
    ids=["less time", "no role"],
)
def test_a_person_is_not_changed_by_a_form_with_a_mistake(client: Client, values: dict[str, str], message: str) -> None:
    course_class = make_class()
    ana = put_in(course_class, "ana")
    client.force_login(User.objects.get(username="iris"))
    answer = client.post(f"{course_class.get_absolute_url()}people/{ana.pk}/", values)
    assert (answer.status_code, message in answer.content.decode()) == (422, True)


def test_a_person_gets_extra_time_and_a_role(client: Client) -> None:
    course_class = make_class()
    ana = put_in(course_class, "ana")
    client.force_login(User.objects.get(username="iris"))
    values = {"role": "assistant", "section": "", "time_factor": "1.5"}
    client.post(f"{course_class.get_absolute_url()}people/{ana.pk}/", values)
    ana.refresh_from_db()
    assert (ana.role, str(ana.time_factor)) == ("assistant", "1.50")


def test_the_settings_change_name_and_code(client: Client) -> None:
    course_class = make_class()
    client.force_login(User.objects.get(username="iris"))
    client.post(f"{course_class.get_absolute_url()}settings/", {"title": "Summer", "code_valid_until": ""})
    course_class.refresh_from_db()
    assert (course_class.title, course_class.code_enabled) == ("Summer", False)


ZONE = re.compile(r'name="code_valid_until-zone" value="([^"]+)"')


@pytest.mark.parametrize(
    ("shown_in", "told_then", "utc"),
    [
        pytest.param("", "Europe/Berlin", 12, id="the first page, before the browser told its zone"),
        pytest.param("Europe/Berlin", "Asia/Tokyo", 10, id="on a journey"),
        pytest.param("Europe/Berlin", "Europe/Berlin", 10, id="at home"),
    ],
)
def test_a_moment_is_understood_in_the_zone_that_the_form_named(
    client: Client, shown_in: str, told_then: str, utc: int
) -> None:
    course_class = make_class()
    client.force_login(course_class.enrolments.get().learner.user)
    address = f"{course_class.get_absolute_url()}settings/"
    client.cookies["timezone"] = shown_in
    zone = ZONE.search(client.get(address).content.decode())
    assert zone
    client.cookies["timezone"] = told_then
    typed = {"code_valid_until": "2026-07-01T12:00", "code_valid_until-zone": zone[1]}
    client.post(address, {"title": "Summer", **typed})
    assert CourseClass.objects.get().code_valid_until == datetime(2026, 7, 1, utc, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone", "hour"),
    [("2026-07-01T12:00", "Mars/Olympus", 12), ("2026-07-01 12:00", "Asia/Tokyo", 3)],
    ids=["an unknown zone is that of the site", "as a browser without the control sends it"],
)
def test_a_moment_without_the_browsers_control_is_read_too(typed: str, zone: str, hour: int) -> None:
    form = ClassForm({"title": "Summer", "code_valid_until": typed, "code_valid_until-zone": zone})
    assert form.is_valid()
    assert form.cleaned_data["code_valid_until"] == datetime(2026, 7, 1, hour, tzinfo=UTC)


def test_what_is_no_moment_is_shown_again_as_it_was_typed() -> None:
    form = ClassForm({"title": "Summer", "code_valid_until": "soon", "code_valid_until-zone": "Asia/Tokyo"})
    assert 'value="soon"' in str(form["code_valid_until"])
    assert form.errors["code_valid_until"]


def test_other_apps_add_links_to_the_page_of_a_class(client: Client) -> None:
    course_class = make_class()
    client.force_login(User.objects.get(username="iris"))

    def listen(course_class: CourseClass, role: Role, **_: object) -> list[Entry]:
        return [Entry(f"Gradebook for the {role}", f"/gradebook/{course_class.pk}/", "All grades.")]

    signals.class_page_asked.connect(listen)
    try:
        text = client.get(course_class.get_absolute_url()).content.decode()
    finally:
        signals.class_page_asked.disconnect(listen)
    assert "Gradebook for the instructor" in text


def test_a_learner_leaves_and_keeps_what_they_did(client: Client) -> None:
    course_class = make_class()
    ana = put_in(course_class, "ana")
    client.force_login(ana.learner.user)
    text = client.post(f"{course_class.get_absolute_url()}leave/", follow=True).content.decode()
    ana.refresh_from_db()
    assert "You have left “Winter”." in text
    assert ana.left_at


def test_an_archived_class_stays_readable_and_says_so(client: Client) -> None:
    course_class = make_class()
    ana = put_in(course_class, "ana")
    client.force_login(User.objects.get(username="iris"))
    client.post(f"{course_class.get_absolute_url()}settings/archive/")
    client.force_login(ana.learner.user)
    assert "This class has ended." in client.get(course_class.get_absolute_url()).content.decode()
