"""Pages of reports: the learner's about one question, and those of who replies."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from classes import viewing
from quizzes.attempts.views import Request, own_attempt, rate_limited
from quizzes.models import Answer, PracticeAnswer, ProblemReport
from quizzes.permissions import edits_questions, reads_attempts
from quizzes.policies.showing import EVERYTHING, showing_of
from quizzes.reports import reporting
from quizzes.reports.forms import ReplyForm, ReportForm
from quizzes.reports.seen import seen
from quizzes.review.views import own_practice

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: Request, pk: int, slug: str) -> HttpResponse:
    """For the learner whose answer it is, while the attempt goes on as well."""
    return post_report(request, own_answer(request, pk, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report_practiced(request: Request, pk: int) -> HttpResponse:
    """The same about a question that the learner practices."""
    return post_report(request, own_practice(request, pk))


def post_report(request: Request, asked: Answer | PracticeAnswer) -> HttpResponse:
    if request.method != "POST":
        return report_page(request, asked, ReportForm())
    return keep_report(request, asked=asked)


@rate_limited
def keep_report(request: Request, asked: Answer | PracticeAnswer) -> HttpResponse:
    form = ReportForm(request.POST)
    if form.is_valid():
        try:
            reporting.report(asked, form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("Thank you. The reply will be shown here, and under “My work”."))
            return redirect(request.path)
    return report_page(request, asked, form)


def report_page(request: Request, asked: Answer | PracticeAnswer, form: ReportForm) -> HttpResponse:
    showing = showing_of(asked.attempt, viewing.now(request)) if isinstance(asked, Answer) else EVERYTHING
    context = {
        "lesson": asked.lesson,
        "asked": asked,
        "seen": seen(asked, showing),
        "form": form,
        "reports": reporting.of_answer(asked),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "quizzes/reports/report.html", context, status=status)


@require_safe
@login_required
@never_cache
def reports(request: HttpRequest) -> HttpResponse:
    """404 for who may read none, as if there were no such page."""
    if not reads_attempts(request.user):
        raise Http404
    readable = reporting.readable_by(request.user)
    state = request.GET.get("state", ProblemReport.State.OPEN)
    chosen = state if state in ProblemReport.State.values else ProblemReport.State.OPEN
    question = Coalesce("answer__revision__question", "practice__revision__question")
    found = readable.filter(state=chosen).order_by(question, "-created_at")
    context = {
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": chosen,
        "states": ProblemReport.State.choices,
    }
    return render(request, "quizzes/reports/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(reporting.readable_by(request.user), pk=pk)
    form = ReplyForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.close(found, form.cleaned_data["state"], form.cleaned_data["reply"], request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("The learner sees your reply."))
            return redirect("quiz_reports")
    context = {
        "report": found,
        "form": form,
        "lesson": found.lesson,
        "seen": seen(found.asked, EVERYTHING),
        "of_learner": True,
        "edits_questions": edits_questions(request.user),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "quizzes/reports/reply.html", context, status=status)


def own_answer(request: Request, pk: int, slug: str) -> Answer:
    attempt = own_attempt(request, pk)
    answers = attempt.answers.select_related("revision", "attempt__quiz__lesson__course", "attempt__learner")
    return get_object_or_404(answers, revision__slug=slug)
