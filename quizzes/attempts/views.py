"""Pages of a quiz: parse, one service call, render. An attempt exists for its own learner only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from classes import viewing
from lessons import rate_limits
from lessons.learners import current_learner, require_learner
from quizzes.attempts import history, presentation, taking
from quizzes.attempts.drafts import Draft, unreadable
from quizzes.attempts.forms import PageForm, PollForm
from quizzes.attempts.taking import AttemptRefusedError
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.models import Answer, Attempt, Quiz
from quizzes.policies.showing import showing_of
from quizzes.policies.tries import number_of

GRADE_WAIT_SECONDS = 0.8


class Request(HttpRequest):
    htmx: HtmxDetails


def rate_limited(view: Any) -> Any:
    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            rate_limits.check("quiz", request)
        except rate_limits.TooManyRequestsError as error:
            context = {"retry_after": error.retry_after, "back": request.path.rsplit("/", 2)[0] + "/"}
            status = HTTPStatus.TOO_MANY_REQUESTS
            response = render(request, "quizzes/too_many_requests.html", context, status=status)
            response["Retry-After"] = str(error.retry_after)
            return response
        return view(request, *args, **kwargs)

    return wrapper


def from_attempt_page(view: Any) -> Any:
    """For the forms of the attempt's page: what cannot be done leads back to it, with the reason. So does a GET."""

    @wraps(view)
    def wrapper(request: Request, pk: int) -> HttpResponse:
        if request.method != "POST":
            return redirect("quiz_attempt", pk)
        try:
            return view(request, pk)
        except AttemptRefusedError as error:
            messages.error(request, str(error))
            return redirect("quiz_attempt", pk)

    return wrapper


@require_safe
@never_cache
def quiz(request: Request, course: str, lesson: str) -> HttpResponse:
    found = visible_quiz(request, course, lesson)
    overview = history.overview(found, current_learner(request), viewing.now(request))
    return render(request, "quizzes/quiz.html", {"quiz": found, "lesson": found.lesson, "overview": overview})


@require_POST
@rate_limited
def start(request: Request, course: str, lesson: str) -> HttpResponse:
    found = visible_quiz(request, course, lesson)
    try:
        return redirect(taking.start(found, require_learner(request), viewing.now(request)))
    except AttemptRefusedError as error:
        messages.error(request, str(error))
        return redirect(found)


@require_safe
@never_cache
def attempt(request: Request, pk: int) -> HttpResponse:
    found = own_attempt(request, pk)
    if found.state != Attempt.State.IN_PROGRESS or taking.close_if_over(found.pk, viewing.now(request)):
        return redirect("quiz_result", found.pk)
    return take_page(request, found, taking.drafts_of(found))


@require_POST
def save_answer(request: Request, pk: int, slug: str) -> HttpResponse:
    found = own_attempt(request, pk)
    try:
        form, page, now = dict(request.POST.lists()), page_of(request), viewing.now(request)
        draft = taking.save_answer(found.pk, slug, form, page, now)
    except Answer.DoesNotExist:
        raise Http404 from None
    except AttemptRefusedError as error:
        context = {"slug": slug, "message": str(error), "attempt": found}
        return render(request, "quizzes/_closed.html", context, status=HTTPStatus.CONFLICT)
    drafts = taking.drafts_of(found)
    context = {
        "card": presentation.question_card(draft),
        "attempt": found,
        "saved_now": True,
        "answered_count": sum(draft.complete for draft in drafts),
        "unreadable_count": len(unreadable(drafts)),
        "total": len(drafts),
        "clock": presentation.clock_of(found, viewing.now(request)),
    }
    status = HTTPStatus.OK if draft.saved is None else HTTPStatus.CONFLICT
    return render(request, "quizzes/_saved.html", context, status=status)


@from_attempt_page
def save(request: Request, pk: int) -> HttpResponse:
    found = own_attempt(request, pk)
    submission = taking.save_form(found.pk, dict(request.POST.lists()), page_of(request), viewing.now(request))
    if submission.conflicts or submission.unreadable:
        return take_page(request, found, submission.drafts, submission=submission, saved_only=True)
    messages.success(request, gettext("Your answers are saved. You can come back to them at any time."))
    return redirect("quiz_attempt", found.pk)


