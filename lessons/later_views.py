"""What comes later than its lesson's page, by itself: hop tables, outcomes that were seen before, a trace's cluster.

So pages stay small, and browsers keep what did not change. Each answer is a fragment for htmx; for others there is a
page with the outcome and the table. Nothing is given away before the packet may be seen.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from lessons import catalog
from lessons.experiments import predictions
from lessons.experiments.predictions import Bench
from lessons.learners import current_learner
from lessons.models import Experiment, TraceExercise
from lessons.requests import Request
from lessons.traces import exercises as trace_exercises
from lessons.traces.exercises import TraceBench

OUTCOME = "lessons/_outcome.html"
TABLE = "lessons/_hops_table.html"
CLUSTER = "lessons/traces/_cluster.html"


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def experiment_outcome(request: Request, pk: int) -> HttpResponse:
    return _experiment_part(request, pk, OUTCOME)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def experiment_table(request: Request, pk: int) -> HttpResponse:
    return _experiment_part(request, pk, TABLE)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def trace_table(request: Request, pk: int) -> HttpResponse:
    exercise = get_object_or_404(catalog.visible_traces(request.user), pk=pk)
    return _part(request, exercise, trace_exercises.look(exercise, current_learner(request)), TABLE)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def trace_cluster(request: Request, pk: int) -> HttpResponse:
    """Where the packet of a trace travels, to look addresses up while its table is filled in."""
    exercise = get_object_or_404(catalog.visible_traces(request.user), pk=pk)
    bench = trace_exercises.look(exercise, current_learner(request))
    return _answer(request, exercise, bench, CLUSTER) if bench.run else _nothing(request, exercise)


def _experiment_part(request: Request, pk: int, template: str) -> HttpResponse:
    experiment = get_object_or_404(catalog.visible_experiments(request.user), pk=pk)
    learner = current_learner(request)
    bench = predictions.observe(learner, experiment) if learner else predictions.ask(experiment, None)
    return _part(request, experiment, bench, template)


def _part(
    request: Request, asked: Experiment | TraceExercise, bench: Bench | TraceBench, template: str
) -> HttpResponse:
    """A bench has a result once its packet may be seen."""
    return _answer(request, asked, bench, template) if bench.result else _nothing(request, asked)


def _answer(
    request: Request, asked: Experiment | TraceExercise, bench: Bench | TraceBench, template: str
) -> HttpResponse:
    shown = template if request.htmx else "lessons/later_page.html"
    response = render(request, shown, bench.context() | {"asked": asked})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _nothing(request: Request, asked: Experiment | TraceExercise) -> HttpResponse:
    """For htmx; others are led to the question."""
    return HttpResponse(status=204) if request.htmx else redirect(asked)
