"""LTI in the admin: platforms to register (for superusers), and the scores on their way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import lti_tool.admin  # noqa: F401  (registers its own pages first, which ours replace)
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from lti_tool.models import LtiDeployment, LtiRegistration

from lessons import phrases
from lessons.admin.learning import ReadOnly
from lti import keys, scores
from lti.models import PlatformFrames, ScoreDelivery
from lti.registrations import origin

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def require_https(url: str) -> None:
    """Tokens travel to these addresses; only on this machine may they go unencrypted."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValidationError(gettext("Must start with https://."))


def platform_address(label: str | StrPromise, help_text: str | StrPromise) -> forms.URLField:
    return forms.URLField(
        label=label,
        help_text=help_text,
        assume_scheme="https",
        max_length=200,
        validators=[require_https],
        widget=AdminURLFieldWidget,
    )


class RegistrationForm(forms.ModelForm):
    auth_url = platform_address(
        gettext_lazy("Authentication request URL"), gettext_lazy("Moodle: Authentication request URL.")
    )
    token_url = platform_address(gettext_lazy("Access token URL"), gettext_lazy("Moodle: Access token URL."))
    keyset_url = platform_address(gettext_lazy("Public keyset URL"), gettext_lazy("Moodle: Public keyset URL."))

    class Meta:
        model = LtiRegistration
        fields = ["name", "issuer", "client_id", "auth_url", "token_url", "keyset_url", "audience", "is_active"]
        help_texts = {
            "name": gettext_lazy("Learners read it: “Sent to …”."),
            "issuer": gettext_lazy("Moodle calls it Platform ID. Exactly as the platform writes it, letter by letter."),
            "client_id": gettext_lazy("The platform makes it when this site is registered there."),
            "audience": gettext_lazy(
                "Only for platforms that want another audience in token requests than the access token URL."
            ),
        }

    def clean_issuer(self) -> str:
        return str(self.cleaned_data["issuer"]).strip()


class FramesForm(forms.ModelForm):
    class Meta:
        model = PlatformFrames
        fields = ["origins"]
        widgets = {"origins": forms.Textarea({"rows": 3})}

    def clean_origins(self) -> str:
        told = str(self.cleaned_data["origins"]).split()
        wrong = [each for each in told if origin(each) != each]
        if wrong:
            raise ValidationError(
                gettext("{address}: must be https://, a host, and nothing else.").format(address=wrong[0])
            )
        return "\n".join(told)


class DeploymentInline(admin.TabularInline):
    model = LtiDeployment
    fields = ["deployment_id", "is_active"]
    extra = 0
    verbose_name_plural = gettext_lazy(
        "Deployments: one that launched before it was known is listed here, to be switched on"
    )


class FramesInline(admin.StackedInline):
    model = PlatformFrames
    form = FramesForm
    extra = 0


admin.site.unregister(LtiRegistration)


@admin.register(LtiRegistration)
class RegistrationAdmin(admin.ModelAdmin):
    form = RegistrationForm
    list_display = ["name", "issuer", "client_id", "is_active"]
    readonly_fields = ["addresses"]
    fields = ["addresses", *RegistrationForm.Meta.fields]
    inlines = [DeploymentInline, FramesInline]
    actions = ["make_key"]

    @admin.display(description=gettext_lazy("At the platform"))
    def addresses(self, registration: LtiRegistration) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("lti_setup"), gettext("The addresses that the platform asks for")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A site with a platform has a key."""
        super().save_model(request, obj, form, change)
        keys.ensure()

    @admin.action(description=gettext_lazy("Make a new signing key for all platforms"), permissions=["change"])
    def make_key(self, request: HttpRequest, queryset: QuerySet[LtiRegistration]) -> None:
        messages.success(
            request, gettext("Key {name} signs from now on; the older ones stay published.").format(name=keys.make())
        )


@admin.register(ScoreDelivery)
class ScoreDeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["learner", "quiz", "platform", "points", "state", "next_try", "sent_at", "problem"]
    list_filter = ["state", "line_item__quiz", "line_item__resource_link__context__deployment__registration"]
    list_select_related = [
        "lti_user__auth_user",
        "line_item__quiz",
        "line_item__resource_link__context__deployment__registration",
    ]
    search_fields = ["lti_user__auth_user__username", "lti_user__name"]
    exclude = ["token", "last_error"]
    readonly_fields = ["problem"]
    actions = ["send_again"]

    @admin.display(description=gettext_lazy("learner"), ordering="lti_user__name")
    def learner(self, delivery: ScoreDelivery) -> str:
        return delivery.lti_user.name or str(delivery.lti_user.auth_user or delivery.lti_user)

    @admin.display(description=gettext_lazy("quiz"), ordering="line_item__quiz")
    def quiz(self, delivery: ScoreDelivery) -> str:
        return str(delivery.line_item.quiz)

    @admin.display(description=gettext_lazy("platform"))
    def platform(self, delivery: ScoreDelivery) -> str:
        return delivery.platform_name

    @admin.display(description=gettext_lazy("score"))
    def points(self, delivery: ScoreDelivery) -> str:
        if delivery.score is None or delivery.max_score is None:
            return ""
        words = gettext("{score} of {most}")
        return words.format(score=f"{float(delivery.score):g}", most=f"{float(delivery.max_score):g}")

    @admin.display(description=gettext_lazy("last error"))
    def problem(self, delivery: ScoreDelivery) -> str:
        return phrases.shown(delivery.last_error)

    @admin.display(description=gettext_lazy("next try"), ordering="next_try_at")
    def next_try(self, delivery: ScoreDelivery) -> Any:
        return delivery.next_try_at if delivery.state == ScoreDelivery.State.PENDING else None

    @admin.action(description=gettext_lazy("Send again, or at once where points are held back"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[ScoreDelivery]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        sent = sum(scores.resend(pk, release=True) for pk in pks)
        messages.success(
            request,
            gettext("{count} of {total} are sent again. The others are on their way or have no score.").format(
                count=sent, total=len(pks)
            ),
        )
