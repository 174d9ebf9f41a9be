"""Quizzes in the admin; their questions have pages of their own, see quizzes.admin.questions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from lessons.admin.editing import SeenAdmin, SeenForm
from lessons.admin.fields import MarkdownTextarea
from lessons.admin.ordering import OrderedInline
from lessons.admin.publishing import make_draft
from lessons.models import Status
from quizzes.admin.exchange import ExchangeAdmin
from quizzes.models import Pool, Question, Quiz
from quizzes.questions.checking import quiz_problems


class QuestionInline(OrderedInline):
    model = Question
    verbose_name_plural = gettext_lazy("Questions")
    fields = ["slug", "kind", "points", "objective", "difficulty", "position"]
    readonly_fields = ["slug", "kind", "objective", "difficulty"]


class PoolInline(admin.TabularInline):
    model = Pool
    verbose_name_plural = gettext_lazy("Pools")
    fields = ["objective", "difficulty", "pick"]
    extra = 0


class QuizForm(SeenForm):
    class Meta:
        model = Quiz
        fields = ["lesson", "title", "intro", "pass_percent", "policy", "status"]
        widgets = {"intro": MarkdownTextarea({"rows": 6})}


@admin.action(description=gettext_lazy("Publish"), permissions=["change"])
def publish(model_admin: Any, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
    for quiz in queryset:
        problems = quiz_problems(quiz)
        for problem in problems:
            messages.error(request, gettext("“{quiz}” was not published: {problem}").format(quiz=quiz, problem=problem))
        if not problems:
            Quiz.objects.filter(pk=quiz.pk).update(status=Status.PUBLISHED)
            messages.success(request, gettext("“{quiz}” is published.").format(quiz=quiz))


@admin.register(Quiz)
class QuizAdmin(SeenAdmin, ExchangeAdmin):
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

    @admin.display(description=gettext_lazy("Questions"), ordering="question_total")
    def question_count(self, quiz: Any) -> int:
        return int(quiz.question_total)

    @admin.display(description=gettext_lazy("Questions"))
    def add_question(self, quiz: Quiz) -> SafeString | str:
        if quiz.pk is None:
            return gettext("Save the quiz first, then add questions.")
        url = f"{reverse('admin:quizzes_question_add')}?quiz={quiz.pk}&position={quiz.questions.count() + 1}"
        return format_html('<a class="addlink" href="{}">{}</a>', url, gettext("Add a question"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A quiz that is not fit for learners is saved, but as a draft, and its author is told why."""
        super().save_related(request, form, formsets, change)
        quiz: Quiz = form.instance
        problems = quiz_problems(quiz) if quiz.status == Status.PUBLISHED else ()
        for problem in problems:
            messages.warning(request, gettext("Saved as a draft: {problem}").format(problem=problem))
        if problems:
            Quiz.objects.filter(pk=quiz.pk).update(status=Status.DRAFT)
