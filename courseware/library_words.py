"""What libraries say on pages of the admin, can translate, and have no German for: listed, so that catalogs have it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

LTI_TOOL = (
    gettext_noop("LTI tool"),
    gettext_noop("JWK"),
    gettext_noop("JWKs"),
    gettext_noop("LTI context"),
    gettext_noop("LTI contexts"),
    gettext_noop("LTI deployment"),
    gettext_noop("LTI deployments"),
    gettext_noop("LTI membership"),
    gettext_noop("LTI memberships"),
    gettext_noop("LTI platform instance"),
    gettext_noop("LTI platform instances"),
    gettext_noop("LTI registration"),
    gettext_noop("LTI registrations"),
    gettext_noop("LTI resource link"),
    gettext_noop("LTI resource links"),
    gettext_noop("LTI user"),
    gettext_noop("LTI users"),
    gettext_noop("audience"),
    gettext_noop("client ID"),
    gettext_noop("deployment ID"),
    gettext_noop("is active"),
    gettext_noop("issuer"),
    gettext_noop("registration"),
)
AXES = (
    gettext_noop("access attempt expiration"),
    gettext_noop("access attempt expirations"),
    gettext_noop("Attempt Remaining"),
    gettext_noop("Clean up expired attempts"),
    gettext_noop("Locked Out"),
    gettext_noop("Not set"),
    gettext_noop("Session key hash (sha256)"),
)
