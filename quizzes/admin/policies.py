"""Policies, whose quizzes and classes use them, and what is granted to single learners."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from quizzes.models import Assignment, Extension, Policy
from quizzes.policies import granting
from quizzes.regrading import relieving


class PolicyForm(forms.ModelForm):
    """In the words of the pages that show policies to instructors and learners."""

    class Meta:
        model = Policy
        fields = [
            "name", "max_attempts", "penalty_percent", "cooldown_minutes", "time_limit_minutes", "grace_seconds",
            "late_penalty_percent", "shuffle_questions", "feedback", "key",
        ]  # fmt: skip
        help_texts = {
            "max_attempts": gettext_lazy("Empty: as many as the learner likes."),
            "penalty_percent": gettext_lazy("Of what the attempt earns."),
            "cooldown_minutes": gettext_lazy("From one submission to the next start."),
            "time_limit_minutes": gettext_lazy("From the start; empty: no limit."),
            "grace_seconds": gettext_lazy(
                "How much later than the deadline a submission still counts, for slow networks."
            ),
            "late_penalty_percent": gettext_lazy("Of what an attempt earns that comes after the closing."),
            "feedback": "",
            "key": gettext_lazy("Never before the points."),
        }


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):
    form = PolicyForm
    list_display = ["name", "max_attempts", "time_limit_minutes", "feedback", "key", "used_by"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name"]}),
        (gettext_lazy("Tries"), {"fields": ["max_attempts", "penalty_percent", "cooldown_minutes"]}),
        (gettext_lazy("Time"), {"fields": ["time_limit_minutes", "grace_seconds", "late_penalty_percent"]}),
        (gettext_lazy("What learners see"), {"fields": ["shuffle_questions", "feedback", "key"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        counts = {name: Count(name, distinct=True) for name in ("quizzes", "assignments")}
        return (
            super().get_queryset(request).annotate(quiz_total=counts["quizzes"], assignment_total=counts["assignments"])
        )

    @admin.display(description=gettext_lazy("used by"))
    def used_by(self, policy: Any) -> str:
        words = gettext("{quizzes} quizzes, {classes} in classes")
        return words.format(quizzes=policy.quiz_total, classes=policy.assignment_total)


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):
    list_display = ["quiz", "course_class", "policy", "opens_at", "closes_at", "late_until", "weight"]
    list_filter = ["course_class"]
    list_select_related = ["quiz", "course_class", "policy"]
    autocomplete_fields = ["course_class", "quiz", "policy"]
    search_fields = ["quiz__title", "course_class__title"]
    date_hierarchy = "closes_at"


@admin.register(Extension)
class ExtensionAdmin(admin.ModelAdmin):
    list_display = ["enrolment", "quiz", "closes_at", "extra_minutes", "extra_attempts", "granted_by", "created_at"]
    list_filter = ["quiz", "enrolment__course_class"]
    list_select_related = ["enrolment__learner__user", "enrolment__course_class", "quiz", "granted_by"]
    autocomplete_fields = ["enrolment", "quiz"]
    fields = ["enrolment", "quiz", "closes_at", "extra_minutes", "extra_attempts", "reason", "granted_by"]
    readonly_fields = ["granted_by"]

    def save_model(self, request: HttpRequest, obj: Extension, form: Any, change: bool) -> None:
        """Whoever saves it has granted it. Grades that rise by it do so in a worker."""
        obj.granted_by_id = request.user.pk
        granting.hold(obj.enrolment_id)
        super().save_model(request, obj, form, change)
        relieving.request(obj.enrolment, obj.quiz, by=request.user.pk)
