"""The hop table of a packet, apart from its lesson's page: pages stay small, and browsers keep what did not change."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from lessons import catalog, predictions
from lessons.learners import current_learner
from lessons.models import Experiment, TraceExercise
from lessons.predictions import Bench
from lessons.traces import exercises as trace_exercises
from lessons.traces.exercises import TraceBench
from lessons.views import Request


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def experiment_table(request: Request, pk: int) -> HttpResponse:
    experiment = get_object_or_404(catalog.visible_experiments(request.user), pk=pk)
    learner = current_learner(request)
    bench = predictions.observe(learner, experiment) if learner else predictions.ask(experiment, None)
    return _table(request, experiment, bench)


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def trace_table(request: Request, pk: int) -> HttpResponse:
    exercise = get_object_or_404(catalog.visible_traces(request.user), pk=pk)
    return _table(request, exercise, trace_exercises.look(exercise, current_learner(request)))


def _table(request: Request, asked: Experiment | TraceExercise, bench: Bench | TraceBench) -> HttpResponse:
    """Once the packet may be seen, which is when its bench has a result. htmx gets the table alone.

    Before that nothing for htmx, and others are led to the question.
    """
    if not bench.result or not bench.result.get("rows"):
        return HttpResponse(status=204) if request.htmx else redirect(asked)
    template = "lessons/_hops_table.html" if request.htmx else "lessons/hops_page.html"
    response = render(request, template, bench.context() | {"asked": asked})
    patch_vary_headers(response, ["HX-Request"])
    return response
