"""A question of ours as an item. What only the engine knows is asked here, because no other system has an engine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from quizzes.exchange.items import (
    Body,
    Choice,
    Choices,
    Gap,
    Gaps,
    Item,
    NotCarriedError,
    NumberAnswer,
    Numbers,
    Pairs,
    Part,
    TextAnswer,
    Texts,
    ordered,
)
from quizzes.kinds import KINDS
from quizzes.kinds.base import Exchange
from quizzes.kinds.choices import ChoiceSpec, right_options
from quizzes.kinds.fill import GAP, Blank, FillSpec, known_mistakes, resolve
from quizzes.kinds.match import MatchSpec
from quizzes.kinds.number import NumberSpec, as_fraction
from quizzes.kinds.order_hops import OrderHopsSpec, traced_order
from quizzes.kinds.short_text import Matcher, ShortTextSpec
from quizzes.kinds.typed import TypedSpec
from quizzes.kinds.verdict import WORDS, VerdictSpec, seen_by_client

RIGHT, WRONG = Fraction(1), Fraction(0)
# Moodle knows 1/7 to 1/10 of the points, and none of 1/11 and 1/12.
MOST_RIGHT = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One variant of a question: what it says, and what the engine found."""

    kind: str
    spec: Any  # of the kind's own type
    exchange: Exchange | None


def require_counterpart(kind: str) -> None:
    """Raises NotCarriedError for a kind that no other system knows."""
    if kind not in BODIES:
        raise NotCarriedError(
            gettext("a question of the kind “{label}” has no counterpart").format(label=KINDS[kind].label)
        )


def item(asked: Asked, name: str, category: tuple[str, ...], points: int) -> Item:
    """Raises NotCarriedError, and UngradableQuestionError when the engine knows no answer."""
    body = BODIES[asked.kind](asked)
    return Item(name, asked.spec.prompt, body, asked.spec.explanation, category, Fraction(points))


def losses(asked: Asked) -> Iterator[str]:
    """What of a question no other system holds."""
    if asked.exchange is not None:
        yield gettext("the packet that decides the answer stays here; its answer is written down as the key")
    if isinstance(asked.spec, ShortTextSpec) and any(matcher.pattern for matcher in asked.spec.matchers):
        yield gettext("of a pattern only its example is carried")
    if isinstance(asked.spec, OrderHopsSpec) and asked.spec.has_several_orders:
        yield gettext("of several right orders only that of the packet is carried")


def single_choice(asked: Asked) -> Choices:
    return Choices(tuple(choices(asked.spec, asked.exchange, RIGHT, WRONG)), single=True)


def multiple_choice(asked: Asked) -> Choices:
    """Each right choice earns its share, each wrong one takes a share back."""
    right = sum(right_options(asked.spec, asked.exchange))
    if right > MOST_RIGHT:
        raise NotCarriedError(
            gettext("{right} right options; Moodle has no share of the points as small as 1/{right}").format(
                right=right
            )
        )
    share = Fraction(1, right)
    return Choices(tuple(choices(asked.spec, asked.exchange, share, -share)), single=False)


def choices(spec: ChoiceSpec, exchange: Exchange | None, right: Fraction, wrong: Fraction) -> Iterator[Choice]:
    judged = zip(spec.options, right_options(spec, exchange), strict=True)
    yield from (Choice(option.text, right if holds else wrong, option.explanation) for option, holds in judged)


def verdict(asked: Asked) -> Choices:
    spec: VerdictSpec = asked.spec
    seen = seen_by_client(asked.exchange)
    words = ((word, str(text), getattr(spec.explanations, word)) for word, text in WORDS.items())
    return Choices(tuple(Choice(text, Fraction(int(word == seen)), why) for word, text, why in words), single=True)


def number(asked: Asked) -> Numbers:
    spec: NumberSpec = asked.spec
    tolerance = as_fraction(spec.tolerance)
    values = typed_values(asked)
    answers = [NumberAnswer(value, tolerance, share, why) for value, share, why in values]
    return Numbers(tuple(answers), spec.unit)


def typed(asked: Asked) -> Texts:
    values = typed_values(asked)
    answers = [TextAnswer(text, share, why) for value, share, why in values for text in spellings(value)]
    return Texts(tuple(answers))


def network(asked: Asked) -> Texts | Numbers:
    if asked.spec.form == "port":
        answers = [NumberAnswer(Fraction(value), WRONG, share, why) for value, share, why in typed_values(asked)]
        return Numbers(tuple(answers))
    return typed(asked)


def typed_values(asked: Asked) -> list[tuple[Any, Fraction, str]]:
    """The solution, and each known mistake with its explanation."""
    spec: TypedSpec = asked.spec
    kind: Any = KINDS[asked.kind]
    solution = kind.resolve(spec, "answer", spec.answer, asked.exchange)
    known = kind.known_mistakes(spec, solution, asked.exchange)
    return [(solution, RIGHT, ""), *((value, WRONG, why) for value, why in known)]


def spellings(value: Any) -> tuple[str, ...]:
    """The usual ways to write an address, a prefix or a MAC address, the shortest first."""
    if isinstance(value, ipaddress.IPv6Address | ipaddress.IPv6Network):
        return tuple(dict.fromkeys((str(value), value.exploded)))
    if isinstance(value, str):
        return value, value.replace(":", "-"), value.replace(":", "")
    return (str(value),)


def short_text(asked: Asked) -> Texts:
    spec: ShortTextSpec = asked.spec
    answers = (
        TextAnswer(pattern(matcher), Fraction(int(matcher.right)), matcher.explanation) for matcher in spec.matchers
    )
    return Texts(tuple(answers))


def pattern(matcher: Matcher) -> str:
    if matcher.otherwise:
        return "*"
    text = literal(matcher.sample)
    return f"*{text}*" if matcher.contains else text


def literal(text: str) -> str:
    return text.replace("*", r"\*")


def fill(asked: Asked) -> Gaps:
    spec: FillSpec = asked.spec
    gaps = (gap(name, spec.blanks[name], asked.exchange) for name in spec.gaps)
    return Gaps(tuple(GAP.split(spec.text.strip("\n"))[::2]), tuple(gaps))


def gap(name: str, blank: Blank, exchange: Exchange | None) -> Gap:
    key = f"blanks.{name}"
    wrong = [
        (resolve(mistake, f"{key}{place}", exchange), mistake.explanation) for place, mistake in known_mistakes(blank)
    ]
    right = TextAnswer(literal(resolve(blank, key, exchange)), RIGHT, blank.explanation)
    return Gap((right, *(TextAnswer(literal(text), WRONG, why) for text, why in wrong)), name=name)


def match(asked: Asked) -> Pairs:
    spec: MatchSpec = asked.spec
    return Pairs(tuple(Part(pair.left, pair.right, pair.explanation) for pair in spec.pairs), spec.extra)


def order_hops(asked: Asked) -> Body:
    spec: OrderHopsSpec = asked.spec
    hops = [spec.hops[index] for index in traced_order(spec, asked.exchange)]
    return ordered([(hop.label, hop.explanation) for hop in hops])


BODIES: dict[str, Callable[[Asked], Body]] = {
    "single_choice": single_choice,
    "multiple_choice": multiple_choice,
    "verdict": verdict,
    "number": number,
    "ip_address": typed,
    "network": network,
    "short_text": short_text,
    "fill": fill,
    "match": match,
    "order_hops": order_hops,
}
