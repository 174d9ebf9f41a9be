"""An author brings an earlier version of a lesson back, whole, and nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lessons import versions
from lessons.learners import learner_of
from lessons.models import Experiment, Lesson, LessonVersion, Prediction, Status
from tests.lessons.factories import SCENE, make_experiment, make_instructor, make_user
from tests.lessons.test_admin import change_url, messages_of, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_instructor())
    return client


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


@pytest.fixture
def lesson(experiment: Experiment) -> Lesson:
    return experiment.lesson


def history(client: Client, lesson: Lesson) -> Any:
    return client.get(reverse("admin:lessons_lesson_history", args=[lesson.pk]))


def bring_back(client: Client, version: LessonVersion) -> Any:
    url = reverse("admin:lessons_lesson_bring_back", args=[version.lesson_id, version.pk])
    return client.post(url, follow=True)


def first_of(lesson: Lesson) -> LessonVersion:
    return lesson.versions.order_by("pk")[0]


def test_saving_keeps_what_was_there_and_what_is(admin: Client, lesson: Lesson) -> None:
    post(admin, change_url(lesson), title="Another title")
    assert [(each.content["lesson"]["title"], str(each.author)) for each in lesson.versions.all()] == [
        ("Another title", "ben"), (lesson.title, "None"),
    ]  # fmt: skip


def test_saving_without_a_change_keeps_one_version(admin: Client, lesson: Lesson) -> None:
    for _ in range(2):
        post(admin, change_url(lesson))
    assert lesson.versions.count() == 1


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        pytest.param(lambda lesson: lesson, "body", "body", id="the text"),
        pytest.param(lambda lesson: lesson.scene, "title", "scene", id="the scene"),
        pytest.param(lambda lesson: lesson.experiments.get(), "takeaway", "experiment first", id="an experiment"),
        pytest.param(lambda lesson: lesson.experiments.get(), "options-0-text", "experiment first", id="an option"),
    ],
)
def test_the_history_names_what_was_changed_and_brings_it_back(
    admin: Client, lesson: Lesson, row: Any, field: str, words: str
) -> None:
    before = versions._content(lesson)
    post(admin, change_url(row(lesson)), **{field: "Something else."})
    assert versions._content(lesson) != before
    listed = history(admin, lesson).context["versions"]
    assert [(each.changed, each.current) for each in listed] == [((words,), True), ((), False)]
    bring_back(admin, listed[1].version)
    assert versions._content(lesson) == before


def test_what_was_there_before_is_in_the_history_afterwards(admin: Client, lesson: Lesson) -> None:
    post(admin, change_url(lesson), title="Another title")
    Lesson.objects.update(title="By an import")
    bring_back(admin, first_of(lesson))
    titles = [each.content["lesson"]["title"] for each in lesson.versions.all()]
    assert titles == [lesson.title, "By an import", "Another title", lesson.title]


def test_where_a_lesson_stands_is_left_as_it_is(admin: Client, lesson: Lesson) -> None:
    post(admin, change_url(lesson), title="Another title")
    Lesson.objects.update(position=7, status=Status.DRAFT, slug="moved", imported_digest="of the last import")
    bring_back(admin, first_of(lesson))
    kept = Lesson.objects.get()
    assert (kept.position, kept.status, kept.slug, kept.imported_digest) == (7, "draft", "moved", "of the last import")
    assert kept.title == lesson.title


def test_a_deleted_experiment_comes_back_with_its_options(
    admin: Client, lesson: Lesson, experiment: Experiment
) -> None:
    options = experiment.options.count()
    admin.post(reverse("admin:lessons_experiment_delete", args=[experiment.pk]), {"post": "yes"})
    assert not lesson.experiments.exists()
    bring_back(admin, first_of(lesson))
    assert lesson.experiments.get().options.count() == options


def test_a_newer_experiment_goes_unless_somebody_predicted(
    admin: Client, lesson: Lesson, experiment: Experiment
) -> None:
    post(admin, change_url(lesson))
    for slug in ("unused", "used"):
        newer = make_experiment(lesson, slug=slug)
    option = newer.options.all()[0]
    Prediction.objects.create(
        learner=learner_of(make_user("ada")), experiment=newer, option=option, option_text=option.text, confidence=50
    )
    response = bring_back(admin, first_of(lesson))
    assert sorted(lesson.experiments.values_list("slug", flat=True)) == sorted([experiment.slug, "used"])
    assert any("is newer than this version. It stays" in message for message in messages_of(response))


def test_a_version_that_does_not_work_any_more_makes_a_draft(admin: Client, lesson: Lesson) -> None:
    post(admin, change_url(lesson))
    version = first_of(lesson)
    version.content["scene"]["manifests"] = SCENE.replace("name: client", "name: nobody")
    version.save()
    response = bring_back(admin, version)
    assert Lesson.objects.get().status == Status.DRAFT
    assert any(message.startswith("Saved as a draft: Experiment") for message in messages_of(response))


def test_only_who_may_change_lessons_brings_one_back(client: Client, lesson: Lesson) -> None:
    versions.keep(lesson, None)
    reader = make_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_lesson"))
    client.force_login(reader)
    assert bring_back(client, first_of(lesson)).status_code == 403
    assert b"Bring this version back" not in history(client, lesson).content


def test_looking_changes_nothing(admin: Client, lesson: Lesson) -> None:
    versions.keep(lesson, None)
    url = reverse("admin:lessons_lesson_bring_back", args=[lesson.pk, first_of(lesson).pk])
    assert admin.get(url).status_code == 405


def test_the_oldest_versions_are_forgotten(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST_VERSIONS", 2)
    for title in ("One", "Two", "Three"):
        Lesson.objects.update(title=title)
        versions.keep(lesson, None)
    assert [each.content["lesson"]["title"] for each in lesson.versions.all()] == ["Three", "Two"]


def test_a_lesson_without_a_version_says_when_there_will_be_one(admin: Client, lesson: Lesson) -> None:
    assert b"No version is kept yet" in history(admin, lesson).content


def test_options_of_the_same_text_come_back_as_they_were(lesson: Lesson, experiment: Experiment) -> None:
    first, *_ = experiment.options.all()
    experiment.options.create(text=first.text, position=9, when={}, explanation="Another.")
    experiment.options.create(text="Nothing else.", position=10, when={}, explanation="A third.")
    before = list(experiment.options.values())
    versions.keep(lesson, None)
    experiment.options.filter(position__gte=9).update(explanation="Changed.")
    versions.bring_back(first_of(lesson), None)
    assert list(experiment.options.values()) == before
