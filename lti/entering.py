"""What a message that was accepted leads to: a session at a lesson or quiz, or a page to select content."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from lti_tool.models import LtiContext, LtiResourceLink, LtiUser

from lti import accounts, claims, launches, scores, targets
from lti.claims import Claims, Described
from lti.launches import COOKIE_PREFIX, EXPIRED, MALFORMED, WITHOUT_COOKIE, Accepted, LaunchRefusedError
from lti.models import Launch

ENTER_SECONDS = 120
SWITCHED_OFF = _("Your account on this site is switched off. Ask the people who run this site.")


@dataclass(frozen=True, slots=True)
class Entered:
    user: User
    target: str
    teaches: bool


@transaction.atomic
def accept_link(request: HttpRequest, accepted: Accepted) -> None:
    """Notes who goes where, and which line item takes the score. Raises LaunchRefusedError for a link to nowhere."""
    told = accepted.claims
    if told.resource_link is None:
        raise LaunchRefusedError(MALFORMED)
    target = targets.find(request, told.target_link_uri)
    lti_user = accounts.remember(accepted.launch.registration, told)
    if target.quiz is not None and told.learns and told.endpoint and told.endpoint.score_url:
        link = resource_link_of(accepted, told.context, told.resource_link)
        scores.connect(lti_user, link, target.quiz, told.endpoint.score_url)
    Launch.objects.filter(pk=accepted.launch.pk).update(
        lti_user=lti_user, target=target.path, teaches=told.teaches, deployment_id=told.deployment_id
    )


def resource_link_of(accepted: Accepted, context: Described | None, link: Described) -> LtiResourceLink:
    place, _ = LtiContext.objects.update_or_create(
        deployment=accepted.deployment,
        id_on_platform=context.id if context else "",
        defaults={"title": context.title[:500], "label": context.label[:255]} if context else {},
    )
    return LtiResourceLink.objects.update_or_create(
        context=place, id_on_platform=link.id, defaults={"title": link.title[:500]}
    )[0]


def accept_selection(accepted: Accepted) -> None:
    """Notes what the platform takes. Raises LaunchRefusedError for a message without its settings."""
    told: Claims = accepted.claims
    if told.deep_linking is None:
        raise LaunchRefusedError(MALFORMED)
    Launch.objects.filter(pk=accepted.launch.pk).update(
        deep_linking=told.deep_linking.model_dump(mode="json"), deployment_id=told.deployment_id
    )
    accepted.launch.refresh_from_db()


def is_selection(accepted: Accepted) -> bool:
    return accepted.claims.message_type == claims.DEEP_LINKING


def enter(request: HttpRequest, state: str) -> Entered:
    """Begins the session of a launch that was accepted a moment ago, in the browser that has its cookie.

    A page of its own, because browsers withhold the session cookie when the platform posts its message to us: here a
    guest's session is still known, and what they did is kept. Raises LaunchRefusedError.
    """
    if request.COOKIES.get(COOKIE_PREFIX + state) != state:
        raise LaunchRefusedError(WITHOUT_COOKIE)
    launch = Launch.objects.select_related("lti_user__registration", "lti_user__auth_user").filter(state=state).first()
    if launch is None or launch.lti_user is None:
        raise LaunchRefusedError(EXPIRED)
    known: LtiUser = launch.lti_user
    if launch.used_at is not None and request.user.is_authenticated and request.user == known.auth_user:
        return Entered(known.auth_user, launch.target, teaches=False)  # the page was loaded again
    if known.auth_user is not None and not known.auth_user.is_active:
        raise LaunchRefusedError(SWITCHED_OFF)
    launches.spend(launch, ENTER_SECONDS)
    user = accounts.sign_in(request, known)
    scores.catch_up(known)
    return Entered(user, launch.target, launch.teaches)
