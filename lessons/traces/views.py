"""Trace exercises: parse, one service call, render the exercise as a fragment or go back to its lesson."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lessons import catalog
from lessons.forms import PollForm, TraceAnswerForm
from lessons.learners import current_learner, keep_guest, require_learner
from lessons.models import TraceExercise
from lessons.requests import UNAVAILABLE, Request, rate_limited
from lessons.traces import exercises as trace_exercises
from lessons.traces.exercises import TraceBench


@require_safe
@never_cache
@rate_limited("trace")
def trace(request: Request, pk: int) -> HttpResponse:
    learner, poll = current_learner(request), PollForm(request.GET).number()
    return _response(request, trace_exercises.load(_exercise(request, pk), learner, poll=poll))


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
