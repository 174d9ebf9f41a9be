"""Pages to read without a network, and the service worker that shows them then."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lessons.bookmarks import offline
from lessons.models import Lesson

SERVICE_WORKER = Path(settings.BASE_DIR) / "static" / "js" / "service_worker.js"


@require_safe
@cache_control(private=True, max_age=300)
def offline_lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The same for everybody who reads this language: neither the session nor the CSRF token is looked at."""
    try:
        page = offline.copy(course, lesson)
    except Lesson.DoesNotExist as error:
        raise Http404 from error
    return render(request, "lessons/offline/lesson.html", {"page": page, "course": page.course, "lesson": page.lesson})


@require_safe
@cache_control(private=True, max_age=300)
def offline_page(request: HttpRequest) -> HttpResponse:
    """What is kept, which only the browser knows; shown as well instead of any page that cannot be reached."""
    return render(request, "lessons/offline/page.html")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, because a worker serves the pages below its own address."""
    return HttpResponse(SERVICE_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
