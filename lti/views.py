"""Pages of LTI: parse, one service call, render. Those that a platform shows in a frame say so in their headers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from lti_tool.models import Key, LtiRegistration

from lessons import rate_limits
from lti import deep_linking, entering, launches, scores
from lti.deep_linking import SelectionError
from lti.keys import KeyUnavailableError
from lti.launches import LaunchRefusedError
from lti.models import Launch, ScoreDelivery
from lti.registrations import frame_origins, origin

View = Callable[..., HttpResponseBase]
LOGIN_PARAMETERS = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id")
WINDOW = "window"
"""Told by our own link to a window, for browsers that do not say where a page is to be shown."""
MOST_POLLS = 8


def refusals_told(view: View) -> View:
    """A launch that leads nowhere becomes a page that says why, which the platforms may show in a frame."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except LaunchRefusedError as error:
            status = HTTPStatus.BAD_REQUEST
            response = render(request, "lti/refused.html", {"reason": error}, status=status)
            return framed(response, *platforms_named(request, **kwargs))

    return wrapper


def platforms_named(request: HttpRequest, state: str = "", token: str = "") -> QuerySet[LtiRegistration]:
    """The platform that a request names by its issuer, by the state of a login or by the token of a selection."""
    told = request.POST if request.method == "POST" else request.GET
    active = LtiRegistration.objects.active()
    if "iss" in told:
        return active.filter(issuer=told["iss"])
    named = Launch.objects.filter(Q(state=told.get("state", state)) | Q(pk=deep_linking.launch_pk(token)))
    return active.filter(pk__in=named.values("registration"))


def framed(response: HttpResponse, *registrations: LtiRegistration, urls: tuple[str, ...] = ()) -> HttpResponse:
    """Lets the platforms show the response in a frame, and its form post to `urls`."""
    origins = sorted({each for row in registrations for each in frame_origins(row, *urls)})
    directives: dict[str, list[str]] = {"form-action": [SELF, *sorted({origin(url) for url in urls})]}
    if origins:
        directives["frame-ancestors"] = origins
        response.xframe_options_exempt = True  # CSP names who may; this header cannot
    response._csp_replace = directives  # type: ignore[attr-defined]  # as csp.decorators.csp_replace does
    return response


@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    """The addresses that a platform asks for."""
    names = ("lti_launch", "lti_login", "lti_jwks", "lti_select_content")
    addresses = {name.removeprefix("lti_"): request.build_absolute_uri(reverse(name)) for name in names}
    return render(request, "lti/setup.html", {"addresses": addresses, "site": request.build_absolute_uri("/")})


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The public parts of the keys as a JSON Web Key Set (RFC 7517)."""
    return JsonResponse(Key.objects.as_jwks())


@csrf_exempt
@never_cache
@refusals_told
def login(request: HttpRequest) -> HttpResponseBase:
    """Where a platform begins. A link in a frame is opened in a window, where this site may have its cookies."""
    told = request.POST if request.method == "POST" else request.GET
    selects = told.get("target_link_uri", "").endswith(reverse("lti_select_content"))
    if not selects and not is_in_window(request):
        return framed(ask_for_window(request, told), *platforms_named(request))
    try:
        rate_limits.check("launch", request)
    except rate_limits.TooManyRequestsError as error:
        raise LaunchRefusedError(str(error)) from error
    return launches.begin(request)


def is_in_window(request: HttpRequest) -> bool:
    """Whether the browser shows the answer in a window of its own. Safari says so from version 16.4 on (2023)."""
    place = request.headers.get("Sec-Fetch-Dest")
    return place == "document" or (place is None and WINDOW in request.GET)


def ask_for_window(request: HttpRequest, told: QueryDict) -> HttpResponse:
    """A page with a link: browsers hold forms that lead to another site against the policy of the page.

    The platform is not asked before, because its hint may be good only once, as Canvas's is.
    """
    again = urlencode({name: told[name] for name in LOGIN_PARAMETERS if name in told} | {WINDOW: "1"})
    unknown = "Sec-Fetch-Dest" not in request.headers
    return render(request, "lti/new_window.html", {"again": again, "unknown": unknown})


@csrf_exempt
@never_cache
@refusals_told
def launch(request: HttpRequest) -> HttpResponseBase:
    """Where the platform's signed message arrives."""
    if request.method != "POST":
        raise LaunchRefusedError(launches.EXPIRED)
    accepted = launches.receive(request)
    if entering.is_selection(accepted):
        entering.accept_selection(accepted)
        return redirect("lti_select", deep_linking.token_of(accepted.launch))
    entering.accept_link(request, accepted)
    return redirect("lti_enter", accepted.launch.state)


