"""Where people take their data along, or have it deleted. While viewing as a learner nothing here can be done."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lessons.learners import current_learner, require_learner
from lessons.views import rate_limited
from quizzes.me import deleting
from quizzes.me.exporting import export as exported


class PasswordForm(forms.Form):
    """Whoever has no password here, because they come from another site, writes their user name instead."""

    def __init__(self, user: Any, data: Any = None) -> None:
        super().__init__(data)
        self.user = user
        if user.has_usable_password():
            widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
            self.fields["proof"] = forms.CharField(label=gettext_lazy("Your password"), widget=widget, strip=False)
        else:
            self.fields["proof"] = forms.CharField(label=gettext_lazy("Your user name, to confirm"))
            self.fields["proof"].help_text = user.get_username()

    def clean_proof(self) -> str:
        proof = str(self.cleaned_data["proof"])
        if self.user.has_usable_password():
            if not self.user.check_password(proof):
                raise ValidationError(gettext("This is not your password. Nothing was deleted."))
        elif proof.strip() != self.user.get_username():
            raise ValidationError(gettext("This is not your user name. Nothing was deleted."))
        return proof


def by_themselves(view: Any) -> Any:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "viewing", None):
            words = gettext("You are viewing as a learner. Stop that first: this is about your own account.")
            messages.error(request, words)
            return redirect("me")
        return view(request, *args, **kwargs)

    return wrapper


@require_safe
@never_cache
@by_themselves
def data(request: HttpRequest) -> HttpResponse:
    return data_page(request)


@require_POST
@by_themselves
@rate_limited("export")
def export(request: HttpRequest) -> HttpResponse:
    now, learner = timezone.now(), require_learner(request)
    person = request.user if request.user.is_authenticated else learner
    response = HttpResponse(exported(person, learner, now), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="hop-by-hop-{now:%Y-%m-%d}.zip"'
    return response


@sensitive_post_parameters("proof")
@require_POST
@by_themselves
@rate_limited("delete")
def delete(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("my_data")
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid() or deleting.obstacles(request.user):
        return data_page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    deleting.ask(request.user, timezone.now())
    logout(request)
    words = gettext("You are logged out. Your account is deleted in {days} days; until then logging in keeps it.")
    messages.success(request, words.format(days=settings.ACCOUNT_DELETION_GRACE_DAYS))
    return redirect("home")


@require_POST
@by_themselves
def keep(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and deleting.keep(request.user):
        messages.success(request, gettext("Your account stays, and nothing of it was deleted."))
    return redirect("me")


@require_POST
@by_themselves
@rate_limited("delete")
def forget(request: HttpRequest) -> HttpResponse:
    learner = current_learner(request)
    if request.user.is_authenticated or learner is None:
        return redirect("my_data")
    deleting.forget_guest(learner)
    request.session.flush()
    messages.success(request, gettext("Everything that this browser did here is forgotten."))
    return redirect("home")


def data_page(
    request: HttpRequest, form: PasswordForm | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {"learner": current_learner(request), "days": settings.ACCOUNT_DELETION_GRACE_DAYS}
    context["guest_days"] = settings.RETENTION_GUEST_DAYS
    if user.is_authenticated:
        context |= {"form": form or PasswordForm(user), "obstacles": deleting.obstacles(user)}
    return render(request, "quizzes/me/data.html", context, status=status)
