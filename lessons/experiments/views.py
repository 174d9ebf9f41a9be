"""An experiment's bench: predict, watch the packet, say what was seen, predict again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lessons import catalog
from lessons.experiments import checks, predictions
from lessons.experiments.predictions import Bench
from lessons.forms import CheckForm, PollForm, PredictionForm
from lessons.learners import current_learner, keep_guest, require_learner
from lessons.models import Experiment
from lessons.requests import UNAVAILABLE, Request, rate_limited
from lessons.runs.polling import poll_delay


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
def check(request: Request, pk: int) -> HttpResponse:
    """For htmx the check alone, so that the packet stays where it is; a plain form goes back to the lesson."""
    experiment = _experiment(request, pk)
    try:
        answered = checks.answer(require_learner(request), experiment, CheckForm(request.POST).number())
    except checks.CheckError as error:
        if request.htmx:
            response = render(request, "lessons/_notice.html", {"message": str(error)}, status=422)
            response["HX-Reswap"] = "afterbegin"
            return response
        messages.error(request, str(error))
        return redirect(experiment)
    if not request.htmx:
        return redirect(experiment)
    return render(request, "lessons/_check.html", {"experiment": experiment, "check": answered})


@require_safe
@never_cache
def result(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    learner = current_learner(request)
    if learner is None:
        return _bench_response(request, predictions.ask(experiment, None))
    return _bench_response(request, predictions.observe(learner, experiment, poll=PollForm(request.GET).number()))


@require_POST
@rate_limited("simulate")
def retry(request: Request, pk: int) -> HttpResponse:
    return _bench_response(request, predictions.send_again(require_learner(request), _experiment(request, pk)))


@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    if not request.htmx:
        return redirect(f"{experiment.lesson.get_absolute_url()}?again={experiment.slug}#experiment-{experiment.slug}")
    return _bench_response(request, predictions.ask(experiment, current_learner(request)))


@require_safe
@never_cache
@rate_limited("diagram")
def diagram(request: Request, pk: int) -> HttpResponse:
    experiment = _experiment(request, pk)
    drawn, message = predictions.diagram(experiment)
    poll = PollForm(request.GET).number()
    context = {
        "experiment": experiment,
        "figure_id": predictions.figure_id(experiment),
        "diagram": drawn,
        "message": message,
        "pending": drawn is None and not message,
        "poll": poll,
        "poll_ms": poll_delay(poll, slow=bool(message)) if drawn is None else None,
    }
    return render(request, "lessons/_diagram.html", context, status=UNAVAILABLE if message else 200)


def _experiment(request: Request, pk: int) -> Experiment:
    return get_object_or_404(catalog.visible_experiments(request.user), pk=pk)


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
        response = render(request, "lessons/lesson.html", catalog.with_bench(page, bench).context(), status=status)
    if status == UNAVAILABLE:
        keep_guest(request, response)
    patch_vary_headers(response, ["HX-Request"])
    return response
