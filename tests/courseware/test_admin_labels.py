"""What our own models, forms and pages of the admin say is said in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path, label_for_field
from django.db import models
from django.utils import translation
from django.utils.functional import Promise

from lessons.admin.courses import LessonForm
from lessons.models import Bookmark, Lesson

OURS = ("classes", "lessons", "lti", "quizzes")
LIBRARIES = ("axes", "lti_tool")


def models_of(*names: str) -> list[type[models.Model]]:
    found = (model for name in names for model in apps.get_app_config(name).get_models())
    return sorted(found, key=lambda model: model._meta.label)


MODELS = models_of(*OURS)
ADMINS = sorted(
    (page for page in admin.site._registry.values() if type(page).__module__.partition(".")[0] in OURS),
    key=lambda page: page.model._meta.label,
)
SAME_IN_GERMAN = {
    "cluster", "code", "demo", "experiment", "matrix", "name", "option", "playground", "pool", "pools", "position",
    "quiz", "slug", "status", "text", "token", "trace", "traces", "version",  # German words too
    "axes", "deep linking", "issuer", "jwk", "jwks", "kubernetes", "line item", "nonce", "origins", "policy",
    "terminal",  # names and terms
    "moodle: access token url.", "moodle: authentication request url.", "moodle: public keyset url.",
}  # fmt: skip


def fixed(texts: Iterator[tuple[str, Any]]) -> list[str]:
    """Where a text stands that is the same in every language."""
    return [f"{place}: {text}" for place, text in texts if text and not isinstance(text, Promise)]


def english(texts: Iterator[tuple[str, Any]]) -> list[str]:
    """Where a text stands that a German reader meets in English."""
    left = []
    for place, text in texts:
        with translation.override("en"):
            original = str(text or "")
        with translation.override("de"):
            if str(text or "") == original and original.lower() not in SAME_IN_GERMAN:
                left.append(f"{place}: {original}")
    return [text for text in left if not text.endswith(": ")]


def texts_of_model(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    for name in ("verbose_name", "verbose_name_plural"):
        yield name, model._meta.original_attrs.get(name, f"no {name}")
    for field in (field for field in model._meta.fields if not field.auto_created):
        yield f"{field.name}.verbose_name", field.verbose_name
        yield f"{field.name}.help_text", field.help_text
        for value, label in field.choices or ():
            yield f"{field.name}={value}", label


def own_forms(page: admin.ModelAdmin) -> list[type[forms.BaseForm]]:
    found = (page.form, *(inline.form for inline in page.inlines))
    return [form for form in found if form.__module__.startswith(OURS)]


def texts_of_form(form: type[forms.BaseForm]) -> Iterator[tuple[str, Any]]:
    for name, field in form.base_fields.items():
        if not field.widget.is_hidden:
            yield f"{name}.label", field.label
        yield f"{name}.help_text", field.help_text
    for kind in ("labels", "help_texts"):
        for name, text in (getattr(getattr(form, "Meta", None), kind, None) or {}).items():
            yield f"{name} in {kind}", text


def texts_of_page(page: admin.ModelAdmin) -> Iterator[tuple[str, Any]]:
    """Columns, filters, sections, tables of what belongs to an object, and actions."""
    yield from heads(page, {*page.list_display, *page.readonly_fields})
    for path in page.list_filter:
        yield f"filter {path}", get_fields_from_path(page.model, path)[-1].verbose_name
    for title, options in page.fieldsets or ():
        yield "fieldset", title
        yield f"{title}.description", options.get("description")
    for inline in page.inlines:
        made = inline(page.model, admin.site)
        yield inline.__name__, made.verbose_name
        yield inline.__name__, made.verbose_name_plural
        yield from heads(made, {*(made.fields or ()), *made.readonly_fields})
    for action in page.actions:
        function = getattr(page, action) if isinstance(action, str) else action
        yield f"action {action}", function.short_description


def heads(page: Any, columns: set[str]) -> Iterator[tuple[str, Any]]:
    for column in sorted(columns - {"__str__"}):
        yield f"column {column}", label_for_field(column, page.model, page)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_names_are_translated_when_they_are_shown(model: type[models.Model]) -> None:
    assert fixed(texts_of_model(model)) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_names_are_said_in_german(model: type[models.Model]) -> None:
    assert english(texts_of_model(model)) == []


@pytest.mark.parametrize("model", models_of(*LIBRARIES), ids=lambda model: model._meta.label)
def test_names_of_libraries_are_said_in_german_where_they_can_be(model: type[models.Model]) -> None:
    names = ((name, model._meta.original_attrs.get(name)) for name in ("verbose_name", "verbose_name_plural"))
    assert english(names) == []


@pytest.mark.parametrize("shown_by", ADMINS, ids=lambda shown_by: shown_by.model._meta.label)
class TestPages:
    def test_labels_of_forms_are_translated_when_they_are_shown(self, shown_by: admin.ModelAdmin) -> None:
        assert [text for form in own_forms(shown_by) for text in fixed(texts_of_form(form))] == []

    def test_labels_of_forms_are_said_in_german(self, shown_by: admin.ModelAdmin) -> None:
        assert [text for form in own_forms(shown_by) for text in english(texts_of_form(form))] == []

    def test_a_field_is_called_the_same_in_forms_as_in_lists(self, shown_by: admin.ModelAdmin) -> None:
        for form in own_forms(shown_by):
            model = form._meta.model  # type: ignore[attr-defined]
            named = {field.name: str(field.verbose_name).lower() for field in model._meta.fields if model in MODELS}
            called = {name: str(field.label).lower() for name, field in form.base_fields.items() if name in named}
            assert called == {name: named[name] for name in called}

    def test_columns_filters_titles_and_actions_are_translated_when_they_are_shown(
        self, shown_by: admin.ModelAdmin
    ) -> None:
        assert fixed(texts_of_page(shown_by)) == []

    def test_columns_filters_titles_and_actions_are_said_in_german(self, shown_by: admin.ModelAdmin) -> None:
        assert english(texts_of_page(shown_by)) == []

    def test_a_help_text_holds_no_tag_by_accident(self, shown_by: admin.ModelAdmin) -> None:
        texts = [field.help_text for form in own_forms(shown_by) for field in form.base_fields.values()]
        assert [str(text) for text in texts if "<" in str(text) and not hasattr(text, "__html__")] == []


@pytest.mark.parametrize("name", [*OURS, *LIBRARIES])
def test_the_index_names_an_app_in_german(name: str) -> None:
    assert english(iter([(name, apps.get_app_config(name).verbose_name)])) == []


def test_an_example_in_a_help_text_is_introduced_in_the_readers_language() -> None:
    with translation.override("de"):
        assert "Ein Beispiel:<pre" in str(LessonForm.base_fields["playground"].help_text).replace(" <pre", "<pre")


def test_a_fixed_text_is_found() -> None:
    assert fixed(iter([("title.help_text", "Short."), ("slug.help_text", "")])) == ["title.help_text: Short."]


def test_a_text_without_a_german_form_is_found() -> None:
    texts = [("list", Lesson._meta.verbose_name), ("shelf", translation.gettext_lazy("Shelf mark")), ("note", "")]
    assert english(iter(texts)) == ["shelf: Shelf mark"]


def test_a_name_that_django_makes_of_an_attribute_is_found() -> None:
    class Shelf(models.Model):
        board_count = models.IntegerField()

        class Meta:
            app_label = "lessons"
            managed = False
            abstract = True

    field = Shelf._meta.get_field("board_count")
    field.set_attributes_from_name("board_count")
    assert fixed(iter([("board_count", field.verbose_name)])) == ["board_count: board count"]


def test_a_column_of_a_page_is_read_from_its_model() -> None:
    page = next(page for page in ADMINS if page.model is Bookmark)
    assert ("column note", Bookmark._meta.get_field("note").verbose_name) in list(heads(page, {"note"}))
