"""Certificates in the admin: to look up and to revoke, never to write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from lessons.models import Certificate


@admin.register(Certificate)
class CertificateAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "course_title", "issued_at", "revoked_at"]
    list_filter = ["course", "revoked_at"]
    search_fields = ["code", "name"]
    actions = ["revoke", "restore"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The list only, for its actions: a certificate itself is not edited."""
        return obj is None and super().has_change_permission(request)

    @admin.action(description=gettext_lazy("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Certificate]) -> None:
        count = chosen.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, gettext("Revoked: {count}.").format(count=count))

    @admin.action(description=gettext_lazy("Restore"), permissions=["change"])
    def restore(self, request: HttpRequest, chosen: QuerySet[Certificate]) -> None:
        count = chosen.exclude(revoked_at=None).update(revoked_at=None)
        self.message_user(request, gettext("Restored: {count}.").format(count=count))
