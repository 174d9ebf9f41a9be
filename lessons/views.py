"""Pages of courses, lessons and experiments: parse, one service call, render."""

from __future__ import annotations

from dataclasses import fields
from functools import wraps
from typing import Any, Protocol

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from lessons import calibration, catalog, checks, demo, predictions, rate_limits
from lessons.content import rendering
from lessons.forms import CheckForm, PollForm, PredictionForm, PreviewForm
from lessons.learners import current_learner, keep_guest, require_learner
from lessons.models import Course, Experiment, Lesson
from lessons.predictions import Bench

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


@require_safe
def home(request: Request) -> HttpResponse:
    """With `?packet=` the demo's packet is sent; htmx gets the demo alone."""
    slug = request.GET.get("packet", "")
    course = Course.objects.visible_to(request.user).exclude(demo=None).first()
    shown = demo.shown_on_home(course, slug) if course else None
    if request.htmx and slug and shown:
        response = render(request, "lessons/_demo.html", {"demo": shown})
    else:
        cards = catalog.course_cards(request.user, current_learner(request))
        response = render(request, "lessons/home.html", {"courses": cards, "demo": shown})
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def course(request: Request, course: str) -> HttpResponse:
    found = get_object_or_404(Course.objects.visible_to(request.user), slug=course)
    card = catalog.course_card(found, request.user, current_learner(request))
    context = {
        "course": found,
        "cards": card.lessons,
        "map": card.map,
        "resume": card.resume,
        "preview": found.status == "draft",
        "calibration": calibration.of_learner(current_learner(request), found),
    }
    return render(request, "lessons/course.html", context)


@require_safe
@never_cache
def lesson(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    again = request.GET.get("again", "")
    page = catalog.open_lesson(found, request.user, current_learner(request), again=again)
    return render(request, "lessons/lesson.html", _page_context(page))


@require_POST
@rate_limited("simulate")
def predict(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    form = PredictionForm(request.POST)
    learner, confidence = require_learner(request), form.sureness()
    try:
        bench = predictions.predict(learner, experiment, *form.choice(), confidence)
    except predictions.PredictionError as error:
        bench = predictions.ask(experiment, learner, message=str(error), confidence=confidence)
        return _bench_response(request, bench, status=422)
    return _bench_response(request, bench)


@require_POST
@rate_limited("trace")
def experiment_check(request: Request, pk: int) -> HttpResponse:
    """For htmx the check alone, so that the packet stays where it is; a plain form goes back to the lesson."""
    experiment = _experiment(request, pk)
    try:
        check = checks.answer(require_learner(request), experiment, CheckForm(request.POST).number())
    except checks.CheckError as error:
        if request.htmx:
            response = render(request, "lessons/_notice.html", {"message": str(error)}, status=422)
            response["HX-Reswap"] = "afterbegin"
            return response
        messages.error(request, str(error))
        return redirect(experiment)
    if not request.htmx:
        return redirect(experiment)
    return render(request, "lessons/_check.html", {"experiment": experiment, "check": check})


@require_safe
@never_cache
def experiment_result(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    learner = current_learner(request)
    if learner is None:
        return _bench_response(request, predictions.ask(experiment, None))
    return _bench_response(request, predictions.observe(learner, experiment, poll=PollForm(request.GET).number()))


@require_POST
@rate_limited("simulate")
def experiment_retry(request: Request, pk: int) -> HttpResponse:
    return _bench_response(request, predictions.send_again(require_learner(request), _experiment(request, pk)))


@require_POST
def experiment_again(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    if not request.htmx:
        return redirect(f"{experiment.lesson.get_absolute_url()}?again={experiment.slug}#experiment-{experiment.slug}")
    return _bench_response(request, predictions.ask(experiment, current_learner(request)))


@require_safe
@never_cache
@rate_limited("diagram")
def experiment_diagram(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    diagram, message = predictions.diagram(experiment)
    poll = PollForm(request.GET).number()
    context = {
        "experiment": experiment,
        "figure_id": predictions.figure_id(experiment),
        "diagram": diagram,
        "message": message,
        "pending": diagram is None and not message,
        "poll": poll,
        "poll_ms": predictions.poll_delay(poll, slow=bool(message)) if diagram is None else None,
    }
    return render(request, "lessons/_diagram.html", context, status=UNAVAILABLE if message else 200)


@require_POST
@staff_member_required
def markdown_preview(request: Request) -> HttpResponse:
    form = PreviewForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors["text"], status=422)
    return render(request, "lessons/_preview.html", {"parts": rendering.blocks(form.cleaned_data["text"])})


def _lesson(request: Request, course: str, lesson: str) -> Lesson:
    visible = Lesson.objects.visible_to(request.user).select_related("course", "scene")
    return get_object_or_404(visible, course__slug=course, slug=lesson)


def _experiment(request: Request, pk: int) -> Experiment:
    return get_object_or_404(catalog.visible_experiments(request.user), pk=pk)


def _page_context(page: catalog.LessonPage) -> dict[str, Any]:
    return {field.name: getattr(page, field.name) for field in fields(page)} | {"contents": page.contents}


def _bench_response(request: Request, bench: Bench, status: int = 200) -> HttpResponse:
    """The bench as a fragment for htmx. For a plain form: a redirect to the lesson, or its page with what is wrong."""
    if bench.state == "unavailable":
        status = UNAVAILABLE
    if request.htmx:
        response = render(request, "lessons/_experiment.html", bench.context(), status=status)
    elif status == 200:
        response = redirect(bench.experiment)
    else:
        page = catalog.open_lesson(bench.experiment.lesson, request.user, current_learner(request))
        response = render(request, "lessons/lesson.html", _page_context(catalog.with_bench(page, bench)), status=status)
    if status == UNAVAILABLE:
        keep_guest(request, response)
    patch_vary_headers(response, ["HX-Request"])
    return response
