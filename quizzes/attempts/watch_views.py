"""The page on which a learner watches a packet of their own graded answer."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classes import viewing
from quizzes.attempts import watching
from quizzes.attempts.views import Request, own_attempt
from quizzes.kinds.write_yaml import WriteYaml
from quizzes.policies.showing import showing_of


@require_safe
@never_cache
def watch(request: Request, pk: int, slug: str, number: int) -> HttpResponse:
    found = own_attempt(request, pk)
    if not showing_of(found, viewing.now(request)).key:
        raise Http404
    try:
        scenario = watching.watched(found, slug, number)
    except watching.NothingToWatchError:
        raise Http404 from None
    context = watching.page_context(scenario) | {
        "lesson": found.quiz.lesson,
        "asked_in": found.quiz.title,
        "own_objects": found.answers.filter(revision__slug=slug, revision__kind=WriteYaml.name).exists(),
        "back": f"{found.get_absolute_url()}#result-{slug}",
    }
    return render(request, "quizzes/watch.html", context)
