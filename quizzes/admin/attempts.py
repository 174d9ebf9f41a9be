"""Attempts and grades in the admin: to read. What could not be graded can be graded again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from lessons.admin.learning import ReadOnly
from quizzes.attempts.drafts import in_words
from quizzes.grading import grader
from quizzes.grading.scores import score_of
from quizzes.models import Answer, Attempt, Grade
from quizzes.questions.variants import variant_name


class AnswerInline(ReadOnly, admin.TabularInline):
    model = Answer
    fields = ["position", "question", "variant", "given", "version", "saved_at"]
    readonly_fields = ["question", "variant", "given"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        return super().get_queryset(request).select_related("revision", "attempt__learner__user", "attempt__quiz")

    @admin.display(description=gettext_lazy("question"))
    def question(self, answer: Answer) -> str:
        return str(answer.revision)

    @admin.display(description=gettext_lazy("variant"))
    def variant(self, answer: Answer) -> str:
        """Number and parameters; "" for a question without variants."""
        variant = answer.revision.variant
        return variant_name(variant["index"], variant["parameters"]) if variant else ""

    @admin.display(description=gettext_lazy("answer"))
    def given(self, answer: Answer) -> str:
        return in_words(answer, answer.response)


class GradeInline(ReadOnly, admin.TabularInline):
    model = Grade
    fields = ["run", "source", "raw_score", "score", "max_score", "engine_version", "created_at"]
    readonly_fields = ["created_at"]
    extra = 0


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["learner", "quiz", "number", "state", "score", "submitted_at"]
    list_filter = ["state", "quiz"]
    list_select_related = ["learner__user", "quiz"]
    search_fields = ["learner__user__username"]
    date_hierarchy = "started_at"
    exclude = ["seed", "grading_token", "submission_id"]
    inlines = [AnswerInline, GradeInline]
    actions = ["grade_again"]
    change_form_template = "admin/quizzes/attempt/change_form.html"
    view_on_site = False  # the learner's pages are theirs alone

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).prefetch_related("grades", "manual_grades")

    @admin.display(description=gettext_lazy("score"))
    def score(self, attempt: Attempt) -> str:
        score = score_of(attempt)
        return gettext("{score} of {most}").format(score=score.score, most=score.max_score) if score else ""

    @admin.action(description=gettext_lazy("Grade again (those that failed or still wait)"), permissions=["view"])
    def grade_again(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        sent = sum(grader.retry(attempt.pk) for attempt in queryset)
        messages.success(
            request, gettext("{count} sent to be graded. Attempts that have their grade keep it.").format(count=sent)
        )


@admin.register(Grade)
class GradeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["attempt", "run", "source", "score", "max_score", "engine_version", "created_at"]
    list_filter = ["attempt__quiz", "source"]
    list_select_related = ["attempt__learner__user", "attempt__quiz"]
    date_hierarchy = "created_at"
