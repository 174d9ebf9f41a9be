"""Courses, lessons and scenes in the admin."""

from __future__ import annotations

from typing import Annotated, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from pydantic import Field

from lessons import demo
from lessons.admin import publishing
from lessons.admin.editing import SeenAdmin, SeenForm
from lessons.admin.fields import CodeTextarea, LinesField, MarkdownTextarea, TextForm, YamlField, label_of
from lessons.admin.history import HistoryAdmin, RememberedAdmin
from lessons.admin.ordering import POSITIONS, AddedLastAdmin, OrderedInline
from lessons.content import authoring
from lessons.content.content_schema import KUBERNETES_VERSION, DemoContent, GlossaryTerm, PartList, SourceLink
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError
from lessons.models import Course, Experiment, Lesson, Scene, Status, TraceExercise
from lessons.playground.schema import PlaygroundContent

PLAYGROUND_EXAMPLE = """\
title: The cluster is yours
intro: Make the client's packet get lost.
start: {from: pod/demo/client, to: svc/demo/echo, port: 80}
data_planes: [flannel-vxlan, calico-bgp]
toggles:
- {slug: selector-typo, kind: fault, label: The selector has a typo, faults: [selector-typo]}
tools: [inspect, compare, terminal]
"""


def playground_help() -> SafeString:
    text = Lesson._meta.get_field("playground").help_text
    example = '{} {}<pre class="yaml-example" tabindex="0">{}</pre>'
    return format_html(example, text, gettext("An example:"), PLAYGROUND_EXAMPLE)


class LessonInline(OrderedInline):
    model = Lesson
    verbose_name_plural = gettext_lazy("Lessons")
    fields = ["slug", "status", "position"]
    readonly_fields = ["slug", "status"]
    can_delete = False


class CourseForm(SeenForm, TextForm):
    parts = YamlField(
        PartList,
        required=False,
        nothing=[],
        label=label_of(Course, "parts"),
        help_text=gettext_lazy(
            "Groups of lessons on the map, as a YAML list of title, summary and first (a lesson's position)."
        ),
    )
    demo = YamlField(
        DemoContent,
        required=False,
        label=label_of(Course, "demo"),
        help_text=gettext_lazy(
            "What a visitor of the home page may send, as YAML: lesson (its slug), show, and packets with slug, "
            "label and probe."
        ),
    )

    class Meta:
        model = Course
        fields = ["title", "slug", "summary", "status", "parts", "demo"]
        help_texts = {"slug": gettext_lazy("The last part of the course's address, after /courses/.")}

    def clean(self) -> dict[str, Any]:
        """Sends the packets of the home page: one that does not fit the lesson's cluster is an error of that field."""
        cleaned = super().clean()
        if not self.errors and cleaned["demo"] and self.instance.pk:
            draft = Course(pk=self.instance.pk, demo=cleaned["demo"])
            try:
                for packet in demo.packets(draft):
                    authoring.exchange_of(demo.scenario(draft, packet))
            except (ContentError, ManifestError) as error:
                self.add_error("demo", str(error))
        return cleaned


