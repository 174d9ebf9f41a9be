"""Questions in the admin: begun with an example or a copy, tried before they are stored, and checked by the engine."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from lessons.admin.editing import SeenAdmin
from quizzes.admin.examples import copied, examples, key_in
from quizzes.admin.fields import QuestionForm
from quizzes.attempts import presentation
from quizzes.errors import InvalidSpecError
from quizzes.models import Question, Quiz
from quizzes.regrading.outdated import outdated_attempts

COPY = "copy"
"""The key of an add form's address that names the question to start from."""


@admin.register(Question)
class QuestionAdmin(SeenAdmin):
    form = QuestionForm
    list_display = ["slug", "quiz", "kind", "objective", "difficulty", "points", "position"]
    list_editable = ["position"]
    list_filter = ["quiz", "kind", "difficulty"]
    list_select_related = ["quiz"]
    search_fields = ["slug", "spec"]
    add_form_template = change_form_template = "admin/quizzes/question/change_form.html"

    class Media:
        css = {"all": ["css/admin_lessons.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", wrap(self.preview), name="quizzes_question_preview"),
            path("try/", wrap(self.try_out), name="quizzes_question_try"),
            *super().get_urls(),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        number = str(given.pop(COPY, ""))
        source = Question.objects.filter(pk=key_in(number)).first()
        return copied(source, given) if source else given

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """With an example of every kind to start from, until one is chosen."""
        quiz = request.GET.get("quiz", "")
        context = extra_context or {}
        if request.method == "GET" and COPY not in request.GET:
            chosen = Quiz.objects.filter(pk=key_in(quiz)).first()
            context |= {"examples": examples(chosen), "given": request.GET.urlencode()}
        return super().add_view(request, form_url, context)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Whoever corrects a question is told of the grades that its earlier version gave."""
        super().save_model(request, obj, form, change)
        if change and (count := outdated_attempts(obj.quiz, obj).count()):
            words = ngettext(
                "%(count)s graded attempt had an earlier version of this question.",
                "%(count)s graded attempts had an earlier version of this question.",
                count,
            )
            url = f"{reverse('regrade_ask', args=[obj.quiz_id])}?question={obj.slug}"
            link = format_html('<a href="{}">{}</a>', url, gettext("Regrade"))
            messages.warning(request, format_html("{} {}", words % {"count": count}, link))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question as learners see it, and what they read after grading. Nothing is stored."""
        question = get_object_or_404(
            Question.objects.select_related("quiz__lesson__course", "quiz__lesson__scene"), pk=pk
        )
        if not self.has_view_permission(request, question):
            raise PermissionDenied
        return previewed(request, question)

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """The same for a form that is not stored; `question` in the address is the one that it would change."""
        number = key_in(request.GET.get("question", ""))
        stored = get_object_or_404(Question, pk=number) if number else None
        allowed = self.has_change_permission(request, stored) if stored else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied
        form = QuestionForm(request.POST, instance=stored)
        if form.is_valid():
            return previewed(request, form.instance, unsaved=True)
        context = {"form": form, "question": form.instance}
        return render(request, "quizzes/preview_refused.html", context, status=422)


def previewed(request: HttpRequest, question: Question, *, unsaved: bool = False) -> HttpResponse:
    quiz = question.quiz
    context: dict[str, Any] = {"question": question, "quiz": quiz, "lesson": quiz.lesson, "unsaved": unsaved}
    try:
        context["previews"] = presentation.previews(question)
    except InvalidSpecError as error:
        context["problem"] = str(error)
    return render(request, "quizzes/preview.html", context)