@from_attempt_page
@rate_limited
def submit(request: Request, pk: int) -> HttpResponse:
    found = own_attempt(request, pk)
    submission = taking.submit(
        found.pk,
        dict(request.POST.lists()),
        page_of(request),
        unanswered_confirmed="unanswered_confirmed" in request.POST,
        by_clock="by_clock" in request.POST,
        now=viewing.now(request),
    )
    if not submission.accepted:
        return take_page(request, found, submission.drafts, submission=submission)
    grader.wait_for(found.pk, GRADE_WAIT_SECONDS)
    return redirect("quiz_result", found.pk)


@require_safe
@never_cache
def result(request: Request, pk: int) -> HttpResponse:
    found = own_attempt(request, pk)
    if found.state == Attempt.State.IN_PROGRESS:
        return redirect("quiz_attempt", found.pk)
    polls = PollForm(request.GET)
    poll = polls.cleaned_data["n"] or 0 if polls.is_valid() else 0
    score, showing = score_of(found), showing_of(found, viewing.now(request))
    context = {
        "attempt": found,
        "try_number": number_of(found),
        "quiz": found.quiz,
        "lesson": found.quiz.lesson,
        "score": score,
        "showing": showing,
        "cards": presentation.result_cards(found, score, showing),
        "waiting": presentation.waiting(found, poll),
        "overview": history.overview(found.quiz, found.learner, viewing.now(request)),
    }
    response = render(request, "quizzes/_result.html" if request.htmx else "quizzes/result.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@rate_limited
def retry(request: Request, pk: int) -> HttpResponse:
    found = own_attempt(request, pk)
    grader.retry(found.pk)
    grader.wait_for(found.pk, GRADE_WAIT_SECONDS)
    return redirect("quiz_result", found.pk)


def take_page(request: Request, found: Attempt, drafts: Iterable[Draft], **context: Any) -> HttpResponse:
    drafts = tuple(drafts)
    cards = presentation.question_cards(drafts)
    context |= {
        "attempt": found,
        "quiz": found.quiz,
        "lesson": found.quiz.lesson,
        "overview": history.overview(found.quiz, found.learner, viewing.now(request)),
        "try_number": number_of(found),
        "clock": presentation.clock_of(found, viewing.now(request)),
        "cards": cards,
        "answered_count": sum(draft.complete for draft in drafts),
        "unreadable_count": len(unreadable(drafts)),
        "page": uuid4(),
    }
    status = draft_status(drafts) if "submission" in context else HTTPStatus.OK
    return render(request, "quizzes/attempt.html", context, status=status)


def draft_status(drafts: tuple[Draft, ...]) -> HTTPStatus:
    if any(draft.saved is not None for draft in drafts):
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if any(draft.problem for draft in drafts) else HTTPStatus.OK


def page_of(request: Request) -> UUID:
    """Which loaded page sends this form. Raises AttemptRefusedError for a form without."""
    form = PageForm(request.POST)
    if not form.is_valid():
        raise AttemptRefusedError(
            gettext("The page that was sent is incomplete. Reload it: your saved answers are on it.")
        )
    page: UUID = form.cleaned_data["page"]
    return page


def visible_quiz(request: Request, course: str, lesson: str) -> Quiz:
    visible = Quiz.objects.visible_to(request.user).select_related("lesson__course", "lesson__scene")
    return get_object_or_404(visible, lesson__course__slug=course, lesson__slug=lesson)


def own_attempt(request: Request, pk: int) -> Attempt:
    """404 for an attempt of somebody else, as if there were none."""
    attempts_with_quiz = Attempt.objects.select_related(
        "quiz__lesson__course", "quiz__policy", "learner__user", "enrolment"
    )
    return get_object_or_404(attempts_with_quiz, pk=pk, learner=current_learner(request) or 0)
