"""Every shipped question that has a counterpart comes back from a file as it was written into it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from lessons.content.rendering import html
from quizzes.exchange import outgoing
from quizzes.exchange.formats import FORMATS, Format
from quizzes.exchange.incoming import convert
from quizzes.exchange.items import Item
from quizzes.exchange.outgoing import Asked
from quizzes.exchange.plain_texts import plain
from quizzes.kinds import KINDS, parse_spec
from tests.content.shipped import LESSONS, Question, ShippedLesson

# Kinds that come back as another one, because outside no engine decides.
BECOMES = {
    "verdict": {"single_choice"},
    "order_hops": {"match"},
    "network": {"network", "number"},
}
# What GIFT cannot say.
ONLY_IN_XML = {"fill"}


def returned(lesson: ShippedLesson, question: Question, form: Format) -> tuple[Item, Item]:
    asked = Asked(question.kind, question.spec, lesson.facts(question))
    item = outgoing.item(asked, question.slug, ("course", lesson.folder), 3)
    reading = form.read(form.write([item]), "file")
    assert reading.losses == ()
    return item, reading.items[0]


def carried(lesson: ShippedLesson) -> Iterator[tuple[Question, Format]]:
    """The first variant of each: the others differ in parameters only."""
    first = {question.slug: question for question in reversed(lesson.questions())}
    for question, form in product(first.values(), FORMATS.values()):
        if question.kind in outgoing.BODIES and not (form.name == "gift" and question.kind in ONLY_IN_XML):
            yield question, form


def shown(text: str) -> str:
    """As learners see it: HTML, so that different ways to write the same Markdown are the same."""
    return str(html(text))


def explanations(kind: str, spec: Any, facts: Any) -> set[str]:
    """Everything that a learner can read after the key and after each distractor, and after no answer."""
    grade = KINDS[kind].grade
    responses = [{}, KINDS[kind].solution(spec, facts), *KINDS[kind].distractors(spec, facts)]
    found = {outcome.explanation for each in responses for outcome in grade(spec, each, facts).outcomes}
    return {shown(text) for text in found | {spec.explanation} if text}


def key(kind: str, spec: Any, facts: Any) -> str:
    """The words of the solution: the choices of a match show no markup elsewhere."""
    return plain(KINDS[kind].describe(spec, KINDS[kind].solution(spec, facts)))


@pytest.mark.parametrize("lesson", [pytest.param(lesson, id=lesson.folder) for lesson in LESSONS])
def test_shipped_questions_come_back_with_prompt_key_and_explanations(lesson: ShippedLesson) -> None:
    """In one test for both formats, because the engine's facts take longest."""
    for question, form in carried(lesson):
        facts, where = lesson.facts(question), f"{question.slug} in {form.name}"
        item, back = returned(lesson, question, form)
        assert (back.prompt, back.category) == (item.prompt, item.category), where
        converted = convert(back)
        assert converted.kind in BECOMES.get(question.kind, {question.kind}), where
        spec = parse_spec(converted.kind, converted.spec)
        assert explanations(question.kind, question.spec, facts) <= explanations(converted.kind, spec, None), where
        if question.kind != "order_hops":
            assert key(converted.kind, spec, None) == key(question.kind, question.spec, facts), where


def test_hops_come_back_as_their_positions() -> None:
    lesson = next(lesson for lesson in LESSONS if any(each.kind == "order_hops" for each in lesson.questions()))
    question = next(each for each in lesson.questions() if each.kind == "order_hops")
    facts: Any = lesson.facts(question)
    in_order = KINDS["order_hops"].grade(question.spec, {}, facts).outcomes
    for form in FORMATS.values():
        pairs = convert(returned(lesson, question, form)[1]).spec["pairs"]
        assert [(pair["left"], pair["right"]) for pair in pairs] == [
            (outcome.text, str(place)) for place, outcome in enumerate(in_order, start=1)
        ]
