"""The pages of classes: whoever may open them sees what is theirs."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_learner_finds_the_class_in_the_list(client: Client) -> None:
    learner = put_in(make_class(), "ana")
    client.force_login(learner.learner.user)
    assert "Winter" in client.get("/classes/").content.decode()


def test_only_staff_make_classes(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/classes/new/").status_code == 403


def test_a_new_class_has_a_first_step(client: Client) -> None:
    course_class = make_class()
    client.force_login(course_class.enrolments.get().learner.user)
    text = client.get(course_class.get_absolute_url()).content.decode()
    assert "Nobody learns here yet" in text
    assert f"{course_class.code[:4]} {course_class.code[4:]}" in text
