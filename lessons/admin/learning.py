"""Learners' work and the engine's runs in the admin: to read; runs that failed can be started again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from lessons.models import Bookmark, CheckAnswer, Learner, LessonProgress, Prediction, SimulationRun, TraceAnswer
from lessons.runs import simulations


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Learner)
class LearnerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["__str__", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username"]


@admin.register(Prediction)
class PredictionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["learner", "experiment", "round", "option_text", "confidence", "right", "created_at"]
    list_filter = ["right", "confidence", "experiment__lesson", "experiment"]
    list_select_related = ["learner__user", "experiment"]
    date_hierarchy = "created_at"


@admin.register(CheckAnswer)
class CheckAnswerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["prediction", "option_text", "right", "created_at"]
    list_filter = ["right", "prediction__experiment__lesson"]
    list_select_related = ["prediction__learner__user", "prediction__experiment"]
    date_hierarchy = "created_at"


@admin.register(TraceAnswer)
class TraceAnswerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["learner", "exercise", "correct", "asked", "solved", "created_at"]
    list_filter = ["solved", "exercise__lesson", "exercise"]
    list_select_related = ["learner__user", "exercise"]
    date_hierarchy = "created_at"


@admin.register(LessonProgress)
class LessonProgressAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["learner", "lesson", "opened_at", "completed_at"]
    list_filter = ["lesson"]
    list_select_related = ["learner__user", "lesson"]


@admin.register(Bookmark)
class BookmarkAdmin(ReadOnly, admin.ModelAdmin):
    """Which places are kept; the notes are their writers' own."""

    list_display = ["learner", "lesson", "title", "created_at"]
    list_filter = ["lesson"]
    list_select_related = ["learner__user", "lesson"]
    exclude = ["note"]


@admin.register(SimulationRun)
class SimulationRunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["key", "kind", "state", "attempts", "created_at", "finished_at"]
    list_filter = ["state", "kind"]
    exclude = ["token"]
    actions = ["run_again"]

    @admin.action(description=gettext_lazy("Run again (failed and lost runs)"), permissions=["view"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[SimulationRun]) -> None:
        try:
            count = simulations.restart(queryset)
        except simulations.SimulatorUnavailableError as error:
            words = gettext("{error}. It stays queued and is sent again by itself.")
            messages.error(request, words.format(error=error))
        else:
            messages.success(request, gettext("{count} sent to a worker.").format(count=count))
