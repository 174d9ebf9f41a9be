"""The shape of what instructors post about the plan of a class. All moments are in the reader's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from classes import membership
from classes.forms import MomentInput
from classes.models import CourseClass, Enrolment, Role
from lessons.time_zones import in_words
from quizzes.assigning.planning import DATES, Schedule, require_order, version_of
from quizzes.models import Assignment, Extension, Policy, Quiz
from quizzes.policies.describing import in_short

MOST_DAYS = 3650


class PersonField(forms.ModelChoiceField):
    """People with their user names, because names are not unique."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.learner.user})"


class PolicyField(forms.ModelChoiceField):
    """Policies with what they say, because their names may not tell."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}: {', '.join(in_short(obj))}"


class AssignmentForm(forms.ModelForm):
    """`seen`: the version of the assignment that the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput)
    policy = PolicyField(
        Policy.objects.all(),
        required=False,
        label=gettext_lazy("Policy"),
        empty_label=gettext_lazy("the quiz's own"),
        help_text=gettext_lazy("How often, how long, with which feedback."),
    )

    class Meta:
        model = Assignment
        fields = ["policy", "opens_at", "closes_at", "late_until", "weight"]
        labels = {
            "opens_at": gettext_lazy("Opens"),
            "closes_at": gettext_lazy("Closes"),
            "late_until": gettext_lazy("Late work until"),
            "weight": gettext_lazy("Weight"),
        }
        help_texts = {
            "opens_at": gettext_lazy("Empty: at once."),
            "closes_at": gettext_lazy("Empty: never."),
            "late_until": gettext_lazy("With the policy's late penalty; empty: no late work."),
            "weight": gettext_lazy("In the overall grade; 0: only practice."),
        }
        widgets = {"opens_at": MomentInput(), "closes_at": MomentInput(), "late_until": MomentInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = version_of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        dates = {name: cleaned.get(name) for name in DATES}
        require_order(Assignment(quiz=self.instance.quiz, **dates))
        return cleaned

    def show_again_beside(self, stored: Assignment) -> None:
        """After somebody else changed it: says what it is now, and takes what was typed as an answer to that."""
        self.data = {name: self.data[name] for name in self.data} | {"seen": version_of(stored)}
        words = gettext("Somebody changed this assignment meanwhile, so nothing of yours is stored. It says now: {now}."
                        " Save again to put what you typed in its place.")  # fmt: skip
        self.add_error(None, words.format(now="; ".join(self.said_of(stored))))

    def said_of(self, stored: Assignment) -> Iterator[str]:
        """Each field that differs from what was typed, with what is stored of it."""
        for name in self._meta.fields or ():
            value = getattr(stored, name)
            if value != self.cleaned_data.get(name):
                shown = in_words(value) if isinstance(value, datetime) else value
                yield f"{self.fields[name].label}: {gettext('none') if value is None else shown}"


class AssignRestForm(forms.Form):
    policy = PolicyField(
        Policy.objects.all(),
        required=False,
        label=gettext_lazy("Policy"),
        empty_label=gettext_lazy("each quiz's own"),
    )
    opens_at = forms.DateTimeField(
        required=False, label=gettext_lazy("All open"), help_text=gettext_lazy("Empty: at once."),
        widget=MomentInput(),
    )  # fmt: skip
    first = forms.DateTimeField(
        required=False, label=gettext_lazy("The first closes"), help_text=gettext_lazy("Empty: none closes."),
        widget=MomentInput(),
    )  # fmt: skip
    every = forms.IntegerField(
        min_value=0, max_value=MOST_DAYS, initial=7, label=gettext_lazy("Days to the next closing")
    )

    def schedule(self) -> Schedule:
        return Schedule(*(self.cleaned_data[name] for name in ("opens_at", "first", "every")))


class TakeOverForm(forms.Form):
    source = forms.ModelChoiceField(CourseClass.objects.none(), label=gettext_lazy("Class"), empty_label=None)
    begins = forms.DateField(
        required=False,
        label=gettext_lazy("Its first date is moved to"),
        help_text=gettext_lazy("All others are moved by as many days. Empty: the dates stay."),
        widget=forms.DateInput({"type": "date"}),
    )

    def __init__(self, *args: Any, sources: QuerySet[CourseClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["source"]).queryset = sources


class ShiftForm(forms.Form):
    days = forms.IntegerField(
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        label=gettext_lazy("Days"),
        help_text=gettext_lazy("Later, or with a minus earlier."),
    )


class ExtensionForm(forms.ModelForm):
    enrolment = PersonField(Enrolment.objects.none(), label=gettext_lazy("Learner"))
    quiz = forms.ModelChoiceField(Quiz.objects.none(), label=gettext_lazy("Quiz"))

    class Meta:
        model = Extension
        fields = ["enrolment", "quiz", "closes_at", "extra_minutes", "extra_attempts", "reason"]
        labels = {
            "closes_at": gettext_lazy("Closes"),
            "extra_minutes": gettext_lazy("More minutes for every attempt"),
            "extra_attempts": gettext_lazy("More attempts"),
            "reason": gettext_lazy("Reason"),
        }
        help_texts = {
            "closes_at": gettext_lazy("A later closing for this learner; empty: that of the class."),
            "extra_minutes": gettext_lazy("Added to the time limit of every attempt."),
            "reason": gettext_lazy("For the record; the learner does not see it."),
        }
        widgets = {"closes_at": MomentInput()}

    def __init__(self, *args: Any, course_class: CourseClass, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        learners = membership.people_of(course_class).filter(role=Role.LEARNER).select_related("learner__user")
        cast(forms.ModelChoiceField, self.fields["enrolment"]).queryset = learners
        quizzes = Quiz.objects.filter(assignments__course_class=course_class).order_by("lesson__position")
        cast(forms.ModelChoiceField, self.fields["quiz"]).queryset = quizzes

    def clean(self) -> dict[str, Any]:
        """A new grant replaces the one that is there."""
        cleaned = super().clean() or {}
        same = Extension.objects.filter(enrolment=cleaned.get("enrolment"), quiz=cleaned.get("quiz"))
        self.instance = same.first() or self.instance
        return cleaned
