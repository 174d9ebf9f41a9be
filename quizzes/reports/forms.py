"""The shape of what is posted about reports."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from quizzes.models import ProblemReport


class ReportForm(forms.ModelForm):
    class Meta:
        model = ProblemReport
        fields = ["text"]
        labels = {"text": gettext_lazy("What is wrong?")}
        help_texts = {
            "text": gettext_lazy("For example: which answer should count, or which words can be read in two ways.")
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}


class ReplyForm(forms.ModelForm):
    class Meta:
        model = ProblemReport
        fields = ["reply", "state"]
        labels = {"reply": gettext_lazy("Reply"), "state": gettext_lazy("What comes of it")}
        help_texts = {"reply": gettext_lazy("The learner reads it.")}
        widgets = {"reply": forms.Textarea(attrs={"rows": 4})}
