"""Enrolments and invitations."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from classes.models import Enrolment, Invitation


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):
    """Stand-ins are left out: they are nobody."""

    list_display = ["person", "course_class", "section", "role", "time_factor", "joined_at", "left_at"]
    list_filter = ["role", "course_class"]
    list_select_related = ["learner__user", "course_class", "section"]
    search_fields = ["learner__user__username", "learner__user__email", "learner__user__last_name"]
    autocomplete_fields = ["course_class"]
    raw_id_fields = ["learner", "section"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrolment]:
        return Enrolment.objects.people()

    @admin.display(description=gettext_lazy("name"), ordering="learner__user__last_name")
    def person(self, enrolment: Enrolment) -> str:
        return enrolment.name


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """To look at: invitations are made and renewed on the pages of a class, where their links are."""

    list_display = [
        "__str__",
        "course_class",
        "role",
        "created_by",
        "created_at",
        "expires_at",
        "sent_at",
        "accepted_at",
    ]
    list_filter = ["role", "course_class", "accepted_at"]
    list_select_related = ["course_class", "created_by"]
    search_fields = ["email", "name"]
    exclude = ["token"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False
