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
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from lessons.learners import current_learner, require_learner
from lessons.requests import rate_limited
from quizzes.attempts.views import GRADE_WAIT_SECONDS, Request
from quizzes.me import deleting, export_requests


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
def export(request: Request) -> HttpResponse:
    """What is made at once is there in the answer already."""
    row = export_requests.request(require_learner(request), timezone.now())
    export_requests.wait_for(row.pk, GRADE_WAIT_SECONDS)
    return export_card(request) if request.htmx else redirect(f"{reverse('my_data')}#export")


@require_safe
@never_cache
@by_themselves
def export_state(request: Request) -> HttpResponse:
    return export_card(request) if request.htmx else redirect(f"{reverse('my_data')}#export")


def export_card(request: Request) -> HttpResponse:
    standing = export_requests.standing_of(current_learner(request), timezone.now())
    return render(request, "quizzes/me/_export.html", {"standing": standing, "days": settings.DATA_EXPORT_DAYS})


@require_safe
@never_cache
@by_themselves
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """For its owner alone; whoever else asks is told no more than that there is nothing for them."""
    learner = current_learner(request)
    found = export_requests.archive_of(learner, pk, timezone.now()) if learner else None
    if found is None:
        messages.info(request, gettext("There is no such file for you any more. Prepare it once more."))
        return redirect("my_data")
    response = HttpResponse(found.content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
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
    user, learner = request.user, current_learner(request)
    context: dict[str, Any] = {"learner": learner, "days": settings.DATA_EXPORT_DAYS}
    context["standing"] = export_requests.standing_of(learner, timezone.now())
    context |= {"grace_days": settings.ACCOUNT_DELETION_GRACE_DAYS, "guest_days": settings.RETENTION_GUEST_DAYS}
    if user.is_authenticated:
        context |= {"form": form or PasswordForm(user), "obstacles": deleting.obstacles(user)}
    return render(request, "quizzes/me/data.html", context, status=status)
