"""Pages of the playground: parse, one service call, render. The address holds the state, so all of it can be shared."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lessons.forms import DeviceForm, PoliciesForm, PollForm, TerminalForm
from lessons.inspection import devices as device_inspection
from lessons.models import Lesson, SimulationRun
from lessons.playground import playing as playground
from lessons.playground import policies as playground_policies
from lessons.playground import terminal as playground_terminal
from lessons.playground.playing import NoPlaygroundError, Playground
from lessons.requests import Request, rate_limited

UNAVAILABLE = 503


@require_safe
@never_cache
@rate_limited("playground")
def playground_page(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    try:
        page = playground.open_playground(found, request.GET, poll=_poll(request))
    except NoPlaygroundError as error:
        raise Http404 from error
    return _answer(request, page)


@require_POST
@rate_limited("playground")
def edit_policies(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    form = PoliciesForm(request.POST)
    try:
        edited = playground_policies.edit(found, request.POST, form.text())
    except NoPlaygroundError as error:
        raise Http404 from error
    if edited.problem:
        return _answer(request, edited.page, status=422, policies_problem=edited.problem, policies_text=edited.text)
    if request.htmx:
        return _answer(request, edited.page)
    return redirect(f"{playground_url(found)}?{edited.page.state.query()}#matrix")


@require_POST
@rate_limited("playground")
def terminal(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    form = TerminalForm(request.POST)
    try:
        session = playground_terminal.type_line(found, request.POST, form.lines(), form.machine(), form.edit())
    except NoPlaygroundError as error:
        raise Http404 from error
    if request.htmx:
        context = session.context() | {"answered": form.edit() == "run"}
        return render(request, "lessons/playground/_terminal.html", context)
    page = playground.open_playground(found, request.POST)
    return _answer(request, page, **session.context())


@require_safe
@rate_limited("playground")
def manifests(request: Request, course: str, lesson: str) -> HttpResponse:
    """The cluster of the state as a file, for `python -m netsim`."""
    found = _lesson(request, course, lesson)
    try:
        text = playground.bundle_of(found, request.GET)
    except NoPlaygroundError as error:
        raise Http404 from error
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="scene.yaml"'
    return response


@require_safe
@never_cache
@rate_limited("playground")
def device(request: Request, key: str) -> HttpResponse:
    """What a part of the picture holds after the run."""
    run = get_object_or_404(SimulationRun, key=key)
    form = DeviceForm(request.GET)
    inspection = device_inspection.look(run, form.element_name(), poll=_poll(request))
    context = {"inspection": inspection, "run": run}
    if request.htmx:
        return render(request, "lessons/playground/_device.html", context)
    return render(request, "lessons/playground/device.html", context)


def playground_url(lesson: Lesson) -> str:
    return reverse("playground", args=[lesson.course.slug, lesson.slug])


def _lesson(request: HttpRequest, course: str, lesson: str) -> Lesson:
    visible = Lesson.objects.visible_to(request.user).select_related("course", "scene")
    return get_object_or_404(visible, course__slug=course, slug=lesson)


def _poll(request: Request) -> int:
    form = PollForm(request.GET)
    return form.cleaned_data["n"] or 0 if form.is_valid() else 0


def _answer(request: Request, page: Playground, status: int = 200, **more: Any) -> HttpResponse:
    """The playground as a fragment for htmx, which puts the state into the page's address, or as a page."""
    context = {"page": page, "lesson": page.lesson, "course": page.lesson.course, "undo": _undo(request, page)}
    context["in_lesson"] = _in_lesson(request, page)
    context |= playground_terminal.start(page.lesson, page.state, page.stage.result).context() | more
    if not request.htmx:
        return render(request, "lessons/playground/page.html", context, status=status)
    response = render(request, "lessons/playground/_playground.html", context, status=status)
    if status == 200 and "n" not in request.GET:
        response["HX-Push-Url"] = _address(request, page)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _address(request: Request, page: Playground) -> str:
    """The address that repeats this state: of the lesson where the playground is used there, else its own."""
    if _in_lesson(request, page):
        return f"{page.lesson.get_absolute_url()}?{page.state.query()}#playground"
    return f"{playground_url(page.lesson)}?{page.state.query()}"


def _in_lesson(request: Request, page: Playground) -> bool:
    here = urlsplit(request.htmx.current_url or "").path if request.htmx else ""
    return here == page.lesson.get_absolute_url()


def _undo(request: Request, page: Playground) -> str:
    """The query of the state before this one, as the browser's address had it; "" where there was none."""
    if not request.htmx or _poll(request):
        return ""
    return playground.state_before(page, QueryDict(urlsplit(request.htmx.current_url or "").query))
