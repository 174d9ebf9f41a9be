"""The shape of what is posted about grades."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from quizzes.models import ManualGrade


class ManualGradeForm(forms.Form):
    """Without a score, the reason for taking one back."""

    score = forms.DecimalField(
        label=gettext_lazy("Score"),
        max_digits=7,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The learner reads it beside the score."),
        max_length=ManualGrade._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TakeBackForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=ManualGrade._meta.get_field("reason").max_length)
