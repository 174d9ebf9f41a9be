"""An instructor edits traces: the engine has the last word before anything is stored."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from lessons.admin.traces import EXAMPLE
from lessons.content.schema import parse
from lessons.models import Lesson, TraceExercise
from lessons.traces.schema import AnyTrace
from tests.lessons.factories import TRACES, make_instructor, make_lesson, make_trace

pytestmark = pytest.mark.django_db
PROBE = {"from": "pod/ops/client", "to": "pod/app/one", "port": 8080}
NEEDED = {"worked": {"notes"}, "blanks": {"blanks"}, "alone": {"ask", "explanation"}}
OWN_KEYS = set().union(*NEEDED.values())
GAPS = {"probe": PROBE, **TRACES["blanks"]}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_instructor())
    return client


def add(admin: Client, lesson: Lesson, content: Any, kind: str = "blanks", position: int = 1) -> Any:
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    data = {"lesson": lesson.pk, "title": "Gaps", "slug": "gaps", "kind": kind, "position": position, "content": text}
    return admin.post(reverse("admin:lessons_traceexercise_add"), data)


def test_a_fit_exercise_is_stored_as_the_files_would_store_it(admin: Client) -> None:
    assert add(admin, make_lesson(), GAPS).status_code == 302
    assert TraceExercise.objects.get().content == GAPS


@pytest.mark.parametrize(("position", "stored"), [(0, 5), (2, 2)], ids=["left out", "chosen"])
def test_a_new_exercise_without_a_position_comes_last(admin: Client, position: int, stored: int) -> None:
    lesson = make_lesson()
    TraceExercise.objects.filter(pk=make_trace(lesson, "worked").pk).update(position=4)
    assert add(admin, lesson, GAPS, position=position).status_code == 302
    assert TraceExercise.objects.get(slug="gaps").position == stored


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param("a: [", "line 1, column", id="no YAML"),
        pytest.param(GAPS | {"blnks": []}, "blnks: no such key", id="an unknown key"),
        pytest.param(
            GAPS | {"blanks": [{"row": 1, "column": "ttl"}, {"row": 90, "column": "ttl"}]}, "no row 90", id="row"
        ),
        pytest.param(
            GAPS | {"blanks": [{"row": 1, "column": "ttl"}, {"row": 1, "column": "mac"}]}, "nothing", id="empty"
        ),
        pytest.param(GAPS | {"probe": PROBE | {"from": "pod/ops/nobody"}}, "no Pod ops/nobody", id="refused"),
        pytest.param(GAPS | {"changes": "kind: Nothing"}, "changes.yaml", id="bad changes"),
    ],
)
def test_a_mistake_is_named_and_the_text_stays(admin: Client, content: Any, error: str) -> None:
    response = add(admin, make_lesson(), content)
    form = response.context["adminform"].form
    assert error in " ".join(form.errors["content"])
    assert "blanks" in form["content"].value() or form["content"].value() == "a: ["
    assert not TraceExercise.objects.exists()


def test_the_author_sees_the_rows_that_gaps_refer_to(admin: Client) -> None:
    page = admin.get(reverse("admin:lessons_traceexercise_change", args=[make_trace().pk])).content.decode()
    assert "[10.244.1.3:8080]" in page


def test_the_author_sees_the_rows_before_notes_are_written(admin: Client) -> None:
    page = add(admin, make_lesson(), {"probe": PROBE}, "worked").content.decode()
    assert "notes: is missing" in page
    assert "(Pod ops/client on n1)" in page


@pytest.mark.parametrize(("kind", "needed"), list(NEEDED.items()), ids=list(NEEDED))
def test_the_example_of_the_form_fits_every_kind(kind: str, needed: set[str]) -> None:
    document = {key: value for key, value in yaml.safe_load(EXAMPLE).items() if key not in OWN_KEYS - needed}
    assert parse(AnyTrace, {"slug": "example", "title": "Example", "kind": kind, **document}).root.kind == kind


def test_saving_an_unchanged_exercise_changes_nothing(admin: Client) -> None:
    url = reverse("admin:lessons_traceexercise_change", args=[make_trace().pk])
    before = TraceExercise.objects.values().get()
    form = admin.get(url).context["adminform"].form
    assert admin.post(url, {field.html_name: field.value() for field in form}).status_code == 302
    assert TraceExercise.objects.values().get() == before


def test_a_lesson_with_an_unfit_trace_is_not_published(admin: Client) -> None:
    lesson = make_lesson(status="draft")
    make_trace(lesson, blanks=[{"row": 1, "column": "ttl"}, {"row": 90, "column": "ttl"}])
    data = {"action": "publish_lessons", "_selected_action": [lesson.pk]}
    response = admin.post(reverse("admin:lessons_lesson_changelist"), data, follow=True)
    assert "there is no row 90" in response.content.decode()
    assert Lesson.objects.get().status == "draft"


def test_a_trace_is_added_from_its_lesson(admin: Client) -> None:
    lesson = make_lesson()
    page = admin.get(reverse("admin:lessons_lesson_change", args=[lesson.pk])).content.decode()
    assert f'href="/admin/lessons/traceexercise/add/?lesson={lesson.pk}"' in page


@pytest.mark.parametrize("model", ["traceanswer", "checkanswer"])
def test_learners_work_is_read_only(admin: Client, model: str) -> None:
    assert admin.get(reverse(f"admin:lessons_{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:lessons_{model}_add")).status_code == 403
