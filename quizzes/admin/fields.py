"""The form of a question: its specification as YAML, checked by its kind and by the engine before it is saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from lessons.admin.editing import SeenForm
from lessons.admin.fields import CodeTextarea, label_of
from lessons.content.schema import LONGEST_YAML
from quizzes.content.schema import spec_document
from quizzes.errors import InvalidSpecError, key_path
from quizzes.kinds import KINDS
from quizzes.models import Question
from quizzes.questions import yaml_text
from quizzes.questions.checking import check

EVERY_KIND = gettext_lazy(
    "YAML, with the keys that quiz.yaml has. Every kind has prompt and explanation; experiment: SLUG, or scene: with a "
    "probe or another action, where the engine decides; and, if you like, variants: whose parameters stand as [[name]] "
    "in the other keys. The rest depends on the kind."
)


def spec_help() -> SafeString:
    """What to write, for every kind."""
    kinds = format_html_join("", "<li><code>{}</code>: {}</li>", ((kind.name, kind.keys) for kind in KINDS.values()))
    return format_html("{}<ul>{}</ul>", EVERY_KIND, kinds)


class SpecField(forms.CharField):
    """YAML text whose value is the mapping that it holds; an error names the line, and the text stays."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=CodeTextarea(rows=32), max_length=LONGEST_YAML, strip=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return yaml_text.dump(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        try:
            return yaml_text.load(text) if text.strip() else {}
        except yaml_text.YamlTextError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or "").replace("\r\n", "\n"))


class QuestionForm(SeenForm):
    spec = SpecField(label=label_of(Question, "spec"), help_text=lazy(spec_help, SafeString)())

    class Meta:
        model = Question
        fields = ["quiz", "slug", "kind", "points", "position", "objective", "difficulty", "spec"]

    def clean_objective(self) -> int | None:
        """A lesson's objectives are counted from 1."""
        objective: int | None = self.cleaned_data["objective"]
        quiz = self.cleaned_data.get("quiz")
        if objective is not None and quiz is not None and objective > len(quiz.lesson.objectives):
            raise ValidationError(
                gettext("The lesson has {count} objectives.").format(count=len(quiz.lesson.objectives))
            )
        return objective

    def clean(self) -> dict[str, Any]:
        """The engine grades the question once; what does not fit is an error that names line and key."""
        cleaned = super().clean() or self.cleaned_data
        if "spec" not in cleaned or "kind" not in cleaned or "quiz" not in cleaned:
            return cleaned
        try:
            check(cleaned["kind"], cleaned["spec"], cleaned["quiz"].lesson)
        except InvalidSpecError as error:
            self.add_error("spec", self.placed(error))
        else:
            cleaned["spec"] = spec_document(cleaned["kind"], cleaned["spec"])
        return cleaned

    def placed(self, error: InvalidSpecError) -> list[str]:
        """Each problem with the line of its key in the author's text."""
        text = self.data[self.add_prefix("spec")]
        words = gettext("Line {line}, {key}: {problem}.")
        return [
            words.format(line=yaml_text.line_of(text, path), key=key_path(path), problem=message)
            if path
            else f"{message}."
            for path, message in error.problems
        ]
