"""The parts of a posted quiz form that are not answers."""

from __future__ import annotations

from django import forms


class PageForm(forms.Form):
    """`page` is made anew for each page that is loaded, so that a form counts once however often it is sent."""

    page = forms.UUIDField()


class PollForm(forms.Form):
    n = forms.IntegerField(min_value=0, max_value=10_000, required=False)


class LessonForm(forms.Form):
    lesson = forms.IntegerField(min_value=1, required=False)

    def chosen(self) -> int | None:
        """The id of a lesson; None for none, and for what is no number."""
        return self.cleaned_data["lesson"] if self.is_valid() else None
