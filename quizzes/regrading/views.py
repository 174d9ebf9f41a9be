"""Pages of regrades, for who edits questions: the request, its dry run and progress, its application."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quizzes.attempts.views import Request
from quizzes.models import Quiz, Regrade
from quizzes.permissions import edits_questions
from quizzes.regrading import asking, running, table, undoing
from quizzes.regrading.forms import RegradeForm
from quizzes.regrading.plot import plot_of
from quizzes.regrading.running import RegradeRefusedError

PAGE_SIZE = 50


def for_editors(view: Any) -> Any:
    """404 for anybody else, as if there were no such page."""

    @wraps(view)
    @login_required
    @never_cache
    def wrapper(request: Request, pk: int) -> HttpResponse:
        if not edits_questions(request.user):
            raise Http404
        return view(request, pk)

    return wrapper


@require_http_methods(["GET", "HEAD", "POST"])
@for_editors
def ask(request: Request, pk: int) -> HttpResponse:
    quiz = get_object_or_404(Quiz.objects.select_related("lesson__course", "lesson__scene"), pk=pk)
    questions = asking.questions_of(quiz)
    slugs = tuple(question.slug for question in questions)
    form = RegradeForm(request.POST or None, slugs=slugs, only=request.GET.get("question", ""))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("reason", "may_lower")}
        try:
            return redirect(running.request(quiz, by=request.user, treatments=form.treatments(), **values))
        except ValidationError as error:
            form.add_error(None, error)
        except RegradeRefusedError as error:
            form.add_error(None, str(error))
    context = page_of(quiz) | {
        "form": form,
        "questions": asking.with_fields(questions, form),
        "regrades": asking.latest(quiz),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "quizzes/regrading/ask.html", context, status=status)


@require_safe
@for_editors
def regrade(request: Request, pk: int) -> HttpResponse:
    found = regrade_with_quiz(pk)
    context = page_of(found.quiz) | {"regrade": found, "standing": asking.standing(found)}
    if found.state not in running.AT_WORK:
        filters = table.filters(found)
        names = [each.name for each in filters]
        effect = request.GET.get("effect", "")
        effect = effect if effect in names else next(iter(names), "")
        page = Paginator(table.chosen(found, effect), PAGE_SIZE).get_page(request.GET.get("page"))
        summary = table.summary(found)
        context |= {"filters": filters, "effect": effect, "page": page, "rows": table.rows(page.object_list)}
        context |= {"summary": summary, "plot": plot_of(summary.bars)}
    template = "_regrade.html" if request.htmx else "regrade.html"
    response = render(request, f"quizzes/regrading/{template}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@for_editors
def apply(request: Request, pk: int) -> HttpResponse:
    found = regrade_with_quiz(pk)
    try:
        running.apply(found)
    except RegradeRefusedError as error:
        messages.error(request, str(error))
    return redirect(found)


@require_POST
@for_editors
def cancel(request: Request, pk: int) -> HttpResponse:
    found = regrade_with_quiz(pk)
    if running.cancel(found):
        messages.success(request, gettext("Cancelled. Whatever was applied before stays."))
    return redirect(found)


@require_POST
@for_editors
def again(request: Request, pk: int) -> HttpResponse:
    """The same regrade, worked out anew."""
    found = regrade_with_quiz(pk)
    try:
        return redirect(running.request_again(found, by=request.user))
    except RegradeRefusedError as error:
        messages.error(request, str(error))
        return redirect(found)


@require_POST
@for_editors
def undo(request: Request, pk: int) -> HttpResponse:
    """Begins the dry run of taking it back."""
    found = regrade_with_quiz(pk)
    try:
        return redirect(undoing.request(found, reason=request.POST.get("reason", ""), by=request.user))
    except ValidationError:
        messages.error(request, gettext("Say why: the learner reads it."))
    except RegradeRefusedError as error:
        messages.error(request, str(error))
    return redirect(found)


@require_safe
@for_editors
def changes(request: Request, pk: int) -> HttpResponse:
    """The dry run as CSV, in UTF-8 with the mark that spreadsheets ask for."""
    found = regrade_with_quiz(pk)
    headers = {"Content-Disposition": f'attachment; filename="regrade-{found.pk}.csv"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    response.write(table.changes_csv(found))
    return response


def regrade_with_quiz(pk: int) -> Regrade:
    return get_object_or_404(
        Regrade.objects.select_related("quiz__lesson__course", "quiz__lesson__scene", "requested_by", "undoes"), pk=pk
    )


def page_of(quiz: Quiz) -> dict[str, Any]:
    """What every page about a quiz shows."""
    return {"quiz": quiz, "lesson": quiz.lesson}
