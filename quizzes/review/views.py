"""Pages of practice: parse, one service call, render. A practiced question exists for its own learner only."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classes import viewing
from lessons.forms import PollForm
from lessons.learners import current_learner, require_learner
from lessons.models import Lesson
from lessons.requests import rate_limited
from quizzes.attempts import watching
from quizzes.attempts.forms import LessonForm, PageForm
from quizzes.attempts.presentation import QuestionCard
from quizzes.attempts.views import GRADE_WAIT_SECONDS, Request
from quizzes.errors import InvalidAnswerError
from quizzes.kinds.write_yaml import WriteYaml
from quizzes.models import PracticeAnswer, Quiz
from quizzes.review import overview, practice, showing
from quizzes.review.practice import PracticeRefusedError

LATE_AFTER = timedelta(seconds=3)


@require_safe
@never_cache
def practice_page(request: Request) -> HttpResponse:
    learner, now = current_learner(request), viewing.now(request)
    standings = overview.standings(learner, request.user, now)
    coming = overview.coming(standings)
    context = {
        "standings": standings,
        "chosen": LessonForm(request.GET).chosen(),
        "due": [each for each in coming if each.is_due],
        "next_due": next((each for each in coming if not each.is_due), None),
    }
    return render(request, "quizzes/review/practice.html", context)


@require_POST
@rate_limited("practice")
def ask_due(request: Request) -> HttpResponse:
    try:
        asked = practice.ask_due(require_learner(request), request.user, viewing.now(request))
    except PracticeRefusedError as error:
        messages.info(request, str(error))
        return redirect("practice")
    return redirect("practice_question", asked.pk)


@require_POST
@rate_limited("practice")
def ask(request: Request, lesson: int, objective: int) -> HttpResponse:
    lessons = Lesson.objects.visible_to(request.user).filter(quiz__in=Quiz.objects.visible_to(request.user))
    found = get_object_or_404(lessons, pk=lesson)
    try:
        asked = practice.ask(require_learner(request), found, objective, viewing.now(request))
    except PracticeRefusedError as error:
        messages.info(request, str(error))
        return redirect("practice")
    return redirect("practice_question", asked.pk)


@require_safe
@never_cache
def question(request: Request, pk: int) -> HttpResponse:
    """The question, or once it is answered what became of it; htmx, which polls, gets the latter alone."""
    found = own_practice(request, pk)
    now = viewing.now(request)
    if found.answered_at is None:
        return question_page(request, found, showing.question_card(found), now)
    context = page_context(request, found, now) | {
        "card": showing.result_card(found),
        "poll": PollForm(request.GET).number() + 1,
        "late": timezone.now() - found.answered_at > LATE_AFTER,
    }
    template = "quizzes/review/_result.html" if request.htmx else "quizzes/review/result.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@rate_limited("practice")
def answer(request: Request, pk: int) -> HttpResponse:
    found = own_practice(request, pk)
    page, form = PageForm(request.POST), dict(request.POST.lists())
    now = viewing.now(request)
    if not page.is_valid():
        return redirect("practice_question", found.pk)
    try:
        practice.answer(found.pk, form, page.cleaned_data["page"], now)
    except InvalidAnswerError as error:
        card = showing.refused_card(found, form, str(error))
        return question_page(request, found, card, now, HTTPStatus.UNPROCESSABLE_ENTITY)
    except PracticeRefusedError as error:
        messages.error(request, str(error))
        return redirect("practice_question", found.pk)
    practice.wait_for(found.pk, GRADE_WAIT_SECONDS)
    return redirect("practice_question", found.pk)


@require_POST
@rate_limited("practice")
def retry(request: Request, pk: int) -> HttpResponse:
    found = own_practice(request, pk)
    practice.retry(found.pk)
    practice.wait_for(found.pk, GRADE_WAIT_SECONDS)
    return redirect("practice_question", found.pk)


@require_safe
@never_cache
def watch(request: Request, pk: int, number: int) -> HttpResponse:
    found = own_practice(request, pk)
    try:
        scenario = watching.watched_answer(practice.stand_in(found), number, graded=found.result is not None)
    except watching.NothingToWatchError:
        raise Http404 from None
    context = watching.page_context(scenario) | {
        "lesson": found.lesson,
        "asked_in": found.lesson.title,
        "own_objects": found.revision.kind == WriteYaml.name,
        "back": f"{found.get_absolute_url()}#result-{found.revision.slug}",
    }
    return render(request, "quizzes/watch.html", context)


def question_page(
    request: Request, found: PracticeAnswer, card: QuestionCard, now: datetime, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = page_context(request, found, now) | {"card": card, "page": uuid4()}
    return render(request, "quizzes/review/question.html", context, status=status)


def page_context(request: Request, found: PracticeAnswer, now: datetime) -> dict[str, Any]:
    return {
        "practice": found,
        "lesson": found.lesson,
        "standing": overview.standing_after(found, now),
        "due_count": overview.due_count(found.learner, request.user, now),
    }


def own_practice(request: Request, pk: int) -> PracticeAnswer:
    """404 for what somebody else practices, as if there were none."""
    answers = PracticeAnswer.objects.select_related("lesson__course", "learner", "revision")
    return get_object_or_404(answers, pk=pk, learner=current_learner(request) or 0)
