"""The learner's own page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classes import viewing
from lessons.learners import current_learner
from quizzes.me.work import work_of


@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """For guests too: their work stays with their browser."""
    work = work_of(current_learner(request), request.user, viewing.now(request))
    return render(request, "quizzes/me/me.html", {"work": work, "calibration": work.calibration})
