"""Signing up. Logging in, logging out and changing the password are Django's own views (see urls.py)."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lessons.forms import SignUpForm
from lessons.requests import rate_limited

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "HEAD"])
@never_cache
def sign_up_page(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "registration/signup.html", {"form": SignUpForm(), "next": request.GET.get("next", "")})


@sensitive_post_parameters("password1", "password2")
@csrf_protect
@never_cache
@rate_limited("signup")
def create_account(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST)
    target = request.POST.get("next", "")
    if not form.is_valid():
        return render(request, "registration/signup.html", {"form": form, "next": target}, status=422)
    login(request, form.save(), backend=BACKEND)
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else reverse("home"))


def sign_up(request: HttpRequest) -> HttpResponse:
    return create_account(request) if request.method == "POST" else sign_up_page(request)
