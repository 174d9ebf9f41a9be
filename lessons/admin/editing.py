"""Two people edit one object: whoever saves second is told what the first changed, and nothing of either is lost.

A form carries marks of what it showed; when it comes back they are compared with what is stored by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _

SEEN = "seen"


class SeenForm(forms.ModelForm):
    """Refuses, once, to replace what somebody else saved since the form was shown. `watched` names related rows that
    are edited on the same page."""

    watched: tuple[str, ...] = ()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = dict(self._marks()) if self.instance.pk else {}
        self.initial[SEEN] = _written(self.stored)

    def clean_seen(self) -> str:
        seen: str = self.cleaned_data[SEEN]
        marks = dict(mark.partition("=")[::2] for mark in seen.split(",") if mark)
        changed = [name for name, mark in marks.items() if self.stored.get(name, mark) != mark]
        if changed:
            typed = QueryDict(mutable=True)
            typed.update(self.data)
            typed[self.add_prefix(SEEN)] = _written(self.stored)
            self.data = typed
            self.add_error(None, self._warning(changed))
        return seen

    def _marks(self) -> Iterator[tuple[str, str]]:
        for field in self._meta.model._meta.concrete_fields:
            if field.name in self.fields:
                yield field.name, _mark(getattr(self.instance, field.attname))
        for name in self.watched:
            yield name, _mark(list(getattr(self.instance, name).values()))

    def _warning(self, names: list[str]) -> str:
        labels = [str(self.fields[name].label if name in self.fields else name) for name in names]
        return format_html(
            "{} <a href='' target='_blank'>{}</a>",
            _(
                "Somebody else saved this after you had opened it, and changed: %(labels)s. Nothing of yours is lost, "
                "and nothing of theirs yet: take over what you want to keep, and save again."
            )
            % {"labels": ", ".join(labels)},
            _("See what is stored now, in another tab"),
        )


class SeenAdmin(admin.ModelAdmin):
    """Puts the marks of a SeenForm, which are hidden, behind the fieldsets of whoever may change the object."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != SEEN]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, (None, {"fields": [SEEN]})] if self.has_change_permission(request, obj) else fieldsets


def _mark(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def _written(marks: dict[str, str]) -> str:
    return ",".join(f"{name}={mark}" for name, mark in marks.items())
