"""The shape of what visitors post."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User

LARGEST_ID = 2**63 - 1


class PredictionForm(forms.Form):
    option = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    round = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    def choice(self) -> tuple[int, int]:
        """The option's id, 0 for none or a malformed one, and the round."""
        self.is_valid()
        return self.cleaned_data.get("option") or 0, self.cleaned_data.get("round") or 1


class PollForm(forms.Form):
    n = forms.IntegerField(min_value=0, max_value=10_000, required=False)


class PreviewForm(forms.Form):
    text = forms.CharField(max_length=200_000, required=False, strip=False)


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("username",)
