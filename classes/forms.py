"""The shape of what instructors and learners of classes post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classes.models import CourseClass, Enrolment, Invitation, Role, Section
from classes.roster.reading import MOST_BYTES, RosterError, decode
from lessons.models import Course
from lessons.time_zones import zone_of

CODE_LENGTH = 40
"""As typed, with whatever stands between the letters."""


class MomentInput(forms.DateTimeInput):
    """The browser's own choice of a date and a time in the reader's time zone, which _field.html names beside it.

    The page sends that zone back: it may be another than that of the browser, which is told after the first page.
    """

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The moment that was typed, as it is called in the current time zone."""
        typed = super().value_from_datadict(data, files, name)
        shown_in = zone_of(data.get(f"{name}-zone", ""))
        if shown_in is None or str(shown_in) == timezone.get_current_timezone_name():
            return typed
        try:
            moment = datetime.fromisoformat(typed or "").replace(tzinfo=shown_in)
        except ValueError:
            return typed
        return timezone.localtime(moment).strftime(str(self.format))


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


class NameForm(forms.Form):
    """What a person who joins a class wants to be called there."""

    name = forms.CharField(
        max_length=300,
        required=False,
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("So that your instructors know who you are. Empty: your user name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def told(self) -> str:
        """The name, "" for none or an impossible one."""
        return str(self.cleaned_data["name"]) if self.is_valid() else ""


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
        label=gettext_lazy("As if it were"),
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
            "code_valid_until": gettext_lazy("Until"),
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

    def choice(self) -> dict[str, Any]:
        return self.cleaned_data | {"role": Role(self.cleaned_data["role"])}


def future(moment: datetime | None) -> datetime | None:
    if moment and moment <= timezone.now():
        raise ValidationError(_("This moment has passed."))
    return moment


class PeopleFilterForm(forms.Form):
    """Which people of a class are listed; what is malformed filters nothing."""

    q = forms.CharField(
        max_length=100, required=False, label=gettext_lazy("Name or e-mail"), widget=forms.TextInput({"type": "search"})
    )
    section = forms.ChoiceField(required=False, label=gettext_lazy("Section"))
    role = forms.ChoiceField(required=False, label=gettext_lazy("Role"))
    left = forms.BooleanField(required=False, label=gettext_lazy("Those who left"))

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = [(str(section.pk), section.name) for section in course_class.sections.all()]
        everyone = ("", _("all"))
        cast(forms.ChoiceField, self.fields["section"]).choices = [everyone, ("0", _("no section")), *sections]
        cast(forms.ChoiceField, self.fields["role"]).choices = [everyone, *Role.choices]
        if not sections:
            del self.fields["section"]

    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        section = self.cleaned_data.get("section")
        return {
            "words": self.cleaned_data.get("q", ""),
            "role": self.cleaned_data.get("role", ""),
            "section": int(section) if section else None,
            "left": self.cleaned_data.get("left", False),
        }

    def query(self) -> str:
        """The filter as the query of an address, for the links to other pages of the list."""
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode({name: "on" if value is True else value for name, value in said.items()})

    @property
    def narrowed(self) -> bool:
        return any(self.cleaned_data.values())


class InvitationFilterForm(forms.Form):
    """Which invitations are listed; what is malformed filters nothing."""

    STATES: ClassVar[dict[str, tuple[str, ...]]] = {
        "waiting": ("open", "sent", "problem"),
        "problem": ("problem",),
        "expired": ("expired",),
        "accepted": ("accepted",),
    }
    q = forms.CharField(
        max_length=100, required=False, label=gettext_lazy("Name or e-mail"), widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=(
            ("", gettext_lazy("all")),
            ("waiting", gettext_lazy("not answered yet")),
            ("problem", gettext_lazy("not sent")),
            ("expired", gettext_lazy("expired")),
            ("accepted", gettext_lazy("accepted")),
        ),
    )

    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        return {
            "words": self.cleaned_data.get("q", ""),
            "states": self.STATES.get(self.cleaned_data.get("state", ""), ()),
        }

    def query(self) -> str:
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})


class MoveForm(forms.Form):
    """Boxes named `person` with ids of enrolments, a section or none, and the filter of the list to go back to."""

    section = forms.ModelChoiceField(
        Section.objects.none(),
        required=False,
        label=gettext_lazy("Move those who are ticked to"),
        empty_label=gettext_lazy("no section"),
    )

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["section"]).queryset = course_class.sections.all()

    def clean(self) -> dict[str, Any]:
        if not self.people():
            raise ValidationError(_("Nobody is ticked."))
        return self.cleaned_data

    def people(self) -> list[int]:
        ids = cast(QueryDict, self.data).getlist("person")
        return [int(each) for each in ids if each.isdecimal() and len(each) < 19]

    def query(self) -> str:
        said = str(self.data.get("query", ""))
        return f"?{said}" if said else ""


class RosterForm(forms.Form):
    """A CSV, as a file or pasted. Cleaned, it has `text`."""

    file = forms.FileField(
        required=False,
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("At most 1 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )
    text = forms.CharField(
        required=False,
        label=gettext_lazy("Or paste it"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "roster-text"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file and file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 1 MB. Split it."))
        try:
            cleaned["text"] = decode(file.read()) if file else cleaned.get("text", "")
        except RosterError as error:
            raise ValidationError(str(error)) from error
        if not cleaned["text"].strip() and not self.errors:
            raise ValidationError(_("Choose a file that is not empty, or paste some lines."))
        return cleaned


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["name", "email", "role", "section", "expires_at"]
        labels = {
            "name": gettext_lazy("Name"),
            "email": gettext_lazy("E-mail address"),
            "role": gettext_lazy("Role"),
            "section": gettext_lazy("Section"),
            "expires_at": gettext_lazy("Until"),
        }
        help_texts = {"expires_at": gettext_lazy("Empty: for 30 days.")}
        widgets = {"expires_at": MomentInput()}

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        section = cast(forms.ModelChoiceField, self.fields["section"])
        section.queryset, section.empty_label = course_class.sections.all(), _("no section")
        if not course_class.sections.exists():
            del self.fields["section"]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def clean_expires_at(self) -> datetime | None:
        return future(self.cleaned_data["expires_at"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("name") and not cleaned.get("email") and not self.errors:
            raise ValidationError(_("Give a name or an e-mail address, so that you know later whose link it is."))
        return cleaned
