"""What views are asked with, and what they answer when they are asked too often."""

from __future__ import annotations

from functools import wraps
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from lessons import rate_limits

UNAVAILABLE = 503


class Request(HttpRequest):
    htmx: HtmxDetails


class View(Protocol):
    def __call__(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse: ...


def rate_limited(scope: str) -> Any:
    """Answers 429 with Retry-After and a message when this learner or address asks too often."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                rate_limits.check(scope, request)
            except rate_limits.TooManyRequestsError as error:
                return too_many_requests(request, error)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def too_many_requests(request: Request, error: rate_limits.TooManyRequestsError) -> HttpResponse:
    template = "lessons/_notice.html" if request.htmx else "lessons/notice.html"
    context = {"message": str(error), "retry_after": error.retry_after}
    response = render(request, template, context, status=429)
    response["Retry-After"] = str(error.retry_after)
    response["HX-Reswap"] = "afterbegin"
    return response
