"""What every lesson is made of: objectives, sources, experiments, myths, and references that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lessons.content.content_schema import ExperimentContent, MythContent
from tests.content.shipped import LESSONS, ShippedLesson

KUBERNETES = "1.37"
OBJECTIVES, KEY_POINTS, SOURCES, TERMS, EXPERIMENTS, MYTHS = 4, 5, 5, 5, 3, 16
"""The fewest."""
VERBS = {
    "Apply", "Attach", "Avoid", "Calculate", "Choose", "Compare", "Compute", "Connect", "Contrast", "Count",
    "Decide", "Diagnose", "Distinguish", "Draw", "Evaluate", "Explain", "Follow", "Grant", "Judge", "List",
    "Locate", "Name", "Place", "Plan", "Predict", "Read", "Recognize", "Relate", "Route", "Say", "Schedule",
    "Select", "Separate", "State", "Tell", "Trace", "Translate", "Write",
}  # fmt: skip
"""With which an objective may begin: something that a learner does, and that somebody else can see."""
QUOTED_TITLE = re.compile(r"(?<![\w*])\*([A-Z]\w* [^*]+? [^*]+?)\*(?![\w*])")
"""A capital letter and three words at least, in italics."""
lessons = pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])
experiments = pytest.mark.parametrize(
    "experiment", [pytest.param(each, id=each.slug) for lesson in LESSONS for each in lesson.experiments]
)


def myths() -> Iterator[MythContent]:
    return (each.myth for lesson in LESSONS for each in lesson.experiments if each.myth)


def test_there_are_sixteen_lessons_in_a_row() -> None:
    assert [lesson.text.position for lesson in LESSONS] == list(range(1, 17))


@lessons
def test_a_lesson_says_for_which_kubernetes_it_was_checked(lesson: ShippedLesson) -> None:
    assert lesson.text.kubernetes == KUBERNETES


@lessons
def test_a_lesson_has_a_summary(lesson: ShippedLesson) -> None:
    assert lesson.text.summary


@lessons
def test_a_lesson_has_what_a_learner_should_be_able_to_do_and_keep(lesson: ShippedLesson) -> None:
    assert len(lesson.text.objectives) >= OBJECTIVES
    assert len(lesson.text.key_points) >= KEY_POINTS


@lessons
def test_an_objective_begins_with_a_verb(lesson: ShippedLesson) -> None:
    assert {objective.split()[0] for objective in lesson.text.objectives} <= VERBS


@lessons
def test_a_lesson_names_its_sources_and_explains_its_terms(lesson: ShippedLesson) -> None:
    assert len(lesson.text.sources) >= SOURCES
    assert len(lesson.text.glossary) >= TERMS


@lessons
def test_a_lesson_has_three_experiments(lesson: ShippedLesson) -> None:
    assert len(lesson.experiments) >= EXPERIMENTS


@experiments
def test_an_experiment_says_what_to_keep(experiment: ExperimentContent) -> None:
    assert experiment.takeaway.strip()


@lessons
def test_a_lesson_lets_a_packet_decide_a_myth(lesson: ShippedLesson) -> None:
    assert any(experiment.myth for experiment in lesson.experiments)


def test_no_myth_is_decided_twice() -> None:
    claims = [myth.claim for myth in myths()]
    assert len(set(claims)) == len(claims)


def test_sixteen_of_the_numbered_myths_are_decided() -> None:
    numbers = [myth.id for myth in myths() if myth.id]
    assert len(set(numbers)) == len(numbers) >= MYTHS


@lessons
def test_a_lesson_that_is_named_by_its_number_exists(lesson: ShippedLesson) -> None:
    named = {int(number) for number in re.findall(r"\blesson\s+(\d+)", lesson.words(), re.IGNORECASE)}
    assert named <= {each.text.position for each in LESSONS}


@lessons
def test_a_title_that_is_quoted_is_one_of_the_lesson(lesson: ShippedLesson) -> None:
    titles = {each.title for each in (*lesson.experiments, *lesson.traces)}
    assert {" ".join(title.split()) for title in QUOTED_TITLE.findall(lesson.words())} <= titles


@lessons
def test_a_link_leads_to_a_secure_address_elsewhere(lesson: ShippedLesson) -> None:
    """Others do not get through the renderer, so readers would find a link without a target."""
    targets = re.findall(r"\]\(\s*([^)\s]*)", lesson.words())
    assert [target for target in targets if not re.match(r"https://[\w-]+(\.[\w-]+)+(/|$)", target)] == []
