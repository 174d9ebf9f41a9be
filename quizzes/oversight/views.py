"""Pages of instructors about attempts: what has no grade, and one attempt with the form to set its score."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from quizzes.grading import manual_grades
from quizzes.models import Attempt
from quizzes.oversight import ungraded
from quizzes.oversight.forms import ManualGradeForm, TakeBackForm
from quizzes.oversight.inspected import inspect
from quizzes.permissions import edits_questions, may_set_grade, readable_attempts, reads_attempts
from quizzes.regrading import asking

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def grading(request: HttpRequest) -> HttpResponse:
    """What needs an instructor. A POST has everything graded that has no grade."""
    if not reads_attempts(request.user):
        raise Http404
    if request.method == "POST":
        sent = ungraded.grade_all(request.user)
        words = ngettext("%(count)s attempt is graded again.", "%(count)s attempts are graded again.", sent)
        messages.success(request, words % {"count": sent})
        return redirect("grading")
    context: dict[str, Any] = {
        "page": Paginator(ungraded.ungraded(request.user), PAGE_SIZE).get_page(request.GET.get("page")),
        "edits_questions": edits_questions(request.user),
    }
    if context["edits_questions"]:
        context["outdated"] = ungraded.outdated_quizzes()
        context["regrades"] = asking.latest()
    return render(request, "quizzes/oversight/grading.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    found = attempt_of_others(request, pk)
    may_set = may_set_grade(request.user, found)
    if request.method == "POST" and not may_set:
        raise Http404
    taking_back = request.POST.get("action") == "take_back"
    set_form = ManualGradeForm(request.POST if request.POST and not taking_back else None)
    back_form = TakeBackForm(request.POST if taking_back else None, prefix=None, auto_id="id_back_%s")
    if request.method == "POST" and record(request, found, back_form if taking_back else set_form):
        return redirect("grading_attempt", found.pk)
    context = {
        "inspected": inspect(found),
        "of_learner": True,
        "attempt": found,
        "quiz": found.quiz,
        "lesson": found.quiz.lesson,
        "may_set": may_set,
        "edits_questions": edits_questions(request.user),
        "set_form": set_form,
        "back_form": back_form,
    }
    invalid = set_form.errors or back_form.errors
    status = HTTPStatus.UNPROCESSABLE_ENTITY if invalid else HTTPStatus.OK
    return render(request, "quizzes/oversight/attempt.html", context, status=status)


def record(request: HttpRequest, found: Attempt, form: forms.Form) -> bool:
    """Whether the form was right; its errors are in it otherwise."""
    if not form.is_valid():
        return False
    values = form.cleaned_data
    try:
        if "score" in values:
            manual_grades.give(found, values["score"], values["reason"], request.user)
            messages.success(request, gettext("The score is set. The learner sees it with your reason."))
        else:
            manual_grades.take_back(found, values["reason"], request.user)
            messages.success(request, gettext("Taken back. The engine's score counts again."))
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def attempt_of_others(request: HttpRequest, pk: int) -> Attempt:
    """404 for who may not look at it, as if there were none."""
    readable = readable_attempts(request.user).select_related(
        "quiz__lesson__course",
        "quiz__lesson__scene",
        "learner__user",
        "learner__stand_in_of",
        "enrolment__course_class",
    )
    return get_object_or_404(readable, pk=pk)
