"""Signing up, in and out; a guest's work comes along."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from lessons.models import Experiment, Learner, Prediction
from tests.lessons.factories import make_experiment, make_user

pytestmark = pytest.mark.django_db(transaction=True)
ANA = {"username": "ana", "password1": "hop-by-hop-1", "password2": "hop-by-hop-1"}


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


def predict(client: Client, experiment: Experiment) -> None:
    client.post(f"/experiments/{experiment.pk}/predict/", {"option": experiment.options.all()[0].pk, "round": 1})


def test_signing_up_logs_in_and_keeps_what_the_guest_did(client: Client, experiment: Experiment) -> None:
    predict(client, experiment)
    assert client.post("/accounts/signup/", ANA).status_code == 302
    assert Prediction.objects.get().learner == Learner.objects.get(user__username="ana")
    assert "prediction locked in" in client.get(experiment.lesson.get_absolute_url()).content.decode()


def test_logging_in_keeps_what_the_guest_did(client: Client, experiment: Experiment) -> None:
    user = make_user()
    predict(client, experiment)
    client.post("/accounts/login/", {"username": "ana", "password": "hop-by-hop-1"})
    assert Prediction.objects.get().learner.user == user


def test_logging_out_leaves_nothing_to_the_next_visitor(client: Client, experiment: Experiment) -> None:
    client.post("/accounts/signup/", ANA)
    predict(client, experiment)
    client.post("/accounts/logout/")
    html = client.get(experiment.lesson.get_absolute_url()).content.decode()
    assert "prediction locked in" not in html


def test_logging_out_must_be_posted(client: Client) -> None:
    assert client.get("/accounts/logout/").status_code == 405


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"username": ""}, "This field is required"),
        ({"password2": "another-one-2"}, "match"),
        ({"password1": "12345678", "password2": "12345678"}, "too common"),
        ({"password1": "ana", "password2": "ana"}, "too short"),
    ],
)
def test_a_mistake_is_explained_and_nobody_is_made(client: Client, change: dict[str, str], message: str) -> None:
    response = client.post("/accounts/signup/", ANA | change)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not User.objects.exists()


def test_a_taken_name_is_explained(client: Client) -> None:
    make_user()
    response = client.post("/accounts/signup/", ANA)
    assert (response.status_code, "already exists" in response.content.decode()) == (422, True)


@pytest.mark.parametrize(
    ("target", "arrives"),
    [("/courses/networking/", "/courses/networking/"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_sign_up_returns_to_a_page_of_this_site_only(client: Client, target: str, arrives: str) -> None:
    assert client.post("/accounts/signup/", ANA | {"next": target}).url == arrives


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/"])
def test_who_is_logged_in_is_sent_home(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    client.force_login(make_user())
    assert client.get(path).status_code == 302


def test_a_password_can_be_changed(client: Client) -> None:
    client.force_login(make_user())
    data = {"old_password": "hop-by-hop-1", "new_password1": "other-hops-2", "new_password2": "other-hops-2"}
    assert client.post("/accounts/password/", data, follow=True).status_code == 200
    assert User.objects.get().check_password("other-hops-2")
