"""Policies, whose quizzes and classes use them, and what is granted to single learners."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from quizzes.models import Assignment, Extension, Policy
from quizzes.policies import granting
from quizzes.regrading import relieving


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):
    list_display = ["name", "max_attempts", "time_limit_minutes", "feedback", "key", "used_by"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name"]}),
        ("Tries", {"fields": ["max_attempts", "penalty_percent", "cooldown_minutes"]}),
        ("Time", {"fields": ["time_limit_minutes", "grace_seconds", "late_penalty_percent"]}),
        ("What learners see", {"fields": ["shuffle_questions", "feedback", "key"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        counts = {name: Count(name, distinct=True) for name in ("quizzes", "assignments")}
        return (
            super().get_queryset(request).annotate(quiz_total=counts["quizzes"], assignment_total=counts["assignments"])
        )

    @admin.display(description="used by")
    def used_by(self, policy: Any) -> str:
        return f"{policy.quiz_total} quizzes, {policy.assignment_total} in classes"


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
