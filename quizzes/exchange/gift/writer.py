"""Writes GIFT. Texts say that they are Markdown; line breaks in them are written as \\n, as Moodle does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import singledispatch

from django.utils.translation import gettext

from quizzes.exchange import part_notes
from quizzes.exchange.categories import category_text
from quizzes.exchange.gift import units
from quizzes.exchange.gift.spans import escaped
from quizzes.exchange.items import (
    Choice,
    Choices,
    Gaps,
    Item,
    NotCarriedError,
    NumberAnswer,
    Numbers,
    Order,
    Pairs,
    TextAnswer,
    Texts,
    decimal,
    percent,
)
from quizzes.exchange.plain_texts import plain

FORMAT = "[markdown]"
LOOKS_LIKE_FORMAT = re.compile(r"\s*\[")
ARROW = "->"


def write(items: Iterable[Item]) -> str:
    """Raises NotCarriedError for an item that GIFT cannot say."""
    return "\n".join(lines(items))


def lines(items: Iterable[Item]) -> Iterator[str]:
    category: tuple[str, ...] = ()
    for item in items:
        if item.category != category:
            category = item.category
            yield f"$CATEGORY: {category_text(category)}\n"
        yield f"::{escaped(item.name)}::{FORMAT}{escaped(units.with_unit(item))} {{{opening(item)}"
        yield from (f"\t{answer}" for answer in answers(item.body))
        if general := part_notes.folded(item):
            yield f"\t####{marked(general)}"
        yield "}\n"


def losses(item: Item) -> Iterator[str]:
    """What of an item GIFT does not say."""
    if item.points != 1:
        yield gettext("GIFT has no points; it had {points}").format(points=decimal(item.points))
    if isinstance(item.body, Order):
        yield gettext("GIFT has no question to put things in order; it becomes pairs of an entry and its position")


def opening(item: Item) -> str:
    return "#" if isinstance(item.body, Numbers) else ""


def marked(text: str) -> str:
    """With its format where it would be taken for one."""
    return (FORMAT if LOOKS_LIKE_FORMAT.match(text) else "") + escaped(text)


def feedback(text: str) -> str:
    return f"#{marked(text)}" if text else ""


@singledispatch
def answers(body: object) -> Iterator[str]:
    raise NotImplementedError(f"no GIFT for {type(body).__name__}")


@answers.register
def _choices(body: Choices) -> Iterator[str]:
    yield from (
        f"{choice_mark(choice, body)}{marked(choice.text)}{feedback(choice.feedback)}" for choice in body.choices
    )


def choice_mark(choice: Choice, body: Choices) -> str:
    if body.single and choice.share == 1:
        return "="
    return f"~%{percent(choice.share)}%" if choice.share or choice.text.startswith("%") else "~"


@answers.register
def _texts(body: Texts) -> Iterator[str]:
    if any(ARROW in text for answer in body.answers for text in (answer.pattern, answer.feedback)):
        raise NotCarriedError(
            gettext(
                "GIFT takes an answer with {arrow} for a match, and has no way to write the arrow otherwise"
            ).format(arrow=ARROW)
        )
    yield from map(text_answer, body.answers)


def text_answer(answer: TextAnswer) -> str:
    return f"=%{percent(answer.share)}%{escaped_literal(answer.pattern)}{feedback(answer.feedback)}"


def escaped_literal(text: str) -> str:
    return ("[plain]" if LOOKS_LIKE_FORMAT.match(text) else "") + escaped(text)


@answers.register
def _numbers(body: Numbers) -> Iterator[str]:
    yield from map(number_answer, sorted(body.answers, key=lambda answer: answer.value is None))


def number_answer(answer: NumberAnswer) -> str:
    if answer.value is None:
        return f"~{feedback(answer.feedback)}"
    number = f"{decimal(answer.value)}:{decimal(answer.tolerance)}"
    return f"=%{percent(answer.share)}%{number}{feedback(answer.feedback)}"


@answers.register
def _pairs(body: Pairs) -> Iterator[str]:
    for left, right in [*((part.left, part.right) for part in body.parts), *(("", extra) for extra in body.extra)]:
        if ARROW in left:
            raise NotCarriedError(
                gettext("“{left}” has an arrow, which GIFT takes for the one between the two sides").format(left=left)
            )
        yield f"={marked(left)} {ARROW} {escaped(plain(right))}"


@answers.register
def _order(body: Order) -> Iterator[str]:
    return _pairs(Pairs(body.parts))


@answers.register
def _gaps(body: Gaps) -> Iterator[str]:
    raise NotCarriedError(gettext("GIFT has no question with gaps to fill; Moodle XML has"))
