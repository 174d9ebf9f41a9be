"""Classes with their sections."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from classes.models import CourseClass, Section


class SectionInline(admin.TabularInline):
    model = Section
    verbose_name_plural = gettext_lazy("Sections")
    extra = 0


@admin.register(CourseClass)
class CourseClassAdmin(admin.ModelAdmin):
    list_display = ["title", "course", "code", "code_enabled", "people", "created_at", "archived_at"]
    list_filter = ["course", "code_enabled", "archived_at"]
    list_select_related = ["course"]
    search_fields = ["title", "code"]
    fields = ["title", "course", "code", "code_enabled", "code_valid_until", "archived_at", "created_at"]
    readonly_fields = ["code", "created_at"]
    inlines = [SectionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseClass]:
        inside = Q(enrolments__left_at=None, enrolments__learner__stand_in_of=None)
        return super().get_queryset(request).annotate(inside=Count("enrolments", inside))

    @admin.display(description=gettext_lazy("people"), ordering="inside")
    def people(self, course_class: CourseClass) -> int:
        return getattr(course_class, "inside", 0)
