"""quiz.yaml: its schema, its import with the lesson, its errors that name file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lessons.content.schema import ContentError
from lessons.models import Lesson, Status
from lessons.signals import lesson_imported
from quizzes.content.schema import parse_quiz
from quizzes.models import Question, QuestionRevision, Quiz
from quizzes.questions import yaml_text
from tests.lessons.factories import make_experiment, make_lesson
from tests.quizzes.factories import SPECS, make_attempt

pytestmark = pytest.mark.django_db


def document(**changes: Any) -> dict[str, Any]:
    questions = [{"slug": slug, "kind": kind, "points": points, **spec} for slug, (kind, points, spec) in SPECS.items()]
    return {"title": "Rules", "intro": "Some questions.", "pass_percent": 60, "questions": questions} | changes


@pytest.fixture
def lesson() -> Lesson:
    return make_experiment(make_lesson()).lesson


def bring(lesson: Lesson, folder: Path, content: Any, *, force: bool = False) -> list[str]:
    """Imports a quiz.yaml; returns what the author is told."""
    (folder / "quiz.yaml").write_text(content if isinstance(content, str) else yaml_text.dump(content))
    lines: list[str] = []
    lesson_imported.send(sender=Lesson, lesson=lesson, folder=folder, force=force, report=lines.append)
    return lines


def test_a_quiz_is_imported_with_its_questions_in_order(lesson: Lesson, tmp_path: Path) -> None:
    assert bring(lesson, tmp_path, document()) == [f"{tmp_path}/quiz.yaml: added the quiz with 4 questions"]
    quiz = Quiz.objects.get(lesson=lesson)
    assert (quiz.title, quiz.pass_percent, quiz.policy, quiz.status) == ("Rules", 60, None, Status.PUBLISHED)
    assert [(q.slug, q.kind, q.points, q.spec) for q in quiz.questions.all()] == [
        (slug, *content) for slug, content in SPECS.items()
    ]


def test_a_lesson_without_a_quiz_gets_none(lesson: Lesson, tmp_path: Path) -> None:
    lesson_imported.send(sender=Lesson, lesson=lesson, folder=tmp_path, force=False, report=print)
    assert not Quiz.objects.exists()


def test_importing_twice_changes_nothing_and_says_nothing(lesson: Lesson, tmp_path: Path) -> None:
    bring(lesson, tmp_path, document())
    before = list(Question.objects.values())
    assert bring(lesson, tmp_path, document()) == []
    assert list(Question.objects.values()) == before


def test_a_changed_file_updates_questions_and_keeps_what_was_asked(lesson: Lesson, tmp_path: Path) -> None:
    bring(lesson, tmp_path, document())
    attempt = make_attempt(Quiz.objects.get(lesson=lesson))
    told = bring(lesson, tmp_path, document(questions=document()["questions"][:2]))
    assert told == [f"{tmp_path}/quiz.yaml: updated question source (gone), question way (gone) of the quiz"]
    assert [question.slug for question in Quiz.objects.get().questions.all()] == ["sees", "true"]
    assert attempt.answers.count() == QuestionRevision.objects.count() == 4


def test_what_was_edited_in_the_admin_is_kept_unless_forced(lesson: Lesson, tmp_path: Path) -> None:
    bring(lesson, tmp_path, document())
    Quiz.objects.update(title="Edited")
    kept = f"{tmp_path}/quiz.yaml: kept the quiz as it was edited in the admin (--force overwrites title)"
    assert bring(lesson, tmp_path, document(title="New")) == [kept]
    assert Quiz.objects.get().title == "Edited"
    bring(lesson, tmp_path, document(title="New"), force=True)
    assert Quiz.objects.get().title == "New"


def test_the_order_of_questions_is_that_of_the_file(lesson: Lesson, tmp_path: Path) -> None:
    bring(lesson, tmp_path, document())
    told = bring(lesson, tmp_path, document(questions=document()["questions"][::-1]))
    assert told == [f"{tmp_path}/quiz.yaml: updated the order of the quiz"]
    assert [question.slug for question in Quiz.objects.get().questions.all()] == list(SPECS)[::-1]


def without(slug: str, *path: Any) -> dict[str, Any]:
    """The document, with one key of a question taken away."""
    content: dict[str, Any] = yaml.safe_load(yaml.safe_dump(document()))
    place: Any = next(question for question in content["questions"] if question["slug"] == slug)
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("[1, 2]", "quiz.yaml: must be a mapping", id="list"),
        pytest.param("title: [", "quiz.yaml: line 1, column", id="no YAML"),
        pytest.param(document(questions="all"), "quiz.yaml: questions: must be a list", id="questions that are text"),
        pytest.param(document(questions=[]), "questions", id="no question"),
        pytest.param(document(pass_percent=101), "pass_percent", id="more than all points"),
        pytest.param(document(color="red"), "color", id="unknown key"),
        pytest.param(document(questions=document()["questions"][:1] * 2), "slug used more than once: sees", id="twice"),
        pytest.param(without("sees", "kind"), r"questions\[0\].kind: is ''; it must be one of", id="no kind"),
        pytest.param(without("sees", "prompt"), r"questions\[0\].prompt: is missing", id="no prompt"),
        pytest.param(
            without("true", "options", 1, "explanation"),
            r"questions\[1\].options\[1\].explanation: is missing",
            id="an option without explanation",
        ),
        pytest.param(without("way", "hops", 2, "label"), r"questions\[3\].hops\[2\].label: is missing", id="no label"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(
    content: Any, message: str, lesson: Lesson, tmp_path: Path
) -> None:
    with pytest.raises(ContentError, match=message):
        bring(lesson, tmp_path, content)
    assert not Quiz.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"experiment": "gone"},
            r"questions\[0\] \(sees\): experiment: the lesson has no experiment 'gone'; it has first",
        ),
        (
            {"options": [{**option, "when": {"client_sees": "x"}} for option in SPECS["sees"][2]["options"]]},
            r"questions\[0\] \(sees\): options: exactly one has to be right; the engine finds none of them",
        ),
    ],
    ids=["unknown experiment", "no option that the engine finds right"],
)
def test_a_question_that_the_engine_cannot_grade_is_refused(
    changes: dict[str, Any], message: str, lesson: Lesson, tmp_path: Path
) -> None:
    questions = document()["questions"]
    with pytest.raises(ContentError, match=message):
        bring(lesson, tmp_path, document(questions=[questions[0] | changes, *questions[1:]]))
    assert not Quiz.objects.exists()


def test_the_schema_accepts_what_it_wrote() -> None:
    content = parse_quiz(document(), "quiz.yaml")
    assert [question.spec for question in content.questions] == [spec for _, _, spec in SPECS.values()]
