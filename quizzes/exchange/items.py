"""A question between a file and a specification of ours: what GIFT and Moodle XML have in common.

Texts are Markdown, except where learners type them: the texts of TextAnswer and Gap are taken literally. Shares are
fractions of the points, from -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext

MOST_BYTES = 1_000_000
MOST_QUESTIONS = 500
MOST_ANSWERS = 100
LONGEST_TEXT = 20_000


class UnreadableFileError(Exception):
    """The file as a whole cannot be read. The message names file and line."""


class NotCarriedError(Exception):
    """This question has no counterpart; the message says why. `line` is where in the file, 0: where it begins."""

    def __init__(self, reason: str, line: int = 0) -> None:
        self.line = line
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Loss:
    """What could not be carried of a question; of all of it if `whole`. `place` is file:line, or course/lesson."""

    question: str
    place: str
    reason: str
    whole: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.question}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    share: Fraction
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    choices: tuple[Choice, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """`value` None stands for every other number."""

    value: Fraction | None
    tolerance: Fraction
    share: Fraction
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    answers: tuple[NumberAnswer, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TextAnswer:
    r"""`pattern`: the text to type, in which * stands for any text and \* for an asterisk."""

    pattern: str
    share: Fraction
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """The first answer that fits decides."""

    answers: tuple[TextAnswer, ...]
    case_matters: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A pair of a match, or an entry of an order, whose `right` is its position."""

    left: str
    right: str
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    parts: tuple[Part, ...]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Entries in their right order."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """`style`: typed, chosen from a list, or a number."""

    answers: tuple[TextAnswer, ...]
    style: str = "typed"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Gaps:
    """`texts` stand around the gaps: one more of them than there are gaps."""

    texts: tuple[str, ...]
    gaps: tuple[Gap, ...]


Body = Choices | Numbers | Texts | Pairs | Order | Gaps


@dataclass(frozen=True, slots=True)
class Item:
    """`category`: names from the outermost one inwards. `notes`: what reading it has lost already."""

    name: str
    prompt: str
    body: Body
    explanation: str = ""
    category: tuple[str, ...] = ()
    points: Fraction = Fraction(1)
    line: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, in its order."""

    items: tuple[Item, ...] = ()
    losses: tuple[Loss, ...] = field(default=())


def ordered(entries: list[tuple[str, str]]) -> Order:
    """From (text, feedback) in the right order."""
    return Order(tuple(Part(text, str(place), why) for place, (text, why) in enumerate(entries, start=1)))


def share_of_percent(text: str) -> Fraction:
    """From a number of percent, such as 33.33333. Raises NotCarriedError."""
    try:
        share = Fraction(text.strip().replace(",", ".") or "0") / 100
    except (ValueError, ZeroDivisionError):
        raise NotCarriedError(gettext("“{text}” is no number of percent").format(text=text)) from None
    if not -1 <= share <= 1:
        raise NotCarriedError(gettext("{text} percent is not between -100 and 100").format(text=text))
    return share


def percent(share: Fraction) -> str:
    """With the five decimals that Moodle compares: 100, 33.33333, -50."""
    return f"{float(share * 100):.5f}".rstrip("0").rstrip(".")


def decimal(number: Fraction) -> str:
    """A number in decimals; what has no end is cut after 10 digits."""
    return f"{number.numerator}" if number.denominator == 1 else f"{float(number):.10g}"
