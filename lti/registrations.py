"""The platforms that are registered, as PyLTI1p3 asks for them, and the origins that they show pages from.

django-lti's own configuration object signs with keys as they are stored; ours are encrypted (see lti.keys), and a
launch needs none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from lti_tool.models import LtiDeployment, LtiRegistration
from lti_tool.utils import DjangoToolConfig
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration

from lti import keys

CONNECT_SECONDS, ANSWER_SECONDS = 3.05, 6


class PlatformSession(requests.Session):
    """HTTP to platforms, with a time limit for each request: PyLTI1p3 sets none."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", (CONNECT_SECONDS, ANSWER_SECONDS))
        return super().request(*args, **kwargs)


class ToolConfig(DjangoToolConfig):
    """Finds the registration and the deployment of a message. A deployment seen first is kept, to be switched on."""

    registration: LtiRegistration | None
    deployment: LtiDeployment | None

    def find_registration_by_params(self, iss: Any, client_id: Any, *args: Any, **kwargs: Any) -> Registration | None:
        """A login request may leave out the client ID; then the issuer must have one registration only."""
        active = LtiRegistration.objects.active().filter(issuer=str(iss))
        found = list(active.filter(client_id=str(client_id)) if client_id else active)
        if len(found) != 1:
            return None
        [self.registration] = found
        return protocol_registration(self.registration)

    def find_deployment_by_params(
        self, iss: Any, deployment_id: Any, client_id: Any, *args: Any, **kwargs: Any
    ) -> Deployment:
        self.deployment, _ = LtiDeployment.objects.get_or_create(
            registration=self.registration, deployment_id=str(deployment_id)
        )
        return Deployment().set_deployment_id(self.deployment.deployment_id)


def protocol_registration(row: LtiRegistration) -> Registration:
    found = Registration()
    found.set_issuer(row.issuer).set_client_id(row.client_id)
    found.set_auth_login_url(row.auth_url).set_auth_token_url(row.token_url).set_key_set_url(row.keyset_url)
    if row.audience:
        found.set_auth_audience(row.audience)
    return found


def signing_registration(row: LtiRegistration) -> Registration:
    """One that can sign messages to the platform. Raises keys.KeyUnavailableError."""
    key = keys.newest()
    return protocol_registration(row).set_tool_public_key(key.public).set_tool_private_key(key.private)


def origin(url: str) -> str:
    """Scheme, host and port of a web address; "" for anything else."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.hostname else ""


def frame_origins(row: LtiRegistration, *urls: str) -> list[str]:
    """Who may show launch pages of this platform in a frame; `urls` are addresses that it signed."""
    frames = getattr(row, "frames", None)
    told = frames.origins.split() if frames else []
    found = (origin(url) for url in (row.issuer, row.auth_url, *told, *urls))
    return sorted({each for each in found if each})
