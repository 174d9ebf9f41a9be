"""A registered platform, and a browser's way from it to this site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from django.test import Client
from jwcrypto.jwk import JWK
from lti_tool.models import Key, LtiDeployment, LtiRegistration

from lti import keys
from tests.lti.platform import CLIENT_ID, DEPLOYMENT, LTI, Platform, Running, fields, login_parameters

Launch = Callable[..., HttpResponse]


@pytest.fixture(scope="session")
def platform_key() -> JWK:
    return JWK.generate(kty="RSA", size=2048, kid="platform-key")


@pytest.fixture(scope="session")
def tool_key(django_db_setup: None, django_db_blocker: Any) -> dict[str, str]:
    """What keys.make stores; made once, because making one takes a while."""
    with django_db_blocker.unblock():
        key = keys.make()
        key.delete()
    return {"public_key": key.public_key, "private_key": key.private_key}


@pytest.fixture
def client() -> Client:
    """A browser that shows the site in a window of its own, and says so."""
    return Client(headers={"Sec-Fetch-Dest": "document"})


@pytest.fixture
def platform(db: None, platform_key: JWK, tool_key: dict[str, str]) -> Iterator[Platform]:
    """Registered here, with its deployment switched on; this site's keys are known there."""
    Key.objects.create(**tool_key)
    running = Platform(platform_key)
    with Running(running):
        registration = LtiRegistration.objects.create(
            name="Moodle of the school",
            issuer=running.url,
            client_id=CLIENT_ID,
            auth_url=f"{running.url}/auth",
            token_url=f"{running.url}/token",
            keyset_url=f"{running.url}/jwks",
        )
        LtiDeployment.objects.create(registration=registration, deployment_id=DEPLOYMENT, is_active=True)
        running.tool_keys = Client().get("/lti/jwks.json").json()
        yield running


def message_of(client: Client, platform: Platform, **login: str) -> dict[str, str]:
    """Begins a login and brings back the form that the platform answers with."""
    response = client.post("/lti/login/", login_parameters(platform, **login))
    assert response.status_code == 302, response.content.decode()
    page = requests.get(response.headers["Location"], timeout=5)
    assert page.status_code == 200, page.text
    return fields(page.text)


@pytest.fixture
def launch(platform: Platform, client: Client) -> Launch:
    """Follows a whole launch: launch(target, **claims). The answer is the first page that is no redirect within LTI."""

    def follow(target: str = "http://testserver/", **claims: Any) -> HttpResponse:
        platform.claims |= {LTI + "target_link_uri": target, **claims}
        response = client.post("/lti/launch/", message_of(client, platform))
        if response.status_code == 302:
            response = client.get(response.headers["Location"])
        return response

    return follow
