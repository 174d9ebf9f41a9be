"""A course's files become rows: idempotent, careful with edits and predictions, exact about mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from lessons.content.content_schema import LessonContent
from lessons.content.importing import bundle_digest, import_courses
from lessons.content.lesson_bundle import LessonBundle
from lessons.content.schema import ContentError
from lessons.models import (
    Course,
    Experiment,
    Learner,
    Lesson,
    Prediction,
    Scene,
    SimulationRun,
    TraceAnswer,
    TraceExercise,
)
from lessons.signals import lesson_imported
from tests.lessons.factories import PROBE, SCENE

pytestmark = pytest.mark.django_db

LESSON = """\
---
title: Services
slug: services
position: 1
objectives: [Name the rule.]
sources: [{title: Docs, url: "https://kubernetes.io/docs/"}]
glossary: [{term: Service, meaning: A stable address.}]
---

# Rules

::experiment[first]
"""
EXPERIMENT = {
    "slug": "first",
    "title": "First",
    "probe": PROBE,
    "question": "What does the client see?",
    "options": [
        {"text": "A connection", "when": {"client_sees": "connected"}, "explanation": "Yes."},
        {"text": "A refusal", "when": {"client_sees": "refused"}, "explanation": "No."},
    ],
}

TRACES = """\
- slug: followed
  kind: worked
  title: Followed
  probe: {from: pod/ops/client, to: pod/app/one, port: 8080}
  notes: [{row: 1, text: It starts here.}]
