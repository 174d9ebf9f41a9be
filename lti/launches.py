"""How a platform opens this site: a login begun by the platform, then its signed message (1EdTech Security Framework).

    begin(request)            the platform asks; it is sent the address to bring the message to
    receive(request)          the message came: checked step by step, good once
    spend(state)              what was accepted is used, once

PyLTI1p3 checks signature and form. It leaves two things open that are closed here: a message could be sent again, and
one without a time of expiry would never expire. Logins are rows, so that nothing depends on a session cookie, which
browsers withhold when another site posts to us.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from jwcrypto.common import JWException
from lti_tool.models import LtiDeployment
from pylti1p3.contrib.django import DjangoMessageLaunch, DjangoOIDCLogin
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.session import SessionService

from lti import claims
from lti.claims import Claims
from lti.models import Launch
from lti.registrations import PlatformSession, ToolConfig

COOKIE_PREFIX = "lti1p3-"  # PyLTI1p3's
MESSAGE_SECONDS = 300  # from the login to the message: as long as PyLTI1p3's cookie lives
VERIFY: dict[str, Any] = {
    "verify_aud": False,
    "verify_iat": False,
    "require": ["exp", "iat", "nonce"],
}  # the audience: see get_client_id
BROKEN = (LtiException, JWException, KeyError, TypeError, ValueError, AttributeError)
logger = logging.getLogger(__name__)

WITHOUT_COOKIE = _(
    "Your browser did not send back the cookie that this site set a moment ago. Go back to your course and open the "
    "link again, in a window of its own; if that does not help, allow cookies for this site."
)
EXPIRED = _("This launch is too old. Go back to your course and open the link again.")
USED = _("This launch was used already. Go back to your course and open the link again.")
MALFORMED = _("The message of your course site cannot be read. Please tell the people who run that site.")
UNKNOWN_PLATFORM = _(
    "This course site is not registered here, or it sent a message that was meant for another site. The people who run "
    "this site can register it."
)
UNTRUSTED = _(
    "The signature of your course site's message cannot be verified. Please tell the people who run that site."
)
INACTIVE = _(
    "This course site is registered here, but its deployment is not switched on yet. Ask the people who run this site "
    "to switch it on: deployment “{deployment}” of “{platform}”."
)
UNSUPPORTED = _(
    "Your course site asked for something that this site does not offer: it opens links and selects content."
)


class LaunchRefusedError(Exception):
    """The launch leads nowhere; the message tells the person in front of the screen why and what to do."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that passed every check."""

    launch: Launch
    claims: Claims
    deployment: LtiDeployment


class LoginRows(SessionService):
    """PyLTI1p3's memory between login and message, as rows of Launch."""

    def __init__(self, config: ToolConfig) -> None:
        self.config = config
        self.nonce = ""

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce

    def save_state_params(self, state: str, params: Any) -> None:
        Launch.objects.create(state=state, nonce=self.nonce, registration=self.config.registration)

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        """PyLTI1p3 would let a message pass that it saw before; here only the cookie counts."""
        return False


class Message(DjangoMessageLaunch):
    def get_client_id(self) -> str:
        """The audience; of several, the authorized party (OpenID Connect Core, section 3.1.3.7)."""
        body = self._jwt.get("body", {})
        audience = body.get("aud")
        if isinstance(audience, list):
            party = body.get("azp") if len(audience) != 1 else audience[0]
            return str(party) if party in audience else ""
        return str(audience or "")


def begin(request: HttpRequest) -> HttpResponse:
    """The redirect to the platform. Raises LaunchRefusedError."""
    told = request.POST if request.method == "POST" else request.GET
    if not told.get("iss") or not told.get("login_hint"):
        raise LaunchRefusedError(MALFORMED)
    config = ToolConfig()
    login = DjangoOIDCLogin(request, config, session_service=LoginRows(config))
    login.pass_params_to_launch({"kept": True})
    try:
        return login.disable_check_cookies().redirect(request.build_absolute_uri(reverse("lti_launch")))
    except OIDCException as error:
        logger.warning("LTI login of %r refused: %s", told["iss"], error)
        raise LaunchRefusedError(UNKNOWN_PLATFORM) from error


