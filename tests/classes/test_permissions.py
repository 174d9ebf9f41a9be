"""Who may open which page of a class: every role × every page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from classes import inviting, permissions
from classes.models import CourseClass, Role
from classes.roster import uploads
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user

pytestmark = pytest.mark.django_db
PEOPLE = ["visitor", "stranger", "staff", "left", "learner", "assistant", "instructor", "superuser"]
GRANTED = {
    Role.LEARNER: {"learner", "assistant", "instructor", "superuser"},
    Role.ASSISTANT: {"assistant", "instructor", "superuser"},
    Role.INSTRUCTOR: {"instructor", "superuser"},
}
READ = {
    "class": Role.LEARNER,
    "class_people": Role.ASSISTANT,
    "class_people_file": Role.ASSISTANT,
    "class_person": Role.ASSISTANT,
    "class_roster": Role.INSTRUCTOR,
    "class_roster_upload": Role.INSTRUCTOR,
    "class_roster_left_out": Role.INSTRUCTOR,
    "class_invitations": Role.INSTRUCTOR,
    "class_invitation_links": Role.INSTRUCTOR,
    "class_settings": Role.INSTRUCTOR,
}
WRITE = {
    "view_as_learner": Role.ASSISTANT,
    "class_people_move": Role.INSTRUCTOR,
    "class_person_remove": Role.INSTRUCTOR,
    "class_person_bring_back": Role.INSTRUCTOR,
    "class_roster_apply": Role.INSTRUCTOR,
    "class_roster_discard": Role.INSTRUCTOR,
    "class_invitation_renew": Role.INSTRUCTOR,
    "class_invitation_withdraw": Role.INSTRUCTOR,
    "class_rotate_code": Role.INSTRUCTOR,
    "class_archive": Role.INSTRUCTOR,
    "class_unarchive": Role.INSTRUCTOR,
    "class_section_add": Role.INSTRUCTOR,
    "class_section_rename": Role.INSTRUCTOR,
    "class_section_delete": Role.INSTRUCTOR,
}


@pytest.fixture
def course_class() -> CourseClass:
    return make_class(make_user("instructor", is_staff=True))


def person(name: str, course_class: CourseClass) -> User | None:
    match name:
        case "visitor":
            return None
        case "instructor":
            return User.objects.get(username=name)
        case "learner" | "assistant":
            return put_in(course_class, name, Role(name)).learner.user
        case "left":
            enrolment = put_in(course_class, name)
            enrolment.left_at = enrolment.joined_at
            enrolment.save()
            return enrolment.learner.user
        case _:
            return make_user(name, is_staff=name != "stranger", is_superuser=name == "superuser")


def addresses(course_class: CourseClass, user: User) -> dict[str, str]:
    """Of every page of the class, for something that exists."""
    section = course_class.sections.create(name="A")
    parts = {
        "person": [put_in(course_class, "zoe").pk],
        "roster_": [uploads.store(course_class, user, "email\nx@example.org").pk],
        "invitation_": [inviting.invite(course_class, user, email="y@example.org").pk],
        "section_": [section.pk],
    }
    single = {"class_invitation_links", "class_section_add"}
    found = {}
    for name in READ | WRITE:
        more = next((value for part, value in parts.items() if part in name and name not in single), [])
        found[name] = reverse(name, args=[course_class.pk, *more])
    return found


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_ones_before_it_may(course_class: CourseClass, name: str, role: Role) -> None:
    user = person(name, course_class)
    assert bool(user and permissions.may(user, course_class, role)) == (name in GRANTED[role])


@pytest.mark.parametrize("name", PEOPLE)
def test_pages_open_for_their_role_and_do_not_exist_for_others(
    course_class: CourseClass, client: Client, name: str
) -> None:
    user, pages = person(name, course_class), addresses(course_class, User.objects.get(username="instructor"))
    if user:
        client.force_login(user)
    refused = 404 if user else 302
    expected = {page: 200 if name in GRANTED[role] else refused for page, role in READ.items()}
    assert {page: client.get(pages[page]).status_code for page in READ} == expected


@pytest.mark.parametrize("name", [name for name in PEOPLE if name not in GRANTED[Role.INSTRUCTOR]])
def test_forms_do_nothing_for_others(course_class: CourseClass, client: Client, name: str) -> None:
    user, pages = person(name, course_class), addresses(course_class, User.objects.get(username="instructor"))
    if user:
        client.force_login(user)
    refused = 404 if user else 302
    forms = [form for form, role in WRITE.items() if name not in GRANTED[role]]
    assert {form: client.post(pages[form]).status_code for form in forms} == dict.fromkeys(forms, refused)


@pytest.mark.parametrize("page", sorted(WRITE))
def test_a_link_alone_changes_nothing(course_class: CourseClass, client: Client, page: str) -> None:
    user = User.objects.get(username="instructor")
    client.force_login(user)
    assert client.get(addresses(course_class, user)[page]).status_code == 405


def test_an_assistant_cannot_change_a_person(course_class: CourseClass, client: Client) -> None:
    assistant, learner = put_in(course_class, "assistant", Role.ASSISTANT), put_in(course_class, "zoe")
    client.force_login(assistant.learner.user)
    values = {"role": "instructor", "section": "", "time_factor": "1"}
    client.post(reverse("class_person", args=[course_class.pk, learner.pk]), values)
    learner.refresh_from_db()
    assert learner.role == Role.LEARNER


def test_a_person_of_another_class_is_not_found(course_class: CourseClass, client: Client) -> None:
    stranger = put_in(make_class(), "zoe")
    client.force_login(User.objects.get(username="instructor"))
    assert client.get(reverse("class_person", args=[course_class.pk, stranger.pk])).status_code == 404


def test_whoever_views_as_a_learner_has_a_learners_role_there_and_none_elsewhere(
    course_class: CourseClass, client: Client
) -> None:
    user = User.objects.get(username="instructor")
    other = make_class(make_user("iris", is_staff=True))
    client.force_login(user)
    client.post(reverse("view_as_learner", args=[course_class.pk]))
    pages = [course_class.get_absolute_url(), reverse("class_people", args=[course_class.pk]), other.get_absolute_url()]
    assert [client.get(page).status_code for page in pages] == [200, 404, 404]