- slug: filled
  kind: blanks
  title: Filled
  probe: {from: pod/ops/client, to: pod/app/one, port: 8080}
  blanks: [{row: 1, column: destination}, {row: 2, column: mac}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course with one lesson: course.yaml, 01-services/{lesson.md, scene.yaml, experiments.yaml, traces.yaml}."""
    lesson = tmp_path / "course" / "01-services"
    lesson.mkdir(parents=True)
    (lesson.parent / "course.yaml").write_text("slug: networking\ntitle: Networking\nsummary: How packets travel.\n")
    (lesson / "lesson.md").write_text(LESSON)
    (lesson / "scene.yaml").write_text(SCENE)
    (lesson / "traces.yaml").write_text(TRACES)
    write_experiments(lesson, EXPERIMENT)
    return tmp_path


def write_experiments(lesson: Path, *experiments: object) -> None:
    (lesson / "experiments.yaml").write_text(yaml.safe_dump(list(experiments), sort_keys=False))


def run(folder: Path, *, force: bool = False) -> list[str]:
    lines: list[str] = []
    import_courses(folder, force=force, report=lines.append)
    return lines


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def lesson_file(folder: Path, name: str) -> Path:
    return folder / "course" / "01-services" / name


def test_a_course_is_created_published_with_everything_in_it(folder: Path) -> None:
    assert run(folder) == ["Course networking: created.", "Lesson services: created."]
    lesson = Lesson.objects.get(status="published", course__status="published")
    assert (lesson.title, lesson.objectives, lesson.body) == (
        "Services",
        ["Name the rule."],
        "# Rules\n\n::experiment[first]",
    )
    assert [option.text for option in Experiment.objects.get().options.all()] == ["A connection", "A refusal"]
    assert list(TraceExercise.objects.values_list("slug", "kind")) == [("followed", "worked"), ("filled", "blanks")]


def test_importing_again_changes_nothing(folder: Path) -> None:
    run(folder)
    before = list(Lesson.objects.values()), list(Experiment.objects.values())
    assert run(folder) == []
    assert (list(Lesson.objects.values()), list(Experiment.objects.values())) == before


def test_the_first_learner_finds_the_simulation_done(folder: Path) -> None:
    run(folder)
    assert set(SimulationRun.objects.values_list("kind", "state")) == {("trace", "done"), ("diagram", "done")}


@pytest.mark.parametrize(
    ("name", "old", "new", "part"),
    [
        ("lesson.md", "title: Services", "title: Virtual addresses", "title"),
        ("lesson.md", "# Rules", "# Other rules", "body"),
        ("scene.yaml", "metadata: {name: small}", "metadata: {name: smaller}", "scene"),
        ("experiments.yaml", "question: What", "question: Well, what", "experiment first"),
        ("experiments.yaml", "explanation: Yes.", "explanation: Indeed.", "experiment first"),
        ("traces.yaml", "text: It starts here.", "text: It begins here.", "trace followed"),
    ],
)
def test_a_change_in_a_file_is_brought_in(folder: Path, name: str, old: str, new: str, part: str) -> None:
    run(folder)
    change(lesson_file(folder, name), old, new)
    assert run(folder) == [f"Lesson services: updated {part}."]
    assert run(folder) == []


@pytest.mark.parametrize(
    ("edit", "part"),
    [
        pytest.param(lambda: Lesson.objects.update(title="Mine"), "title", id="lesson"),
        pytest.param(lambda: Scene.objects.update(manifests=SCENE + "\n"), "scene", id="scene"),
        pytest.param(lambda: Experiment.objects.update(question="Mine?"), "experiment first", id="experiment"),
        pytest.param(
            lambda: TraceExercise.objects.filter(slug="filled").update(title="Mine"), "trace filled", id="trace"
        ),
        pytest.param(
            lambda: Experiment.objects.get().options.update(explanation="Mine."), "experiment first", id="option"
        ),
    ],
)
def test_what_was_edited_in_the_admin_is_left_alone_unless_forced(
    folder: Path, edit: Callable[[], None], part: str
) -> None:
    run(folder)
    edit()
    assert run(folder) == [f"Lesson services: was edited in the admin; left alone (--force overwrites {part})."]
    assert run(folder, force=True) == [f"Lesson services: updated {part}."]
    assert run(folder) == []


def test_a_course_edited_in_the_admin_is_left_alone_unless_forced(folder: Path) -> None:
    run(folder)
    Course.objects.update(title="Mine")
    assert run(folder) == ["Course networking: was edited in the admin; left alone (--force overwrites title)."]
    run(folder, force=True)
    assert Course.objects.get().title == "Networking"


def test_publishing_state_is_the_admins(folder: Path) -> None:
    run(folder)
    Lesson.objects.update(status="draft")
    change(lesson_file(folder, "lesson.md"), "# Rules", "# Other rules")
    run(folder)
    assert Lesson.objects.get().status == "draft"


def test_predictions_survive_every_import(folder: Path) -> None:
    run(folder)
    option = Experiment.objects.get().options.all()[0]
    Prediction.objects.create(learner=Learner.objects.create(), experiment=option.experiment, option=option)
    change(lesson_file(folder, "experiments.yaml"), "explanation: Yes.", "explanation: Indeed.")
    run(folder)
    assert Prediction.objects.get().option == option
    write_experiments(lesson_file(folder, ""), EXPERIMENT | {"slug": "second"})
    assert run(folder) == [
        "Lesson services: updated experiment second (new), experiment first (gone).",
        "Experiment first: is no longer among the files; kept, because it has predictions.",
    ]
    assert Prediction.objects.count() == 1


def test_an_experiment_without_predictions_goes_with_its_file(folder: Path) -> None:
    run(folder)
    write_experiments(lesson_file(folder, ""), EXPERIMENT | {"slug": "second"})
    text = lesson_file(folder, "lesson.md")
    text.write_text(text.read_text().replace("::experiment[first]", "::experiment[second]"))
    run(folder)
    assert Experiment.objects.get().slug == "second"


def test_a_trace_goes_with_its_file_unless_somebody_worked_on_it(folder: Path) -> None:
    run(folder)
    TraceAnswer.objects.create(learner=Learner.objects.create(), exercise=TraceExercise.objects.get(slug="filled"))
    lesson_file(folder, "traces.yaml").unlink()
    assert run(folder) == [
        "Lesson services: updated trace followed (gone), trace filled (gone).",
        "Trace followed: deleted.",
        "Trace filled: is no longer among the files; kept, because it has answers.",
    ]
    assert TraceAnswer.objects.count() == 1


def test_a_lesson_without_a_folder_is_kept_and_said(folder: Path) -> None:
    run(folder)
    lesson_file(folder, "lesson.md").unlink()
    assert run(folder) == [
        "Lesson services: is no longer among the files; kept. Delete it in the admin if that is meant."
    ]


def test_other_apps_import_what_is_theirs(folder: Path) -> None:
    heard: list[tuple[str, str, bool]] = []

    def listen(lesson: Lesson, folder: Path, force: bool, **_: object) -> None:
        heard.append((lesson.slug, folder.name, force))

    lesson_imported.connect(listen)
    try:
        run(folder)
        run(folder, force=True)
    finally:
        lesson_imported.disconnect(listen)
    assert heard == [("services", "01-services", False), ("services", "01-services", True)]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        pytest.param("lesson.md", "title: Services\n", "", "lesson.md: title: is missing", id="missing key"),
        pytest.param(
            "lesson.md", "position: 1", "postion: 1", "lesson.md: postion: no such key here", id="unknown key"
        ),
        pytest.param("lesson.md", "position: 1", "position: ]", "lesson.md: line 4", id="no YAML"),
        pytest.param("lesson.md", "---\n", "", "lesson.md: must begin with front matter", id="no front matter"),
        pytest.param(
            "lesson.md", "experiment[first]", "experiment[fist]", "places ::experiment[fist]", id="no such place"
        ),
        pytest.param("experiments.yaml", "client_sees: connected", "rcode: X", "There is no rcode here;", id="no key"),
        pytest.param("experiments.yaml", "sees: refused", "see: refused", "no client_see here;", id="a slip beside"),
        pytest.param("experiments.yaml", "port: 80\n", "port: http\n", "experiments[0].probe.port", id="bad port"),
        pytest.param("experiments.yaml", "ops/client", "ops/nobody", "(first).probe: no Pod ops/nobody", id="no Pod"),
        pytest.param(
            "experiments.yaml", "sees: refused", "sees: connected", "options 1, 2 are", id="two right options"
        ),
        pytest.param("experiments.yaml", "connected", "timeout", "none is. It finds client_sees: connected", id="none"),
        pytest.param("experiments.yaml", "A refusal", "A connection", "options: used more than once", id="same option"),
        pytest.param("scene.yaml", "port: 80,", "port: 80000,", "scene.yaml:40: spec.ports[0].port", id="bad manifest"),
        pytest.param("traces.yaml", "kind: worked", "kind: workd", "traces.yaml: traces[0]: ", id="unknown kind"),
        pytest.param("traces.yaml", "row: 2", "row: 1", "[1] (filled).blanks[1]: row 1 has nothing", id="empty cell"),
        pytest.param("traces.yaml", "pod/app/one", "pod/app/six", "[0] (followed).probe: no Pod", id="no target"),
        pytest.param("traces.yaml", "slug: filled", "slug: followed", "slugs used more than once", id="same slug"),
        pytest.param("../course.yaml", "title", "titel", "course.yaml: title: is missing", id="bad course"),
    ],
)
def test_a_mistake_is_named_with_file_and_key_and_nothing_is_changed(
    folder: Path, name: str, old: str, new: str, expected: str
) -> None:
    change(lesson_file(folder, name), old, new)
    with pytest.raises(ContentError) as caught:
        run(folder)
    assert expected in str(caught.value)
    assert not Course.objects.exists()


def test_a_missing_file_is_named(folder: Path) -> None:
    lesson_file(folder, "scene.yaml").unlink()
    with pytest.raises(ContentError, match=r"scene\.yaml: is missing"):
        run(folder)


def test_the_command_reports_changes_and_fails_with_the_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_course", str(folder))
    call_command("import_course", str(folder))
    assert capsys.readouterr().out.splitlines() == [
        "Course networking: created.",
        "Lesson services: created.",
        "Nothing to change.",
    ]
    change(lesson_file(folder, "lesson.md"), "slug: services", "slug: No Slug")
    with pytest.raises(CommandError, match=r"lesson\.md: slug: String should match"):
        call_command("import_course", str(folder))


class LaterLesson(LessonContent):
    """A lesson as a later version of this program knows it."""

    difficulty: str = ""


def test_a_key_that_a_later_version_adds_leaves_old_lessons_unchanged() -> None:
    values = {"title": "Rules", "slug": "rules", "position": 1}
    now = LessonBundle(LessonContent(**values), "", ())
    assert bundle_digest(LessonBundle(LaterLesson(**values), "", ())) == bundle_digest(now)
    assert bundle_digest(LessonBundle(LaterLesson(**values, difficulty="hard"), "", ())) != bundle_digest(now)
