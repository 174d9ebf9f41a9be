"""The example in docs/adding-a-lesson.md is a lesson: it loads, plays, and its quiz can be solved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lessons.content.course_files import read_lesson
from lessons.content.schema import read_yaml
from lessons.runs.expectations import holds
from quizzes.content.schema import parse_quiz
from quizzes.kinds import KINDS
from tests.content.shipped import COURSE, ShippedLesson

DOCUMENT = COURSE.parents[1] / "docs" / "adding-a-lesson.md"
FILES = ("lesson.md", "scene.yaml", "experiments.yaml", "quiz.yaml")
QUESTIONS = ("Write YAML", "Choose a device", "Choose the decisive command", "Predict the packet")


@pytest.fixture
def lesson(tmp_path: Path) -> ShippedLesson:
    """The document's code blocks as files: the first block under each file's heading, and more questions."""
    for name in FILES:
        (tmp_path / name).write_text(block_under(name))
    bundle = read_lesson(tmp_path)
    data = read_yaml((tmp_path / "quiz.yaml").read_text())
    assert isinstance(data, dict)
    data["questions"] += [question for name in QUESTIONS for question in read_yaml(block_under(name))]  # type: ignore[union-attr]
    quiz = parse_quiz(data, "quiz.yaml")
    return ShippedLesson("example", bundle.lesson, bundle.scene, bundle.experiments, quiz, bundle.traces)


def block_under(heading: str) -> str:
    found = re.search(rf"^### {heading}\n.*?^(`{{3,}})\w+\n(.*?)^\1$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[2]


def test_its_experiment_has_one_right_option(lesson: ShippedLesson) -> None:
    [experiment] = lesson.experiments
    exchange = lesson.played(experiment)
    assert [option.text for option in experiment.options if holds(option.when, exchange)] == ["8080"]


def test_it_shows_every_kind_of_question(lesson: ShippedLesson) -> None:
    assert {question.kind for question in lesson.questions()} == set(KINDS)


def test_every_question_is_solved_by_its_key_and_by_no_mistake(lesson: ShippedLesson) -> None:
    for question in lesson.questions():
        kind = KINDS[question.kind]
        facts = lesson.facts(question)
        solution = kind.solution(question.spec, facts)
        assert kind.grade(question.spec, solution, lesson.facts(question, solution)).fraction == 1
        for wrong in kind.distractors(question.spec, facts):
            assert kind.grade(question.spec, wrong, lesson.facts(question, wrong)).fraction < 1


def test_its_text_places_its_experiment(lesson: ShippedLesson) -> None:
    assert "::experiment[which-port]" in lesson.text.body