@require_safe
@never_cache
@refusals_told
def enter(request: HttpRequest, state: str) -> HttpResponseBase:
    entered = entering.enter(request, state)
    if entered.teaches and not entered.user.is_staff:
        messages.info(
            request,
            gettext(
                "Your course site says that you teach here. This site shows you what learners see; rights to edit "
                "lessons and to see grades are given by the people who run it."
            ),
        )
    return HttpResponseRedirect(entered.target)


@csrf_exempt  # the signed token in the address stands for the platform's message; a frame may have no cookies
@never_cache
@refusals_told
def select(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page to select content on; a POST sends what was selected back to the platform."""
    found = deep_linking.launch_of(token)
    if request.method == "POST":
        return send_back(request, found, request.POST.getlist("item"))
    return selection_page(request, found)


def selection_page(request: HttpRequest, found: Launch, problem: str = "") -> HttpResponse:
    """A search keeps what was selected before it."""
    told = request.POST if request.method == "POST" else request.GET
    query, chosen = told.get("q", "").strip()[:100], set(told.getlist("item"))
    offers = deep_linking.offers(query)
    shown = {choice.key for offer in offers for choice in offer.choices}
    context = {
        "launch": found,
        "query": query,
        "offers": offers,
        "chosen": chosen,
        "out_of_sight": sorted(chosen - shown) if found.deep_linking["accept_multiple"] else [],
        "problem": problem,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return for_platform(render(request, "lti/select.html", context, status=status), found)


def send_back(request: HttpRequest, found: Launch, chosen: list[str]) -> HttpResponse:
    try:
        jwt = deep_linking.answer(found, deep_linking.selected_items(request, found, chosen))
    except SelectionError as error:
        return selection_page(request, found, str(error))
    except KeyUnavailableError as error:
        raise LaunchRefusedError(str(error)) from error
    launches.spend(found, deep_linking.SELECT_SECONDS)
    context = {"return_url": found.deep_linking["deep_link_return_url"], "jwt": jwt, "count": len(chosen)}
    return for_platform(render(request, "lti/return.html", context), found)


def for_platform(response: HttpResponse, found: Launch) -> HttpResponse:
    return framed(response, found.registration, urls=(found.deep_linking["deep_link_return_url"],))


@require_safe
@never_cache
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """The status of one delivery, for the page that watches it."""
    number = request.GET.get("n", "")
    polls = int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else MOST_POLLS
    status = scores.status_of(own_delivery(request, pk))
    context = {"status": status, "poll": polls + 1, "watch": polls < MOST_POLLS}
    return render(request, "lti/_score.html", context)


@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = own_delivery(request, pk)
    try:
        rate_limits.check("score", request)
    except rate_limits.TooManyRequestsError as error:
        messages.error(request, str(error))
    else:
        if scores.resend(delivery.pk):
            messages.success(request, gettext("Your score is being sent again."))
        else:
            messages.info(request, gettext("Your score is on its way already."))
    return redirect(delivery.line_item.quiz)


def own_delivery(request: HttpRequest, pk: int) -> ScoreDelivery:
    """404 for somebody else's, as if there were none."""
    rows = ScoreDelivery.objects.select_related(
        "line_item__quiz__lesson__course", "line_item__resource_link__context__deployment__registration"
    )
    return get_object_or_404(rows, pk=pk, lti_user__auth_user=request.user.pk or 0)
