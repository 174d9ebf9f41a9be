"""Trace exercises in the admin: the engine traces the packet before the exercise is saved, and its table is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pydantic import RootModel

import netsim
from lessons.admin.fields import TextForm, YamlField
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError, parse
from lessons.models import TraceExercise
from lessons.runs import simulations
from lessons.traces import authoring as trace_authoring
from lessons.traces import importing as trace_importing
from lessons.traces.schema import AnyTrace


class Keys(RootModel[dict[str, Any]]):
    """A mapping; what its keys may be depends on the kind of exercise."""


class TraceForm(TextForm):
    content = YamlField(
        Keys,
        rows=24,
        help_text="As in traces.yaml, without slug, kind and title: probe, and if need be intro, changes, faults, "
        "show, takeaway; notes (worked), blanks (with blanks), ask and explanation (alone). Rows count from 1.",
    )

    class Meta:
        model = TraceExercise
        fields = ["lesson", "title", "slug", "kind", "position", "content"]

    def clean(self) -> dict[str, Any]:
        """Traces the packet: notes and gaps must be at rows that are there, and gaps where something stands."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        own = {name: cleaned[name] for name in ("slug", "kind", "title")}
        try:
            content = parse(AnyTrace, {**cleaned["content"], **own}).root.own_content()
            exercise = TraceExercise(lesson=cleaned["lesson"], content=content, **own)
            problems = trace_importing.exercise_problems(exercise)
        except ContentError as error:
            problems = error.problems
        except (ManifestError, netsim.NetsimError) as error:
            problems = (str(error),)
        if problems:
            self.add_error("content", ValidationError(list(problems)))
            return cleaned
        return {**cleaned, "content": content}


@admin.register(TraceExercise)
class TraceExerciseAdmin(admin.ModelAdmin):
    form = TraceForm
    list_display = ["title", "kind", "lesson", "position"]
    list_editable = ["position"]
    list_filter = ["kind", "lesson__course", "lesson"]
    list_select_related = ["lesson"]
    search_fields = ["title"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["table"]
    fieldsets = [
        (None, {"fields": ["lesson", "title", "slug", "kind", "position"]}),
        ("The exercise", {"fields": ["content", "table"]}),
    ]

    @admin.display(description="Rows")
    def table(self, exercise: TraceExercise) -> SafeString | str:
        """What notes and gaps refer to, as the engine has it now."""
        if exercise.pk is None:
            return "Save the exercise, or see what is wrong with it: then its rows are shown here."
        try:
            rows = simulations.solve(exercise.scenario())["rows"]
            text = trace_authoring.table(rows, exercise.parsed())
        except (ContentError, ManifestError, netsim.NetsimError) as error:
            return str(error)
        return format_html('<pre class="trace-rows" tabindex="0">{}</pre>', text)