def receive(request: HttpRequest) -> Accepted:
    """Checks the message that the browser brought, and marks its launch as accepted. Raises LaunchRefusedError."""
    config = ToolConfig()
    message = Message(request, config, session_service=LoginRows(config), requests_session=PlatformSession())
    message.set_auto_validation(enable=False).set_jwt_verify_options(VERIFY)
    step(message.validate_jwt_format, MALFORMED)
    header, body = message._jwt["header"], message._jwt["body"]
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise LaunchRefusedError(MALFORMED)
    if body.get(claims.MESSAGE_TYPE) != claims.DEEP_LINKING:
        # A selection of content starts no session, so it may do without the cookie, which frames often cannot have.
        step(message.validate_state, WITHOUT_COOKIE)
    launch = asked(str(request.POST.get("state", "")), body.get("nonce"))
    step(message.validate_registration, UNKNOWN_PLATFORM)
    if config.registration != launch.registration:
        raise LaunchRefusedError(UNKNOWN_PLATFORM)
    step(message.validate_jwt_signature, UNTRUSTED)
    found = parsed(body)
    step(message.validate_message, UNSUPPORTED)
    step(message.validate_deployment, MALFORMED)
    if config.deployment is None or not config.deployment.is_active:
        names = {"deployment": found.deployment_id, "platform": launch.registration}
        raise LaunchRefusedError(str(INACTIVE).format(**names))
    if not Launch.objects.filter(pk=launch.pk, accepted_at=None).update(accepted_at=timezone.now()):
        raise LaunchRefusedError(USED)
    launch.refresh_from_db()
    return Accepted(launch, found, config.deployment)


def step(check: Any, refusal: Any) -> None:
    """One check of PyLTI1p3, with the words for whoever it refuses. What exactly was wrong is logged."""
    try:
        check()
    except BROKEN as error:
        logger.warning("LTI launch refused by %s: %s", check.__name__, error)
        expired = isinstance(error.__cause__, jwt.ExpiredSignatureError)
        raise LaunchRefusedError(EXPIRED if expired else refusal) from error


def asked(state: str, nonce: Any) -> Launch:
    """The login that this message answers. Raises LaunchRefusedError."""
    launch = Launch.objects.select_related("registration").filter(state=state).first()
    if launch is None or launch.nonce != nonce:
        logger.warning("LTI launch refused: %s", "no such login" if launch is None else "another nonce")
        raise LaunchRefusedError(EXPIRED)
    if launch.accepted_at is not None:
        raise LaunchRefusedError(USED)
    if launch.asked_at < timezone.now() - timedelta(seconds=MESSAGE_SECONDS):
        raise LaunchRefusedError(EXPIRED)
    return launch


def parsed(body: Mapping[str, Any]) -> Claims:
    try:
        return claims.parse(body)
    except claims.MalformedClaimsError as error:
        logger.warning("LTI launch refused: %s", error)
        raise LaunchRefusedError(MALFORMED) from error


def spend(launch: Launch, within_seconds: int) -> None:
    """Marks an accepted launch as used. Raises LaunchRefusedError where it was used before, or waited for too long."""
    oldest = timezone.now() - timedelta(seconds=within_seconds)
    if launch.accepted_at is None or launch.accepted_at < oldest:
        raise LaunchRefusedError(EXPIRED)
    with transaction.atomic():
        if not Launch.objects.filter(pk=launch.pk, used_at=None).update(used_at=timezone.now()):
            raise LaunchRefusedError(USED)


def forget(older_than: timedelta = timedelta(days=1)) -> int:
    """Deletes what is of no more use; returns how many."""
    count, _rows = Launch.objects.filter(asked_at__lt=timezone.now() - older_than).delete()
    return count
