"""Going back to an earlier version of a lesson, from its history in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext

from lessons import versions
from lessons.admin import publishing
from lessons.models import Lesson, LessonVersion


def author_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class RememberedAdmin(admin.ModelAdmin):
    """Keeps the lessons of what is saved or deleted here as they are afterwards, and before if nobody kept that.

    `in_lesson` is the lookup that leads from lessons to the model.
    """

    in_lesson = "pk"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self._keep(obj.pk, None)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._keep(form.instance.pk, author_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, type(obj).objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        touched = list(Lesson.objects.filter(**{f"{self.in_lesson}__in": queryset}).distinct())
        for lesson in touched:
            versions.keep(lesson, None)
        super().delete_queryset(request, queryset)
        for lesson in Lesson.objects.filter(pk__in=[lesson.pk for lesson in touched]):
            versions.keep(lesson, author_of(request))

    def _keep(self, pk: int, author: User | None) -> None:
        for lesson in Lesson.objects.filter(**{self.in_lesson: pk}):
            versions.keep(lesson, author)


class HistoryAdmin(RememberedAdmin):
    """The history of a lesson, with its versions and a button to bring one back."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.bring_back_view)
        return [path("<int:pk>/versions/<int:version>/", view, name="lessons_lesson_bring_back"), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        lesson = self.get_object(request, object_id)
        shown = {
            "versions": versions.listed(lesson) if lesson else [],
            "may_bring_back": self.has_change_permission(request, lesson),
        }
        return super().history_view(request, object_id, shown | (extra_context or {}))

    def bring_back_view(self, request: HttpRequest, pk: int, version: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        chosen = get_object_or_404(LessonVersion.objects.select_related("lesson"), pk=version, lesson=pk)
        if not self.has_change_permission(request, chosen.lesson):
            raise PermissionDenied
        staying = versions.bring_back(chosen, author_of(request))
        words = gettext("The version of %(time)s is back. What was here before is kept in the history.")
        told = words % {"time": localize(localtime(chosen.saved_at))}
        self.log_change(request, chosen.lesson, told)
        messages.success(request, told)
        for each in staying:
            words = gettext("“%(name)s” is newer than this version. It stays, because learners have worked on it.")
            messages.warning(request, words % {"name": each})
        publishing.settle(request, chosen.lesson)
        if chosen.lesson.scene:
            publishing.tell_of_scene(request, chosen.lesson.scene, but=chosen.lesson)
        return redirect("admin:lessons_lesson_change", pk)
