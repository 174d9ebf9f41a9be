"""What Django and libraries say on pages of the admin and have no German for: listed, so that catalogs have it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

DJANGO = (
    gettext_noop("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    gettext_noop("After you’ve created a user, you’ll be able to edit more user options."),
    gettext_noop("Conflicting form data submitted. Please try again."),
    gettext_noop("Disable password-based authentication"),
    gettext_noop("Disabled"),
    gettext_noop("Enable password-based authentication"),
    gettext_noop("Enable password-based authentication for this user by setting a password."),
    gettext_noop("Enabled"),
    gettext_noop("In case you’ve forgotten, you are:"),
    gettext_noop("Password-based authentication"),
    gettext_noop("Password-based authentication was disabled."),
    gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
    gettext_noop("Reset password"),
    gettext_noop("Set password"),
    gettext_noop("Set password: %s"),
    gettext_noop("This action will <strong>enable</strong> password-based authentication for this user."),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able to "
        "authenticate using other backends, such as Single Sign-On or LDAP."
    ),
)
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
