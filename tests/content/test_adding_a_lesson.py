"""The example in docs/adding-a-lesson.md is a lesson: it loads, plays, and its quiz can be solved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lessons.content.course_files import read_lesson
from lessons.content.schema import read_yaml
from lessons.runs.expectations import holds
from quizzes.content_schema import parse_quiz
from quizzes.kinds import KINDS
from tests.content.shipped import COURSE, ShippedLesson

DOCUMENT = COURSE.parents[1] / "docs" / "adding-a-lesson.md"
FILES = ("lesson.md", "scene.yaml", "experiments.yaml", "quiz.yaml")


@pytest.fixture
def lesson(tmp_path: Path) -> ShippedLesson:
    """The document's code blocks as files: the first block under each file's heading."""
    for name in FILES:
        block = re.search(rf"^### {name}\n.*?^(`{{3,}})\w+\n(.*?)^\1$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
        assert block is not None, name
        (tmp_path / name).write_text(block[2])
    bundle = read_lesson(tmp_path)
    quiz = parse_quiz(read_yaml((tmp_path / "quiz.yaml").read_text()), "quiz.yaml")
    return ShippedLesson("example", bundle.lesson, bundle.scene, bundle.experiments, quiz, bundle.traces)


def test_its_experiment_has_one_right_option(lesson: ShippedLesson) -> None:
    [experiment] = lesson.experiments
    exchange = lesson.played(experiment)
    assert [option.text for option in experiment.options if holds(option.when, exchange)] == ["8080"]


def test_it_shows_every_kind_of_question(lesson: ShippedLesson) -> None:
    assert {question.kind for question in lesson.questions()} == set(KINDS)


def test_every_question_is_solved_by_its_key(lesson: ShippedLesson) -> None:
    for question in lesson.questions():
        facts = lesson.facts(question)
        kind = KINDS[question.kind]
        assert kind.grade(question.spec, kind.solution(question.spec, facts), facts).fraction == 1


def test_its_text_places_its_experiment(lesson: ShippedLesson) -> None:
    assert "::experiment[which-port]" in lesson.text.body
