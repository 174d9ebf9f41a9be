"""The shape of what visitors post."""

from __future__ import annotations

import re

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lessons.models import Confidence

LARGEST_ID = 2**63 - 1
CELL = re.compile(r"(where|source|destination|mac|ttl|event)-[1-9][0-9]{0,2}")
LONGEST_CELL, MOST_CELLS = 200, 200


class PredictionForm(forms.Form):
    option = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    round = forms.IntegerField(min_value=1, max_value=10_000, required=False)
    confidence = forms.TypedChoiceField(choices=Confidence.choices, coerce=int, empty_value=None, required=False)

    def choice(self) -> tuple[int, int]:
        """The option's id, 0 for none or a malformed one, and the round."""
        self.is_valid()
        return self.cleaned_data.get("option") or 0, self.cleaned_data.get("round") or 1

    def sureness(self) -> int | None:
        """One of Confidence, None for none or a malformed one."""
        self.is_valid()
        return self.cleaned_data.get("confidence")


class CheckForm(forms.Form):
    option = forms.IntegerField(min_value=1, max_value=10)

    def number(self) -> int:
        """The option's number from 1, 0 for none or a malformed one."""
        return self.cleaned_data["option"] if self.is_valid() else 0


class PollForm(forms.Form):
    n = forms.IntegerField(min_value=0, max_value=10_000, required=False)

    def number(self) -> int:
        """How often the page has asked; 0 for a malformed number."""
        return self.cleaned_data["n"] or 0 if self.is_valid() else 0


class TraceAnswerForm(forms.Form):
    """Cells by their names (see lessons.traces.cells.Cell), and in `show` the name of one to give up."""

    show = forms.RegexField(CELL, required=False)

    def typed(self) -> dict[str, str]:
        """What was typed, by names of cells; what no table can ask for is left out."""
        cells = [(name, str(value)[:LONGEST_CELL]) for name, value in self.data.items() if CELL.fullmatch(name)]
        return dict(cells[:MOST_CELLS])

    def given_up(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("show") or "")


class PreviewForm(forms.Form):
    text = forms.CharField(max_length=200_000, required=False, strip=False)


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("username",)


class PoliciesForm(forms.Form):
    policies = forms.CharField(max_length=100_000, required=False, strip=False)

    def text(self) -> str:
        """The YAML with LF at its lines' ends; browsers send CR LF. Whatever was sent comes back, however long."""
        return str(self.data.get("policies", "")).replace("\r\n", "\n")


class DeviceForm(forms.Form):
    element = forms.CharField(max_length=400)

    def element_name(self) -> str:
        """The name of a part of the picture, "" for none or a malformed one."""
        return self.cleaned_data["element"] if self.is_valid() else ""


class TerminalForm(forms.Form):
    """The lines typed so far and the new one, each with the machine that it is typed on: lists of equal length."""

    data: QueryDict

    def lines(self) -> list[tuple[str, str]]:
        """(machine, line), oldest first; an empty new line is none."""
        ats, lines = self.data.getlist("at"), self.data.getlist("line")
        return [(at.strip(), line.strip()) for at, line in zip(ats, lines, strict=False) if line.strip()]

    def machine(self) -> str:
        """Where the next line is typed."""
        ats = self.data.getlist("at")
        return ats[-1].strip()[:320] if ats else ""

    def edit(self) -> str:
        """What the button says: run, undo (forget the last line) or clear."""
        return str(self.data.get("do", "run"))


class PlaceForm(forms.Form):
    """A place of a lesson (see lessons.bookmarks.lesson_places), and the page of ours that the form stands on."""

    place = forms.CharField(max_length=2000, required=False)
    next = forms.CharField(max_length=2000, required=False)

    def address(self) -> str:
        return str(self.data.get("place", "")).strip()

    def page(self, request: HttpRequest) -> str:
        """Where to go back to; the bookmarks for none and for an address that is not ours."""
        target = str(self.data.get("next", ""))
        safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
        return target if safe else reverse("bookmarks")


class NoteForm(forms.Form):
    note = forms.CharField(required=False, strip=False)

    def text(self) -> str:
        """Whatever was sent, however long."""
        return str(self.data.get("note", ""))
