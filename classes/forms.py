"""The shape of what instructors and learners of classes post."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classes.models import CourseClass, Enrolment, Section
from lessons.models import Course

CODE_LENGTH = 40
"""As typed, with whatever stands between the letters."""


class MomentInput(forms.DateTimeInput):
    """The browser's own choice of a date and a time; the site's time zone is UTC."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class NewClassForm(forms.ModelForm):
    course = forms.ModelChoiceField(Course.objects.none(), label=gettext_lazy("Course"), empty_label=None)

    class Meta:
        model = CourseClass
        fields = ["title", "course"]
        labels = {"title": gettext_lazy("Name of the class")}

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["course"]).queryset = courses
        self.fields["title"].help_text = _("Learners see it, for example “Networks, winter 2026”.")


class JoinForm(forms.Form):
    code = forms.CharField(
        max_length=CODE_LENGTH,
        label=gettext_lazy("Class code"),
        help_text=gettext_lazy("Eight letters and digits, from your instructor."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class ViewAsForm(forms.Form):
    """As whom staff look at a class: a section and a date, both optional."""

    section = forms.ModelChoiceField(
        Section.objects.none(),
        required=False,
        label=gettext_lazy("Section"),
        empty_label=gettext_lazy("no section"),
    )
    moment = forms.DateTimeField(
        required=False,
        label=gettext_lazy("As if it were (UTC)"),
        help_text=gettext_lazy("Empty: now. Time goes on from there."),
        widget=MomentInput(),
    )

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["section"]).queryset = course_class.sections.all()
        if not course_class.sections.exists():
            del self.fields["section"]

    def choice(self) -> tuple[Section | None, datetime | None]:
        return self.cleaned_data.get("section"), self.cleaned_data["moment"]


class ClassForm(forms.ModelForm):
    """What of a class may be changed; its course may not, because people's work belongs to it."""

    class Meta:
        model = CourseClass
        fields = ["title", "code_enabled", "code_valid_until"]
        labels = {
            "title": gettext_lazy("Name of the class"),
            "code_enabled": gettext_lazy("The code lets people in"),
            "code_valid_until": gettext_lazy("Until (UTC)"),
        }
        help_texts = {"code_valid_until": gettext_lazy("Empty: without end.")}
        widgets = {"code_valid_until": MomentInput()}


class SectionForm(forms.ModelForm):
    class Meta:
        model = Section
        fields = ["name"]
        labels = {"name": gettext_lazy("Name of the section")}

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class PersonForm(forms.ModelForm):
    class Meta:
        model = Enrolment
        fields = ["role", "section", "time_factor"]
        labels = {
            "role": gettext_lazy("Role"),
            "section": gettext_lazy("Section"),
            "time_factor": gettext_lazy("Time factor"),
        }
        help_texts = {
            "role": gettext_lazy("Assistants see the class and its work; instructors also change it."),
            "time_factor": gettext_lazy("Extra time: 1.5 makes every time limit half as long again."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        section = cast(forms.ModelChoiceField, self.fields["section"])
        section.queryset = self.instance.course_class.sections.all()
        section.empty_label = _("no section")


def future(moment: datetime | None) -> datetime | None:
    if moment and moment <= timezone.now():
        raise ValidationError(_("This moment has passed."))
    return moment
