"""An item as a question of ours: the kind that holds it, its specification, and what the instructor has to know.

Explanations are required here and optional elsewhere. Where one is missing a placeholder stands, which the review names
and which keeps the quiz from being published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch

from django.utils.text import slugify
from django.utils.translation import gettext

from quizzes.content.schema import spec_document
from quizzes.errors import InvalidSpecError
from quizzes.exchange.items import Choices, Gaps, Item, NotCarriedError, Numbers, Order, Pairs, Texts, decimal
from quizzes.exchange.problems import Problems, Spec, percent_text
from quizzes.exchange.typed_answers import blank, number, text_question

MOST_POINTS = 100
LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Converted:
    """`problems`: what could not be carried, or has to be written before the quiz is published."""

    kind: str
    spec: Spec
    points: int
    problems: tuple[str, ...]


def convert(item: Item) -> Converted:
    """Raises NotCarriedError for what no kind of ours can hold."""
    problems = Problems(item.notes)
    kind, own = specification(item.body, item, problems)
    general = {"explanation": item.explanation} if item.explanation else {}
    points = points_of(item.points, problems)
    try:
        document = spec_document(kind, {"prompt": item.prompt} | general | own)
    except InvalidSpecError as error:
        raise NotCarriedError(gettext("as {kind}: {problem}").format(kind=kind, problem=error)) from error
    return Converted(kind, document, points, tuple(problems))


def slug_of(name: str) -> str:
    """Lower-case letters, digits and hyphens; "" for a name without any."""
    return re.sub(r"-{2,}", "-", slugify(name).replace("_", "-"))[:LONGEST_SLUG].strip("-")


def points_of(points: Fraction, problems: Problems) -> int:
    whole = min(max(1, round(points)), MOST_POINTS)
    if whole != points:
        problems.append(gettext("{points} points become {whole}").format(points=decimal(points), whole=whole))
    return whole


@singledispatch
def specification(body: object, item: Item, problems: Problems) -> tuple[str, Spec]:
    """The kind, and its own keys. Raises NotCarriedError."""
    raise NotImplementedError(f"no kind for {type(body).__name__}")


@specification.register
def _choices(body: Choices, item: Item, problems: Problems) -> tuple[str, Spec]:
    right = [choice.share == 1 if body.single else choice.share > 0 for choice in body.choices]
    if not any(right):
        raise NotCarriedError(
            gettext("none of its options earns all points") if body.single else gettext("none of its options is right")
        )
    if body.single and sum(right) > 1:
        raise NotCarriedError(gettext("several of its options earn all points, and only one can be chosen"))
    for place, choice in enumerate(body.choices, start=1):
        if body.single and 0 < choice.share < 1:
            problems.append(
                gettext("option {place} earns {percent} there and nothing here").format(
                    place=place, percent=percent_text(choice.share)
                )
            )
    if not body.single and not shares_are_even(body, sum(right)):
        problems.append(
            gettext("here each right option earns the same share and each wrong one takes a share back, not so there")
        )
    options = [
        {
            "text": choice.text,
            "correct": holds,
            "explanation": problems.explained(choice.feedback, gettext("option {place}").format(place=place)),
        }
        for place, (choice, holds) in enumerate(zip(body.choices, right, strict=True), start=1)
    ]
    return "single_choice" if body.single else "multiple_choice", {"options": options}


def shares_are_even(body: Choices, right: int) -> bool:
    """To the five decimals of a percent that files have."""
    return all(abs(abs(choice.share) - Fraction(1, right)) < Fraction(1, 10**6) for choice in body.choices)


@specification.register
def _pairs(body: Pairs, item: Item, problems: Problems) -> tuple[str, Spec]:
    pairs = [
        {
            "left": part.left,
            "right": part.right,
            "explanation": problems.explained(part.feedback, gettext("the pair of “{left}”").format(left=part.left)),
        }
        for part in body.parts
    ]
    return "match", {"pairs": pairs} | ({"extra": list(body.extra)} if body.extra else {})


@specification.register
def _order(body: Order, item: Item, problems: Problems) -> tuple[str, Spec]:
    """Hops can be ordered only along a packet, which a file does not have."""
    problems.append(gettext("it becomes pairs of an entry and its position"))
    return _pairs(Pairs(body.parts), item, problems)


@specification.register
def _numbers(body: Numbers, item: Item, problems: Problems) -> tuple[str, Spec]:
    return number(body, item, problems)


@specification.register
def _texts(body: Texts, item: Item, problems: Problems) -> tuple[str, Spec]:
    return text_question(body, item, problems)


@specification.register
def _gaps(body: Gaps, item: Item, problems: Problems) -> tuple[str, Spec]:
    names = [gap.name or f"gap{place}" for place, gap in enumerate(body.gaps, start=1)]
    places = [*(f"{{{{{name}}}}}" for name in names), ""]
    text = "".join(part for pair in zip(body.texts, places, strict=True) for part in pair)
    blanks = {
        name: blank(gap, gettext("gap {number}").format(number=number), problems)
        for number, (name, gap) in enumerate(zip(names, body.gaps, strict=True), 1)
    }
    return "fill", {"text": text, "blanks": blanks}