@admin.register(Course)
class CourseAdmin(SeenAdmin):
    form = CourseForm
    list_display = ["title", "slug", "status"]
    list_filter = ["status"]
    search_fields = ["title", "summary"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [LessonInline]
    actions = [publishing.publish_courses, publishing.make_draft]


class SceneForm(SeenForm, TextForm):
    manifests = forms.CharField(
        widget=CodeTextarea(rows=30),
        strip=False,
        label=label_of(Scene, "manifests"),
        help_text=Scene._meta.get_field("manifests").help_text,
    )

    class Meta:
        model = Scene
        fields = ["course", "title", "slug", "manifests"]


@admin.register(Scene)
class SceneAdmin(RememberedAdmin, SeenAdmin):
    form = SceneForm
    in_lesson = "scene"
    list_display = ["title", "course", "slug"]
    list_filter = ["course"]
    search_fields = ["title", "manifests"]
    prepopulated_fields = {"slug": ["title"]}

    def save_model(self, request: HttpRequest, obj: Scene, form: forms.ModelForm, change: bool) -> None:
        """Saves, and says which experiments of published lessons the change broke."""
        super().save_model(request, obj, form, change)
        if "manifests" in form.changed_data:
            publishing.tell_of_scene(request, obj)


class LessonForm(SeenForm, TextForm):
    objectives = LinesField(
        tuple[str, ...],
        label=label_of(Lesson, "objectives"),
        help_text=gettext_lazy("One a line, beginning with a verb."),
    )
    sources = LinesField(
        tuple[SourceLink, ...],
        keys=("title", "url"),
        label=label_of(Lesson, "sources"),
        help_text=gettext_lazy("One a line: title | https://address (optional)."),
    )
    glossary = LinesField(
        tuple[GlossaryTerm, ...],
        keys=("term", "meaning"),
        label=label_of(Lesson, "glossary"),
        help_text=gettext_lazy("One a line: term | meaning."),
    )
    key_points = LinesField(
        tuple[Annotated[str, Field(max_length=500)], ...],
        label=label_of(Lesson, "key_points"),
        help_text=gettext_lazy("One sentence a line: the summary at the end of the lesson."),
    )
    kubernetes = forms.RegexField(
        rf"^{KUBERNETES_VERSION}$",
        required=False,
        max_length=20,
        label=label_of(Lesson, "kubernetes"),
        help_text=Lesson._meta.get_field("kubernetes").help_text,
        error_messages={"invalid": gettext_lazy("Write the minor version, such as 1.37.")},
    )
    playground = YamlField(
        PlaygroundContent,
        rows=20,
        required=False,
        nothing={},
        label=label_of(Lesson, "playground"),
        help_text=lazy(playground_help, SafeString)(),
    )

    class Meta:
        model = Lesson
        fields = [
            *("course", "scene", "title", "slug", "position", "status", "summary", "minutes"),
            *("objectives", "body", "kubernetes", "playground", "key_points", "sources", "glossary"),
        ]
        help_texts = {
            "body": gettext_lazy(
                "Markdown. A line ::experiment[slug], ::trace[slug] or ::playground places what it names; "
                "experiments and traces without a place come at the end."
            )
        }
        widgets = {"body": MarkdownTextarea({"rows": 30}), "summary": forms.Textarea({"rows": 3, "cols": 100})}


class ExperimentInline(OrderedInline):
    model = Experiment
    verbose_name_plural = gettext_lazy("Experiments")
    fields = ["slug", "position"]
    readonly_fields = ["slug"]


class TraceInline(OrderedInline):
    model = TraceExercise
    verbose_name_plural = gettext_lazy("Traces")
    fields = ["slug", "position"]
    readonly_fields = ["slug"]


@admin.register(Lesson)
class LessonAdmin(HistoryAdmin, AddedLastAdmin):
    form = LessonForm
    parent = "course"
    list_display = ["title", "course", "position", "status", "experiment_count"]
    list_editable = ["position"]
    formfield_overrides = POSITIONS
    list_filter = ["status", "course"]
    list_select_related = ["course"]
    search_fields = ["title", "summary", "body"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["add_experiment", "add_trace"]
    inlines = [ExperimentInline, TraceInline]
    actions = [publishing.publish_lessons, publishing.make_draft]
    fieldsets = [
        (None, {"fields": ["course", "title", "slug", "position", "status", "summary", "minutes", "objectives"]}),
        (gettext_lazy("Text"), {"fields": ["body", "kubernetes"]}),
        (
            gettext_lazy("Cluster"),
            {
                "fields": ["scene", "add_experiment", "add_trace", "playground"],
                "description": gettext_lazy("Experiments and traces send their packets through the scene."),
            },
        ),
        (gettext_lazy("At the end of the page"), {"fields": ["key_points", "sources", "glossary"]}),
    ]

    @admin.display(description=gettext_lazy("Experiments"))
    def experiment_count(self, lesson: Lesson) -> int:
        return lesson.experiments.count()

    @admin.display(description=gettext_lazy("Experiments"))
    def add_experiment(self, lesson: Lesson) -> SafeString | str:
        return self._add_link(lesson, "experiment", gettext("Add an experiment"))

    @admin.display(description=gettext_lazy("Traces"))
    def add_trace(self, lesson: Lesson) -> SafeString | str:
        return self._add_link(lesson, "traceexercise", gettext("Add a trace"))

    def _add_link(self, lesson: Lesson, model: str, words: str) -> SafeString | str:
        if lesson.pk is None:
            return gettext("Save the lesson first.")
        url = f"{reverse(f'admin:lessons_{model}_add')}?lesson={lesson.pk}"
        return format_html('<a class="addlink" href="{}">{}</a>', url, words)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A lesson that is not fit for learners is saved, but as a draft, and its author is told why."""
        super().save_related(request, form, formsets, change)
        lesson: Lesson = form.instance
        if lesson.status != Status.PUBLISHED:
            for problem in publishing.playground_problems(lesson) if "playground" in form.changed_data else ():
                messages.warning(request, gettext("Saved, but not ready to publish: {problem}").format(problem=problem))
            return
        publishing.settle(request, lesson)
