"""The shape of what staff ask of the gradebook and upload to it. What is unknown in a filter is left out."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from classes.forms import RosterForm
from classes.models import CourseClass, Enrolment, Role, Section
from quizzes.gradebook.table import Wanted
from quizzes.models import Quiz

STATES = [
    ("", gettext_lazy("all")),
    ("passed", gettext_lazy("passed")),
    ("not_passed", gettext_lazy("not passed or missed")),
    ("not_started", gettext_lazy("not started")),
    ("stuck", gettext_lazy("may need help")),
]
SORTS = [
    ("name", gettext_lazy("name")),
    ("section", gettext_lazy("section")),
    ("-overall", gettext_lazy("best overall first")),
    ("overall", gettext_lazy("weakest overall first")),
    ("active", gettext_lazy("longest away first")),
    ("-active", gettext_lazy("last active first")),
]
LEFT = "left"
ROLES = [(Role.LEARNER.value, gettext_lazy("learners")), ("staff", gettext_lazy("assistants and instructors")),
         (LEFT, gettext_lazy("who has left"))]  # fmt: skip


class FilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Name or e-mail"))
    section = forms.ModelChoiceField(
        Section.objects.none(), required=False, label=gettext_lazy("Section"), empty_label=gettext_lazy("all")
    )
    quiz = forms.ModelChoiceField(
        Quiz.objects.none(), required=False, label=gettext_lazy("Quiz"), empty_label=gettext_lazy("all")
    )
    state = forms.ChoiceField(choices=STATES, required=False, label=gettext_lazy("Standing"))
    role = forms.ChoiceField(choices=ROLES, required=False, label=gettext_lazy("Who"))
    sort = forms.ChoiceField(choices=SORTS, required=False, label=gettext_lazy("Order"))

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course_class = course_class
        sections = course_class.sections.all()
        cast(forms.ModelChoiceField, self.fields["section"]).queryset = sections
        quizzes = Quiz.objects.filter(assignments__course_class=course_class).order_by("lesson__position", "lesson")
        cast(forms.ModelChoiceField, self.fields["quiz"]).queryset = quizzes
        columns = course_class.assignments.values_list("pk", "quiz__title").order_by("quiz__lesson__position")
        by_quiz = [(f"{sign}{pk}", title) for pk, title in columns for sign in ("", "-")]
        cast(forms.ChoiceField, self.fields["sort"]).choices = [*SORTS, *by_quiz]
        self.full_clean()

    def wanted(self) -> Wanted:
        found = self.cleaned_data
        quiz = found.get("quiz")
        return Wanted(found.get("q", ""), found.get("state", ""), quiz and quiz.pk, found.get("sort") or "name")

    def people(self) -> QuerySet[Enrolment]:
        """Those of the role and section that are chosen; the rest of the wishes concern what they did."""
        people = Enrolment.objects.people().filter(course_class=self.course_class)
        people = people.select_related("learner__user", "section")
        role, section = self.cleaned_data.get("role"), self.cleaned_data.get("section")
        people = people.filter(left_at__isnull=role != LEFT)
        if role == "staff":
            people = people.exclude(role=Role.LEARNER)
        elif role != LEFT:
            people = people.filter(role=Role.LEARNER)
        return people.filter(section=section) if section else people

    def query(self, *without: str) -> str:
        """The address's query for the same wishes; "" for none."""
        values = {name: self.cleaned_data.get(name) for name in self.fields if name not in without}
        return urlencode({name: getattr(value, "pk", value) for name, value in values.items() if value})


class GradesForm(RosterForm):
    """A CSV of grades, as a file or pasted, and why they are given."""

    reason = forms.CharField(
        max_length=500,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For every line that names no reason of its own. Learners read it."),
    )
