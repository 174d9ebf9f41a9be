"""Who comes from a platform: its user, known by issuer and subject, becomes an account here without a password."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import slugify
from lti_tool.models import LtiRegistration, LtiUser

from lessons.accounts import BACKEND
from lessons.learners import require_learner
from lti.claims import Claims

LONGEST_NAME = 40


def remember(registration: LtiRegistration, claims: Claims) -> LtiUser:
    """The platform's user with the names that it tells; address and picture are not kept, nobody here needs them."""
    names = {"name": claims.name, "given_name": claims.given_name, "family_name": claims.family_name}
    defaults = {key: value[:150] for key, value in names.items() if value}
    return LtiUser.objects.update_or_create(registration=registration, sub=claims.sub, defaults=defaults)[0]


def sign_in(request: HttpRequest, lti_user: LtiUser) -> User:
    """Begins a session that ends with the browser. What a guest did in this browser before becomes the account's."""
    user = account_of(lti_user)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(0)
    require_learner(request)
    return user


@transaction.atomic
def account_of(lti_user: LtiUser) -> User:
    """The account of this issuer's subject, made when there is none. It gets no rights, whatever the platform says."""
    issuer = lti_user.registration.issuer
    same = LtiUser.objects.select_for_update().filter(registration__issuer=issuer, sub=lti_user.sub).order_by("pk")
    known = next((other.auth_user for other in same if other.auth_user is not None), None)
    if known is None:
        known = get_user_model().objects.create_user(
            username=username_of(lti_user), first_name=lti_user.given_name[:150], last_name=lti_user.family_name[:150]
        )
    LtiUser.objects.filter(pk__in=[other.pk for other in same], auth_user=None).update(auth_user=known)
    return known


def username_of(lti_user: LtiUser) -> str:
    """Readable, and as unique as issuer and subject are."""
    digest = hashlib.sha256(f"{lti_user.registration.issuer}\0{lti_user.sub}".encode()).hexdigest()
    name = lti_user.name or f"{lti_user.given_name} {lti_user.family_name}"
    return f"{slugify(name)[:LONGEST_NAME].strip('-') or 'learner'}-{digest[:10]}"


def forget(sender: Any, instance: User, **_: Any) -> None:
    """Receiver of pre_delete: whoever deletes their account leaves no name behind in what platforms told."""
    known_as(sender, instance).delete()


def known_as(sender: Any, person: User, **_: Any) -> QuerySet[LtiUser]:
    """Receiver of quizzes.signals.personal_rows_asked: who they are on other sites; launches and scores hang on it."""
    return LtiUser.objects.filter(auth_user=person)
