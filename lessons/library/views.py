"""Pages to look things up."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from lessons.learners import current_learner
from lessons.library import glossary, myths, search


@require_safe
def glossary_page(request: HttpRequest) -> HttpResponse:
    entries = glossary.entries_for(request.user)
    context = {"entries": entries, "terms": glossary.terms(entries)}
    return render(request, "lessons/library/glossary.html", context)


@require_safe
def myths_page(request: HttpRequest) -> HttpResponse:
    found = myths.myths(request.user, current_learner(request))
    return render(request, "lessons/library/myths.html", {"myths": found})


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[: search.LONGEST_QUERY]
    documents = search.documents(request.user)
    hits = search.search(documents, query)
    context: dict[str, object] = {"query": query, "hits": hits}
    if not hits:
        context |= {
            "suggestion": search.suggestion(documents, query),
            "hits": search.with_some_words(documents, query),
            "only_some_words": True,
        }
    live = request.headers.get("HX-Request") == "true"
    response = render(request, f"lessons/library/{'_hits' if live else 'search'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
