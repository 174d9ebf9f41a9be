"""Trace exercises in the admin: the engine traces the packet before the exercise is saved, and its table is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from pydantic import RootModel

import netsim
from lessons import phrases
from lessons.admin.editing import SeenForm
from lessons.admin.fields import TextForm, YamlField, label_of
from lessons.admin.history import RememberedAdmin
from lessons.admin.ordering import AddedLastAdmin
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError, parse
from lessons.models import Lesson, TraceExercise
from lessons.runs import simulations
from lessons.traces import authoring as trace_authoring
from lessons.traces import importing as trace_importing
from lessons.traces.authoring import TracePacket
from lessons.traces.schema import AnyTrace


class Keys(RootModel[dict[str, Any]]):
    """A mapping; what its keys may be depends on the kind of exercise."""


ROWS = '<pre class="trace-rows" tabindex="0">{}</pre>'
EXAMPLE = """\
intro: Follow the packet to the server.
probe: {from: pod/demo/client, to: svc/demo/echo, port: 80}
notes:                                    # a worked trace: at least one
- row: 1
  text: The client dials the Service.
blanks:                                   # a trace with blanks: at least two
- {row: 2, column: destination, hint: "Who is dialed?", explanation: The Service still.}
- {row: 4, column: destination, hint: "Who is dialed now?", explanation: DNAT has taken place.}
ask: [source, ttl]                        # a trace to do alone: whole columns
explanation: Each router lowers the TTL.
takeaway: Only the destination changes.
"""
HELP = gettext_lazy(
    "As in traces.yaml, without slug, kind and title. Every kind has probe, and if need be intro, changes, faults, "
    "show and takeaway. Rows count from 1: write the probe, save, and they are shown below. Columns: where, source, "
    "destination, mac, ttl, event. An example; of notes, blanks, and ask with explanation keep what the kind needs:"
)


def content_help() -> SafeString:
    return format_html('{}<pre class="yaml-example" tabindex="0">{}</pre>', HELP, EXAMPLE)


class TraceForm(SeenForm, TextForm):
    content = YamlField(
        Keys, rows=24, label=label_of(TraceExercise, "content"), help_text=lazy(content_help, SafeString)()
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
            self.instance.rows_as_text = draft_table(cleaned["lesson"], {**cleaned["content"], **own})
            content = parse(AnyTrace, {**cleaned["content"], **own}).root.own_content()
            exercise = TraceExercise(lesson=cleaned["lesson"], content=content, **own)
            problems = trace_importing.exercise_problems(exercise)
        except ContentError as error:
            problems = tuple(problem.removeprefix(f"{own['kind']}.") for problem in error.problems)
        except (ManifestError, netsim.NetsimError) as error:
            problems = (phrases.shown(str(error)),)
        if problems:
            self.add_error("content", ValidationError(list(problems)))
            return cleaned
        return {**cleaned, "content": content}


def draft_table(lesson: Lesson, entry: dict[str, Any]) -> str:
    """The rows of an exercise whose notes or gaps need not be right yet; "" while it has no packet to trace."""
    if lesson.scene is None:
        return ""
    try:
        return trace_authoring.table(trace_authoring.rows(parse(TracePacket, entry), lesson.scene.manifests), None)
    except ContentError:
        return ""


@admin.register(TraceExercise)
class TraceExerciseAdmin(RememberedAdmin, AddedLastAdmin):
    in_lesson = "traces"
    form = TraceForm
    parent = "lesson"
    list_display = ["title", "kind", "lesson", "position"]
    list_editable = ["position"]
    list_filter = ["kind", "lesson__course", "lesson"]
    list_select_related = ["lesson"]
    search_fields = ["title"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["table"]
    fieldsets = [
        (None, {"fields": ["lesson", "title", "slug", "kind", "position"]}),
        (gettext_lazy("The exercise"), {"fields": ["content", "table"]}),
    ]

    @admin.display(description=gettext_lazy("Rows"))
    def table(self, exercise: TraceExercise) -> SafeString | str:
        """What notes and gaps refer to, as the engine has it now."""
        if draft := getattr(exercise, "rows_as_text", ""):
            return format_html(ROWS, draft)
        if exercise.pk is None:
            return gettext(
                "Write the probe and save: then its rows are shown here, also while notes or blanks are missing."
            )
        try:
            rows = simulations.solve(exercise.scenario())["rows"]
            text = trace_authoring.table(rows, exercise.parsed())
        except (ContentError, ManifestError, netsim.NetsimError) as error:
            return phrases.shown(str(error))
        return format_html(ROWS, text)
