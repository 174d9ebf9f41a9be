"""What our own models, forms and pages of the admin say is said in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.utils import translation
from django.utils.functional import Promise

OURS = ("classes", "lessons", "lti", "quizzes")
MODELS = sorted(
    (model for name in OURS for model in apps.get_app_config(name).get_models()), key=lambda model: model._meta.label
)
ADMINS = sorted(
    (page for page in admin.site._registry.values() if type(page).__module__.partition(".")[0] in OURS),
    key=lambda page: page.model._meta.label,
)


def fixed(texts: Iterator[tuple[str, Any]]) -> list[str]:
    """Where a text stands that is the same in every language."""
    return [f"{place}: {text}" for place, text in texts if text and not isinstance(text, Promise)]


def texts_of_model(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    for name in ("verbose_name", "verbose_name_plural"):
        yield name, model._meta.original_attrs.get(name)
    for field in (field for field in model._meta.fields if not field.auto_created):
        yield f"{field.name}.help_text", field.help_text
        yield f"{field.name}.verbose_name", field._verbose_name
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
    for title, options in page.fieldsets or ():
        yield "fieldset", title
        yield f"{title}.description", options.get("description")
    for shown in {*page.list_display, *page.readonly_fields} - {"__str__"}:
        method = getattr(page, shown, None)
        if method is not None:
            yield shown, getattr(method, "short_description", "nothing")
    for inline in page.inlines:
        yield inline.__name__, inline.verbose_name_plural
    for action in page.actions:
        function = getattr(page, action) if isinstance(action, str) else action
        yield f"action {action}", function.short_description


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_labels_of_models_are_translated_when_they_are_shown(model: type[models.Model]) -> None:
    assert fixed(texts_of_model(model)) == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: page.model._meta.label)
def test_labels_of_forms_are_translated_when_they_are_shown(page: admin.ModelAdmin) -> None:
    assert [text for form in own_forms(page) for text in fixed(texts_of_form(form))] == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: page.model._meta.label)
def test_titles_columns_and_actions_are_translated_when_they_are_shown(page: admin.ModelAdmin) -> None:
    assert fixed(texts_of_page(page)) == []


@pytest.mark.parametrize("page", ADMINS, ids=lambda page: page.model._meta.label)
def test_a_help_text_holds_no_tag_by_accident(page: admin.ModelAdmin) -> None:
    texts = [field.help_text for form in own_forms(page) for field in form.base_fields.values()]
    assert [str(text) for text in texts if "<" in str(text) and not hasattr(text, "__html__")] == []


def test_an_example_in_a_help_text_is_introduced_in_the_readers_language() -> None:
    playground = next(page.form for page in ADMINS if page.model._meta.label == "lessons.Lesson").base_fields
    with translation.override("de"):
        assert "Ein Beispiel:<pre" in str(playground["playground"].help_text).replace(" <pre", "<pre")


def test_a_fixed_text_is_found() -> None:
    assert fixed(iter([("title.help_text", "Short."), ("slug.help_text", "")])) == ["title.help_text: Short."]
