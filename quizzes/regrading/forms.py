"""The shape of what is posted about regrades."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from quizzes.models import Regrade
from quizzes.regrading.comparing import DROP, FULL, KEEP

GRADE = "grade"
CHOICES = [
    (GRADE, gettext_lazy("Grade by the question as it is now")),
    (KEEP, gettext_lazy("Leave the marks as they are")),
    (FULL, gettext_lazy("Everyone gets full points")),
    (DROP, gettext_lazy("It no longer counts, for anyone")),
]


class RegradeForm(forms.Form):
    """`slugs`: of the questions. `only`: the one that was corrected; the others are then left alone at first."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Learners whose grade changes read it. For example: option C was right as well."),
        max_length=Regrade._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    may_lower = forms.BooleanField(
        label=gettext_lazy("Grades may also go down"),
        help_text=gettext_lazy("Otherwise whoever would lose points keeps them."),
        required=False,
    )

    def __init__(self, *args: Any, slugs: tuple[str, ...], only: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slug in slugs:
            initial = KEEP if only in slugs and slug != only else GRADE
            self.fields[field_of(slug)] = forms.ChoiceField(label=slug, choices=CHOICES, initial=initial)

    def treatments(self) -> dict[str, str]:
        """Of those questions that are not simply graded again."""
        values = {name.partition(":")[2]: value for name, value in self.cleaned_data.items() if ":" in name}
        return {slug: value for slug, value in values.items() if value != GRADE}


def field_of(slug: str) -> str:
    return f"question:{slug}"
