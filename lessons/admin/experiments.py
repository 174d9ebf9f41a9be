"""Experiments and their options in the admin. The engine runs the experiment before it is saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from lessons.admin.editing import SeenForm
from lessons.admin.fields import CodeTextarea, MarkdownTextarea, TextForm, YamlField, label_of
from lessons.admin.history import RememberedAdmin
from lessons.admin.ordering import ORDERING, AddedLastAdmin
from lessons.content import authoring, manifests
from lessons.content.action_schema import Action, FaultSpec
from lessons.content.content_schema import CheckContent, Condition, FaultList, MythContent, ShowSpec, VariantList
from lessons.content.schema import ContentError
from lessons.models import Experiment, PredictionOption, Status

ENGINE_FIELDS = ("lesson", "changes", "faults", "action", "compare", "show")


class ExperimentForm(SeenForm, TextForm):
    watched = ("options",)
    action = YamlField(
        Action,
        label=label_of(Experiment, "action"),
        help_text=gettext_lazy(
            "What is done, as YAML: one of probe, request, lookup, reach, command, cni. "
            "Example: probe: {from: pod/ops/probe, to: svc/shop/web, port: 80}"
        ),
    )
    faults = YamlField(
        FaultList,
        required=False,
        nothing=[],
        rows=2,
        label=label_of(Experiment, "faults"),
        help_text=gettext_lazy("Named faults, as a list. Example: [selector-typo]"),
    )
    compare = YamlField(
        VariantList,
        required=False,
        nothing=[],
        label=label_of(Experiment, "compare"),
        help_text=gettext_lazy(
            "The same in other clusters, as a list of label, changes, faults. Seen side by side afterwards. "
            "They come on top of those above; an empty one takes them away: - {label: without the fault, faults: []}. "
            "Or another action of the same kind: - {label: the next port, instead: {port: 81}}"
        ),
    )
    check_question = YamlField(
        CheckContent,
        required=False,
        label=label_of(Experiment, "check_question"),
        help_text=gettext_lazy("“What did you see?”, as YAML: question, and options with text, when, explanation."),
    )
    myth = YamlField(
        MythContent,
        required=False,
        label=label_of(Experiment, "myth"),
        help_text=gettext_lazy(
            "The claim that this experiment decides, as YAML: claim, verdict (false, misleading, outdated), evidence."
        ),
    )
    show = YamlField(
        ShowSpec,
        required=False,
        nothing={},
        label=label_of(Experiment, "show"),
        help_text=gettext_lazy(
            "What the diagram draws, as YAML: nodes, pods, services (lists), external (true or false). "
            "Empty: everything."
        ),
    )

    class Meta:
        model = Experiment
        fields = [
            *("lesson", "title", "slug", "position", "intro", "question", "changes", "faults", "action", "compare"),
            *("show", "check_question", "myth", "takeaway"),
        ]
        widgets = {
            "intro": MarkdownTextarea({"rows": 8}),
            "takeaway": MarkdownTextarea({"rows": 8}),
            "question": forms.Textarea({"rows": 2, "cols": 100}),
            "changes": CodeTextarea(rows=12),
        }

    def clean_changes(self) -> str:
        """The scene with these changes must load; the error names line and key in what was changed."""
        changes, lesson = self.cleaned_data["changes"], self.cleaned_data.get("lesson")
        if changes.strip() and lesson is not None and lesson.scene is not None:
            try:
                manifests.load(lesson.scene.manifests, (changes,))
            except manifests.ManifestError as error:
                raise ValidationError(error.messages) from error
        return str(changes)

    def clean(self) -> dict[str, Any]:
        """Sends the packet: a probe that does not fit the cluster is an error of that field."""
        cleaned = super().clean()
        lesson = cleaned.get("lesson")
        if self.errors or lesson is None or lesson.scene is None:
            return cleaned
        try:
            faults = [FaultSpec.model_validate(fault) for fault in cleaned["faults"]]
            manifests.load(lesson.scene.manifests, (cleaned["changes"],), faults)
        except manifests.ManifestError as error:
            self.add_error("faults", str(error).removeprefix("<defaults>:0: spec."))
            return cleaned
        draft = Experiment(**{name: cleaned[name] for name in ENGINE_FIELDS})
        try:
            exchange = authoring.exchange_of(draft.scenario())
        except (ContentError, manifests.ManifestError) as error:
            self.add_error("action", str(error))
        else:
            self._check_check(cleaned["check_question"], exchange)
        return cleaned

    def _check_check(self, check: dict[str, Any] | None, exchange: dict[str, Any]) -> None:
        problem = authoring.options_problem(exchange, [option["when"] for option in check["options"]]) if check else ""
        if problem:
            self.add_error("check_question", problem)


class OptionForm(TextForm):
    when = YamlField(
        Condition,
        rows=2,
        label=label_of(PredictionOption, "when"),
        help_text=gettext_lazy(
            "As YAML: paths into the result and the value each must have. Example: client_sees: refused"
        ),
    )

    class Meta:
        model = PredictionOption
        fields = ["text", "when", "explanation", "position"]
        widgets = {
            "text": forms.TextInput({"class": "vLargeTextField"}),
            "explanation": forms.Textarea({"rows": 4, "cols": 100}),
        }


class OptionFormSet(BaseInlineFormSet):
    """Options of a published lesson must single out one; a draft is saved with a warning (see ExperimentAdmin)."""

    def clean(self) -> None:
        super().clean()
        self._require_different()
        problem = self.problem()
        if problem and self.instance.lesson.status == Status.PUBLISHED:
            words = gettext("{problem} The lesson is published: mend this, or make the lesson a draft first.")
            raise ValidationError(words.format(problem=problem))

    def _kept(self) -> list[forms.ModelForm]:
        return [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]

    def _require_different(self) -> None:
        seen: set[str] = set()
        for form in self._kept():
            text = form.cleaned_data.get("text", "")
            if text in seen:
                form.add_error("text", gettext("used more than once: {known}").format(known=text))
            elif text:
                seen.add(text)

    def problem(self) -> str:
        """Why these options do not single out one; "" also while the experiment itself has errors, which are shown."""
        if any(self.errors) or self.instance.lesson_id is None:
            return ""
        try:
            exchange = authoring.exchange_of(self.instance.scenario())
        except (ContentError, manifests.ManifestError):
            return ""
        kept = sorted(self._kept(), key=lambda form: form.cleaned_data["position"])
        return authoring.options_problem(exchange, [form.cleaned_data["when"] for form in kept])


class OptionInline(admin.StackedInline):
    model = PredictionOption
    verbose_name = gettext_lazy("Option")
    verbose_name_plural = gettext_lazy("Options")
    form = OptionForm
    formset = OptionFormSet
    extra = 0
    min_num = 2

    class Media:
        js = [ORDERING]


@admin.register(Experiment)
class ExperimentAdmin(RememberedAdmin, AddedLastAdmin):
    form = ExperimentForm
    in_lesson = "experiments"
    parent = "lesson"
    list_display = ["title", "lesson", "position"]
    list_editable = ["position"]
    list_filter = ["lesson__course", "lesson"]
    list_select_related = ["lesson"]
    search_fields = ["title", "question"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [OptionInline]
    fieldsets = [
        (None, {"fields": ["lesson", "title", "slug", "position"]}),
        (gettext_lazy("Before"), {"fields": ["intro", "question"]}),
        (gettext_lazy("What the engine runs"), {"fields": ["changes", "faults", "action", "compare", "show"]}),
        (gettext_lazy("Afterwards"), {"fields": ["check_question", "myth", "takeaway"]}),
    ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if isinstance(formset, OptionFormSet) and (problem := formset.problem()):
                words = gettext("Saved, but not ready to publish: {problem}")
                messages.warning(request, words.format(problem=problem))
