"""Rows that are put in order: each has a position, and buttons that move it (static/js/admin_ordering.js)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.db import models
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from lessons.admin.editing import SeenAdmin

ORDERING = forms.Script("js/admin_ordering.js", type="module")


class PositionInput(AdminIntegerFieldWidget):
    """A position says its name itself, since in a table only the column's head does."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"aria-label": gettext_lazy("Position"), **(attrs or {})})


POSITIONS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {models.PositiveIntegerField: {"widget": PositionInput}}


class LabelledFormSet(BaseInlineFormSet):
    """Django leaves the checkboxes that delete a row of a table without a name for screen readers."""

    def add_fields(self, form: ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = gettext_lazy("Delete")


class OrderedInline(admin.TabularInline):
    """What belongs to an object, to be put in order; each is edited and added on a page of its own."""

    formset = LabelledFormSet
    formfield_overrides = POSITIONS
    extra = 0
    show_change_link = True

    class Media:
        js = [ORDERING]
        css = {"all": ["css/admin_lessons.css"]}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AddedLastAdmin(SeenAdmin):
    """What is added without a position comes after the others of its `parent`, a foreign key's name."""

    parent = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change and not obj.position:
            others = type(obj).objects.filter(**{self.parent: getattr(obj, self.parent)})
            obj.position = (others.aggregate(last=models.Max("position"))["last"] or 0) + 1
        super().save_model(request, obj, form, change)
