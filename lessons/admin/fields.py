"""Form fields for structured text: YAML checked against a schema, one entry a line, Markdown with a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from pydantic import BaseModel, TypeAdapter
from pydantic import ValidationError as SchemaError

from lessons.content.schema import ContentError, parse, plainly, read_yaml
from lessons.content.yaml_blocks import dump

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def label_of(model: type[models.Model], name: str) -> str | StrPromise:
    """What a form calls a model's field that it declares itself: the same as a form that Django makes."""
    field: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return capfirst(field.verbose_name)


class TextForm(forms.ModelForm):
    """Browsers end lines with CR LF; what is stored ends them with LF, as the files of a course do."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in cleaned.items()
        }


class MarkdownTextarea(forms.Textarea):
    """A text area with the rendered text beside it, kept up to date by static/js/admin_preview.js."""

    template_name = "admin/lessons/markdown_textarea.html"

    class Media:
        css = {"all": ["css/admin_lessons.css"]}
        js = [forms.Script("js/admin_preview.js", type="module")]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["preview_url"] = reverse_lazy("markdown_preview")
        return context


class CodeTextarea(forms.Textarea):
    """A text area for YAML; static/js/admin_code.js counts its lines and leads to the one that an error names."""

    class Media:
        css = {"all": ["css/admin_lessons.css"]}
        js = [forms.Script("js/admin_code.js", type="module")]

    def __init__(self, rows: int) -> None:
        super().__init__({"rows": rows, "cols": 100, "class": "code-text", "spellcheck": "false", "wrap": "off"})


class YamlField(forms.CharField):
    """YAML that fits a schema. Its value is plain data; an error names the line or the key, and the text stays.

    Without text the value is `nothing`, where the field is not required.
    """

    widget = forms.Textarea

    def __init__(self, schema: type[BaseModel], *, rows: int = 6, nothing: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=CodeTextarea(rows), max_length=50_000, **kwargs)
        self.schema = schema
        self.nothing = nothing

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text.strip() and not self.required:
            return self.nothing
        try:
            return parse(self.schema, read_yaml(text)).model_dump(mode="json", by_alias=True, exclude_unset=True)
        except ContentError as error:
            raise ValidationError(list(error.problems)) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict | list):
            return dump(value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((initial or None) != (read_yaml(data or "") or None))
        except ContentError:
            return True


class LinesField(forms.CharField):
    """A list, one entry a line; with `keys` each entry is a mapping, its values separated by ` | `."""

    def __init__(self, entries: Any, *, keys: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 5, "cols": 100}), required=False, max_length=50_000, **kwargs)
        self.adapter: TypeAdapter[Any] = TypeAdapter(entries)
        self.keys = keys

    def clean(self, value: Any) -> list[Any]:
        lines = [(number, line.strip()) for number, line in enumerate(super().clean(value).splitlines(), start=1)]
        filled = [(number, self._entry(line)) for number, line in lines if line]
        try:
            entries = self.adapter.validate_python([entry for _, entry in filled])
        except SchemaError as error:
            raise ValidationError([self._problem(detail, filled) for detail in error.errors()]) from error
        return list(self.adapter.dump_python(entries, mode="json"))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(self._line(entry) for entry in value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or []) != "\n".join((data or "").splitlines()))

    def _problem(self, detail: Any, filled: list[tuple[int, Any]]) -> str:
        index, *key = detail["loc"]
        place = " ".join([gettext("Line {line}:").format(line=filled[int(index)][0]), *map(str, key)])
        if detail["type"] == "missing":
            return gettext("{place} is missing: write {keys}.").format(place=place, keys=" | ".join(self.keys))
        if detail["type"] == "string_pattern_mismatch" and key == ["url"]:
            words = gettext("{place} must begin with https:// or http://, and “{address}” does not.")
            return words.format(place=place, address=detail["input"])
        return f"{place} {plainly(detail)}"

    def _entry(self, line: str) -> Any:
        if not self.keys:
            return line
        values = [part.strip() for part in line.split("|", maxsplit=len(self.keys) - 1)]
        return dict(zip(self.keys, values, strict=False))

    def _line(self, entry: Any) -> str:
        if not self.keys:
            return str(entry)
        return " | ".join(str(entry[key]) for key in self.keys if entry.get(key))
