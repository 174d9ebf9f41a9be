"""Superusers register platforms in the admin; keys are made, encrypted, and rotated."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from lti_tool.models import Key, LtiDeployment, LtiRegistration

from lti import keys
from lti.registrations import frame_origins

pytestmark = pytest.mark.django_db
ADD = "/admin/lti_tool/ltiregistration/add/"
FORM = {
    "name": "Moodle of the school",
    "issuer": "https://moodle.example.edu",
    "client_id": "abc",
    "auth_url": "https://moodle.example.edu/mod/lti/auth.php",
    "token_url": "https://moodle.example.edu/mod/lti/token.php",
    "keyset_url": "https://moodle.example.edu/mod/lti/certs.php",
    "is_active": "on",
    "deployments-TOTAL_FORMS": "1",
    "deployments-INITIAL_FORMS": "0",
    "deployments-0-deployment_id": "1",
    "deployments-0-is_active": "on",
    "frames-TOTAL_FORMS": "1",
    "frames-INITIAL_FORMS": "0",
    "frames-0-origins": "https://school.example.edu\nhttps://other.example.edu",
}


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def test_a_platform_is_registered_with_its_deployment_and_the_pages_that_frame_ours(superuser: Client) -> None:
    assert superuser.post(ADD, FORM).status_code == 302
    [row] = LtiRegistration.objects.all()
    assert LtiDeployment.objects.get().registration == row
    assert frame_origins(row) == [
        "https://moodle.example.edu",
        "https://other.example.edu",
        "https://school.example.edu",
    ]


def test_the_first_platform_makes_the_first_key_and_the_second_none(superuser: Client) -> None:
    superuser.post(ADD, FORM)
    superuser.post(ADD, FORM | {"client_id": "def"})
    assert (LtiRegistration.objects.count(), Key.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("token_url", "http://moodle.example.edu/token", "Must start with https://."),
        ("auth_url", "moodle", "Enter a valid URL."),
        ("frames-0-origins", "https://school.example.edu/page", "and nothing else"),
        ("frames-0-origins", "*", "and nothing else"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(superuser: Client, field: str, value: str, told: str) -> None:
    response = superuser.post(ADD, FORM | {field: value})
    assert told in response.content.decode()
    assert not LtiRegistration.objects.exists()


def test_no_page_of_the_admin_shows_a_private_key(superuser: Client) -> None:
    superuser.post(ADD, FORM)
    page = superuser.get(f"/admin/lti_tool/ltiregistration/{LtiRegistration.objects.get().pk}/change/").content.decode()
    assert "private" not in page.lower()
    assert "/lti/" in page


def test_a_superuser_makes_a_new_key(superuser: Client) -> None:
    superuser.post(ADD, FORM)
    data = {"action": "make_key", "_selected_action": [LtiRegistration.objects.get().pk]}
    superuser.post("/admin/lti_tool/ltiregistration/", data)
    assert Key.objects.count() == 2


class TestKeys:
    def test_a_private_key_is_encrypted_where_it_is_stored(self, tool_key: dict[str, str]) -> None:
        assert tool_key["private_key"].startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")

    def test_another_secret_does_not_open_it(self, tool_key: dict[str, str], settings: Any) -> None:
        Key.objects.create(**tool_key)
        settings.SECRET_KEY = "another"
        with pytest.raises(keys.KeyUnavailableError, match="rotate_keys"):
            keys.newest()

    def test_a_secret_that_was_replaced_still_opens_it(self, tool_key: dict[str, str], settings: Any) -> None:
        Key.objects.create(**tool_key)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
        assert keys.newest().public == tool_key["public_key"]

    def test_the_command_makes_the_key_that_signs_and_keeps_the_last_one_published(
        self, tool_key: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        old = Key.objects.create(**tool_key)
        call_command("rotate_keys")
        new = Key.objects.exclude(pk=old.pk).get()
        assert (keys.newest().public, Key.objects.active().count()) == (new.public_key, 2)
        assert new.private_key.startswith("-----BEGIN ENCRYPTED")
        call_command("rotate_keys", "--publish-days", "0")
        assert Key.objects.active().count() == 1
        assert "signs from now on" in capsys.readouterr().out


def test_origins_are_told_apart_from_everything_else() -> None:
    row = LtiRegistration(issuer="urn:not-an-address", auth_url="https://lms.example:8443/auth?x=1")
    assert frame_origins(row) == ["https://lms.example:8443"]
