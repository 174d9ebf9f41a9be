"""Trace exercises: parse, one service call, render the exercise as a fragment or go back to its lesson."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_POST, require_safe

from lessons import catalog
from lessons.forms import PollForm, TraceAnswerForm
from lessons.learners import current_learner, keep_guest, require_learner
from lessons.models import TraceExercise
from lessons.traces import exercises as trace_exercises
from lessons.traces.exercises import TraceBench
from lessons.views import UNAVAILABLE, Request, rate_limited


@require_safe
@never_cache
@rate_limited("trace")
def trace(request: Request, pk: int) -> HttpResponse:
    learner, poll = current_learner(request), PollForm(request.GET).number()
    return _response(request, trace_exercises.load(_exercise(request, pk), learner, poll=poll))


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def table(request: Request, pk: int) -> HttpResponse:
    """The hop table apart from the lesson's page, once the packet may be seen; htmx gets the table alone."""
    bench = trace_exercises.look(_exercise(request, pk), current_learner(request))
    if bench.state != "shown":
        return HttpResponse(status=204) if request.htmx else redirect(bench.exercise)
    template = "lessons/_hops_table.html" if request.htmx else "lessons/traces/table.html"
    response = render(request, template, bench.context())
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@rate_limited("trace")
def check(request: Request, pk: int) -> HttpResponse:
    form = TraceAnswerForm(request.POST)
    exercise = _exercise(request, pk)
    return _response(
        request, trace_exercises.answer(require_learner(request), exercise, form.typed(), show=form.given_up())
    )


@require_POST
@rate_limited("trace")
def follow(request: Request, pk: int) -> HttpResponse:
    return _response(request, trace_exercises.follow(require_learner(request), _exercise(request, pk)))


@require_POST
@rate_limited("trace")
def again(request: Request, pk: int) -> HttpResponse:
    return _response(request, trace_exercises.again(require_learner(request), _exercise(request, pk)))


def _exercise(request: Request, pk: int) -> TraceExercise:
    return get_object_or_404(catalog.visible_traces(request.user), pk=pk)


def _response(request: Request, bench: TraceBench) -> HttpResponse:
    """For htmx the exercise; a plain form is led back to the lesson, which shows it as it stands."""
    if request.htmx:
        status = UNAVAILABLE if bench.state == "unavailable" else 200
        response = render(request, "lessons/traces/_trace.html", bench.context(), status=status)
    else:
        response = redirect(bench.exercise)
    if response.status_code == UNAVAILABLE:
        keep_guest(request, response)
    patch_vary_headers(response, ["HX-Request"])
    return response
