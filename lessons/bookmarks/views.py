"""Bookmarks, notes and the place where a learner was: parse, one service call, render or go back."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lessons.bookmarks import bookmarks, reading
from lessons.bookmarks.bookmarks import BookmarkError
from lessons.bookmarks.lesson_places import PlaceError
from lessons.forms import NoteForm, PlaceForm
from lessons.learners import current_learner, require_learner
from lessons.models import Bookmark, Learner, Lesson
from lessons.requests import Request, View, rate_limited

NO_CONTENT = 204


def own_bookmark(view: View) -> View:
    """Passes the learner; another's bookmark is not found, as is one of a visitor who has none."""

    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        learner = current_learner(request)
        if learner is None:
            raise Http404
        try:
            return view(request, *args, learner=learner, **kwargs)
        except Bookmark.DoesNotExist as error:
            raise Http404 from error

    return wrapper


@require_safe
@never_cache
def bookmarks_page(request: Request) -> HttpResponse:
    groups = bookmarks.by_lesson(current_learner(request), request.user)
    return render(request, "lessons/bookmarks/page.html", {"groups": groups})


@require_safe
@never_cache
def export(request: Request) -> HttpResponse:
    groups = bookmarks.by_lesson(current_learner(request), request.user)
    text = bookmarks.markdown(groups, request.build_absolute_uri("/").rstrip("/"))
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hop-by-hop-notes.md"'
    return response


@require_POST
@rate_limited("note")
def add(request: Request, course: str, lesson: str) -> HttpResponse:
    found = _lesson(request, course, lesson)
    try:
        bookmark, created = bookmarks.add(require_learner(request), found, PlaceForm(request.POST).address())
    except (BookmarkError, PlaceError) as error:
        return _refused(request, str(error), f"{found.get_absolute_url()}#notes", target="#bookmark-status")
    words = _("Bookmarked: %(title)s") if created else _("Bookmarked already: %(title)s")
    if not request.htmx:
        messages.success(request, words % {"title": bookmark.title})
        return redirect(f"{found.get_absolute_url()}#bookmark-{bookmark.pk}")
    context = {"bookmark": bookmark, "created": created, "words": words % {"title": bookmark.title}}
    return _varied(render(request, "lessons/bookmarks/_added.html", context))


@require_POST
@rate_limited("note")
@own_bookmark
def write(request: Request, pk: int, learner: Learner) -> HttpResponse:
    try:
        bookmark = bookmarks.write(learner, pk, NoteForm(request.POST).text())
    except BookmarkError as error:
        return _refused(request, str(error), _back(request))
    if not request.htmx:
        messages.success(request, _("The note is saved."))
        return redirect(f"{_back(request)}#bookmark-{bookmark.pk}")
    return _varied(render(request, "lessons/bookmarks/_saved.html", {"bookmark": bookmark}))


@require_POST
@own_bookmark
def remove(request: Request, pk: int, learner: Learner) -> HttpResponse:
    bookmark = bookmarks.remove(learner, pk)
    context = {"bookmark": bookmark, "back": _back(request)}
    template = "_removed.html" if request.htmx else "removed.html"
    return _varied(render(request, f"lessons/bookmarks/{template}", context))


@require_POST
@own_bookmark
def restore(request: Request, pk: int, learner: Learner) -> HttpResponse:
    bookmark = bookmarks.restore(learner, pk)
    if not request.htmx:
        return redirect(f"{_back(request)}#bookmark-{bookmark.pk}")
    return _varied(render(request, "lessons/bookmarks/_bookmark.html", {"bookmark": bookmark}))


@require_POST
@rate_limited("place")
def remember_place(request: Request, course: str, lesson: str) -> HttpResponse:
    """A visitor who has done nothing yet leaves no trace."""
    found, learner = _lesson(request, course, lesson), current_learner(request)
    if learner is not None:
        try:
            reading.remember_place(learner, found, PlaceForm(request.POST).address())
        except PlaceError as error:
            return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=NO_CONTENT)


def _lesson(request: Request, course: str, lesson: str) -> Lesson:
    visible = Lesson.objects.visible_to(request.user).select_related("course")
    return get_object_or_404(visible, course__slug=course, slug=lesson)


def _back(request: Request) -> str:
    """The page of ours that the plain form stands on."""
    return PlaceForm(request.POST).page(request)


def _refused(request: Request, message: str, back: str, target: str = "") -> HttpResponse:
    """For htmx into `target`, or where the form wants its answers."""
    if not request.htmx:
        messages.error(request, message)
        return redirect(back)
    response = render(request, "lessons/_notice.html", {"message": message}, status=422)
    response["HX-Reswap"] = "innerHTML"
    if target:
        response["HX-Retarget"] = target
    return _varied(response)


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request"])
    return response
