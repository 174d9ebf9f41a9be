"""Quizzes and their questions in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from lessons.admin.fields import MarkdownTextarea
from lessons.admin.ordering import OrderedInline
from lessons.admin.publishing import make_draft
from lessons.models import Status
from quizzes.admin.exchange import ExchangeAdmin
from quizzes.admin.fields import QuestionForm
from quizzes.attempts import presentation
from quizzes.errors import InvalidSpecError
from quizzes.models import Pool, Question, Quiz
from quizzes.questions.checking import quiz_problems
from quizzes.regrading.outdated import outdated_attempts


class QuestionInline(OrderedInline):
    model = Question
    fields = ["slug", "kind", "points", "objective", "difficulty", "position"]
    readonly_fields = ["slug", "kind", "objective", "difficulty"]


class PoolInline(admin.TabularInline):
    model = Pool
    fields = ["objective", "difficulty", "pick"]
    extra = 0


class QuizForm(forms.ModelForm):
    class Meta:
        model = Quiz
        fields = ["lesson", "title", "intro", "pass_percent", "policy", "status"]
        widgets = {"intro": MarkdownTextarea({"rows": 6})}


@admin.action(description="Publish", permissions=["change"])
def publish(model_admin: Any, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
    for quiz in queryset:
        problems = quiz_problems(quiz)
        for problem in problems:
            messages.error(request, f"“{quiz}” was not published: {problem}")
        if not problems:
            Quiz.objects.filter(pk=quiz.pk).update(status=Status.PUBLISHED)
            messages.success(request, f"“{quiz}” is published.")


@admin.register(Quiz)
class QuizAdmin(ExchangeAdmin):
    form = QuizForm
    list_display = ["title", "lesson", "status", "question_count"]
    list_filter = ["status", "lesson__course"]
    list_select_related = ["lesson"]
    search_fields = ["title", "intro"]
    readonly_fields = ["add_question"]
    fields = ["lesson", "title", "intro", "pass_percent", "policy", "status", "add_question"]
    inlines = [QuestionInline, PoolInline]
    actions = [publish, make_draft]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        return super().get_queryset(request).annotate(question_total=Count("questions"))

    @admin.display(description="Questions", ordering="question_total")
    def question_count(self, quiz: Any) -> int:
        return int(quiz.question_total)

    @admin.display(description="Questions")
    def add_question(self, quiz: Quiz) -> SafeString | str:
        if quiz.pk is None:
            return "Save the quiz first, then add questions."
        url = f"{reverse('admin:quizzes_question_add')}?quiz={quiz.pk}&position={quiz.questions.count() + 1}"
        return format_html('<a class="addlink" href="{}">Add a question</a>', url)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A quiz that is not fit for learners is saved, but as a draft, and its author is told why."""
        super().save_related(request, form, formsets, change)
        quiz: Quiz = form.instance
        problems = quiz_problems(quiz) if quiz.status == Status.PUBLISHED else ()
        for problem in problems:
            messages.warning(request, f"Saved as a draft: {problem}")
        if problems:
            Quiz.objects.filter(pk=quiz.pk).update(status=Status.DRAFT)


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    form = QuestionForm
    list_display = ["slug", "quiz", "kind", "objective", "difficulty", "points", "position"]
    list_editable = ["position"]
    list_filter = ["quiz", "kind", "difficulty"]
    list_select_related = ["quiz"]
    search_fields = ["slug", "spec"]
    change_form_template = "admin/quizzes/question/change_form.html"

    class Media:
        css = {"all": ["css/admin_lessons.css"]}

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", preview, name="quizzes_question_preview"), *super().get_urls()]

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
        context: dict[str, Any] = {"question": question, "quiz": question.quiz, "lesson": question.quiz.lesson}
        try:
            context["previews"] = presentation.previews(question)
        except InvalidSpecError as error:
            context["problem"] = str(error)
        return render(request, "quizzes/preview.html", context)
