"""Reads GIFT. A question ends at a blank line; its answers stand in braces, and their first marks tell its type.

The rules are those of https://docs.moodle.org/en/GIFT_format and of Moodle's own import.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from quizzes.exchange import part_notes
from quizzes.exchange.categories import category_names
from quizzes.exchange.gift import units
from quizzes.exchange.gift.spans import Span, paragraphs, unescaped
from quizzes.exchange.items import (
    MOST_QUESTIONS,
    Body,
    Choice,
    Choices,
    Item,
    Loss,
    NotCarriedError,
    NumberAnswer,
    Numbers,
    Order,
    Pairs,
    Part,
    Reading,
    TextAnswer,
    Texts,
    UnreadableFileError,
    ordered,
    share_of_percent,
)
from quizzes.exchange.markdown_texts import Format, missing_pictures, to_markdown

CATEGORY = "$CATEGORY:"
FORMATS: dict[str, Format] = {"markdown": "markdown", "html": "html", "plain": "plain", "moodle": "auto"}
FORMAT = re.compile(r"\s*\[(markdown|html|plain|moodle)\]")
WEIGHT = re.compile(r"%(-?\d{1,3}(?:[.,]\d*)?)%")
ORDER_OPTION = re.compile(
    r"\d+|ALL|EXACT|RANDOM|REL|CONTIG(?:UOUS)?|H(?:ORI(?:ZONTAL)?)?|V(?:ERT(?:ICAL)?)?|ABS(?:OLUTE)?|RELATIVE|SHOW|HIDE"
    r"|TRUE|FALSE|YES|NO|[A-Z]+(?:_[A-Z]+)+"
)
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")
GAP_MARK = "_____"


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry in braces. `share` None: the file gives none."""

    text: Span
    share: Fraction | None
    feedback: str


def read(text: str, file: str) -> Reading:
    """Raises UnreadableFileError for a file with too many questions."""
    items: list[Item] = []
    losses: list[Loss] = []
    category: tuple[str, ...] = ()
    for number, span in enumerate(map(Span.stripped, paragraphs(text)), start=1):
        if number > MOST_QUESTIONS:
            raise UnreadableFileError(
                _("{file}:{line}: more than {most} questions; split the file").format(
                    file=file, line=span.line, most=MOST_QUESTIONS
                )
            )
        if span.starts(CATEGORY):
            named, rest = span.part(len(CATEGORY)).cut(r"\n")
            category = category_names(named.text)
            if not rest:
                continue
            span = rest.stripped()
        name, body = name_of(span)
        try:
            items.append(question(name, body, category))
        except NotCarriedError as error:
            losses.append(Loss(name or body.text[:40], f"{file}:{error.line or span.line}", str(error), whole=True))
    return Reading(tuple(items), tuple(losses))


def name_of(span: Span) -> tuple[str, Span]:
    if not span.starts("::"):
        return "", span
    name, rest = span.part(2).cut("::")
    return ("", span) if rest is None else (name.text, rest.stripped())


def question(name: str, span: Span, category: tuple[str, ...]) -> Item:
    """Raises NotCarriedError."""
    before, answers, after = in_braces(span)
    raw = before.raw + (GAP_MARK + after.raw if after else "")
    default, start = stated_format(raw, "auto")
    prompt = unescaped(raw[start:])
    answers, general = answers.cut_last("####")
    explanation = formatted(general, default) if general is not None else ""
    body = body_of(answers.stripped(), default, has_gap=bool(after))
    notes = (_("a picture in it is not carried: files are not imported"),) if missing_pictures(span.raw) else ()
    shown = to_markdown(prompt, default).replace(r"\_" * len(GAP_MARK), GAP_MARK)
    return units.taken(part_notes.unfolded(Item(name, shown, body, explanation, category, line=span.line, notes=notes)))


def in_braces(span: Span) -> tuple[Span, Span, Span]:
    """What stands before the braces, in them and after them. Raises NotCarriedError."""
    opened, closed = span.marks(r"\{"), span.marks(r"\}")
    if not opened and not closed:
        raise NotCarriedError(_("it has no answers in braces, so it is a description and asks nothing"), span.line)
    if len(opened) > 1 and len(closed) > 1:
        line = span.part(opened[1][0]).line
        raise NotCarriedError(_("it has braces twice; write those that are no answers as \\{ and \\}"), line)
    if len(opened) != 1 or len(closed) != 1 or closed[0] < opened[0]:
        line = span.part((opened or closed)[0][0]).line
        raise NotCarriedError(_("a brace without its partner; remember that a blank line ends a question"), line)
    return span.part(0, opened[0][0]), span.part(opened[0][1], closed[0][0]), span.part(closed[0][1])


def stated_format(raw: str, default: Format) -> tuple[Format, int]:
    """The format that stands in brackets in front of a text, and where the text begins."""
    stated = FORMAT.match(raw)
    return (FORMATS[stated[1]], stated.end()) if stated else (default, 0)


def formatted(span: Span | None, default: Format) -> str:
    """The Markdown of a text that may begin with its format."""
    if span is None:
        return ""
    form, start = stated_format(span.raw, default)
    return to_markdown(unescaped(span.raw[start:]), form)


def literal(span: Span) -> str:
    """A text that learners type: a format in front of it is dropped."""
    return unescaped(span.raw[stated_format(span.raw, "plain")[1] :]).strip()


def body_of(span: Span, default: Format, *, has_gap: bool) -> Body:
    """Raises NotCarriedError."""
    if not span:
        raise NotCarriedError(_("it has no answers, so it is an essay, which nobody here could grade"), span.line)
    if span.starts(">"):
        return order(span.part(1), default)
    if span.starts("#"):
        return numbers(span.part(1), default)
    if span.marks("~"):
        return choices(span, default)
    if span.marks("=") and span.marks("->"):
        return pairs(span, default)
    first, _rest = span.cut("#")
    if first.text.upper() in (*TRUE, *FALSE) and not span.marks("="):
        return true_or_false(span, default, right=first.text.upper() in TRUE)
    return Texts(tuple(text_answers(span, default)))


def answer(span: Span, default: Format, *, weighted: bool = True) -> Answer:
    """From an entry without its mark, which may begin with its share of the points if it is `weighted`."""
    share, weight = None, WEIGHT.match(span.stripped().raw) if weighted else None
    if weight:
        try:
            share = share_of_percent(weight[1])
        except NotCarriedError as error:
            raise NotCarriedError(str(error), span.line) from None
        span = span.stripped().part(weight.end())
    text, feedback = span.cut("#")
    return Answer(text.stripped(), share, formatted(feedback, default))


def choices(span: Span, default: Format) -> Choices:
    """Without = the learner chooses as many as they like."""
    found: list[Choice] = []
    for entry in span.entries("[~=]"):
        right = entry.starts("=")
        given = answer(entry.part(1), default, weighted=not right)
        found.append(Choice(formatted(given.text, default), share_of(given, otherwise=int(right)), given.feedback))
    return Choices(tuple(found), single=bool(span.marks("=")))


def pairs(span: Span, default: Format) -> Pairs:
    parts: list[Part] = []
    extra: list[str] = []
    for entry in span.entries("="):
        left, right = entry.part(1).cut("->")
        if right is None:
            raise NotCarriedError(_("an answer of a match without ->"), entry.line)
        text = formatted(left, default)
        if text:
            parts.append(Part(text, to_markdown(right.text, "plain")))
        else:
            extra.append(to_markdown(right.text, "plain"))
    return Pairs(tuple(parts), tuple(extra))


def true_or_false(span: Span, default: Format, *, right: bool) -> Choices:
    """The first feedback is for who answers wrongly, the second for who answers rightly."""
    texts = [formatted(part, default) for part in split_twice(span)]
    feedback = {True: texts[1], False: texts[0]}
    return Choices(
        tuple(
            Choice(str(word), Fraction(int(value == right)), feedback[value == right])
            for word, value in ((_("True"), True), (_("False"), False))
        ),
        single=True,
    )


def split_twice(span: Span) -> tuple[Span | None, Span | None]:
    _word, wrong = span.cut("#")
    if wrong is None:
        return None, None
    return wrong.cut("#")


def text_answers(span: Span, default: Format) -> list[TextAnswer]:
    given = (answer(entry, default) for entry in entries_after(span, "="))
    return [TextAnswer(literal(each.text), share_of(each), each.feedback) for each in given]


def entries_after(span: Span, mark: str) -> list[Span]:
    """The entries without their marks; the first mark may be missing where there is one entry only."""
    if not span.marks(mark):
        return [span] if span else []
    return [entry.part(len(mark)) for entry in span.entries(mark)]


def share_of(given: Answer, otherwise: int = 1) -> Fraction:
    return Fraction(otherwise) if given.share is None else given.share


def numbers(span: Span, default: Format) -> Numbers:
    known, other = span.cut("~")
    found = [number_answer(answer(entry, default)) for entry in entries_after(known, "=")]
    if not found:
        raise NotCarriedError(_("it asks for a number and names none"), span.line)
    if other is not None:
        found.append(NumberAnswer(None, Fraction(0), Fraction(0), answer(other, default).feedback))
    return Numbers(tuple(found))


def number_answer(given: Answer) -> NumberAnswer:
    """From 5, 5:0.1 or 4.9..5.1."""
    share, text = share_of(given), given.text.text
    try:
        if ".." in text:
            low, high = (Fraction(part.strip()) for part in text.split("..", 1))
            return NumberAnswer((low + high) / 2, (high - low) / 2, share, given.feedback)
        value, _colon, tolerance = text.partition(":")
        if value.strip() == "*":
            return NumberAnswer(None, Fraction(0), share, given.feedback)
        return NumberAnswer(Fraction(value.strip()), Fraction(tolerance.strip() or "0"), share, given.feedback)
    except (ValueError, ZeroDivisionError):
        raise NotCarriedError(
            _("“{text}” is no number, such as 5, 5:0.1 or 4.9..5.1").format(text=text), given.text.line
        ) from None


def order(span: Span, default: Format) -> Order:
    """Of Moodle's ordering plugin: options such as `5 ALL VERTICAL`, then one entry a line."""
    first, rest = span.cut(r"\n")
    if rest is None or not all(ORDER_OPTION.fullmatch(word) for word in first.raw.upper().split()):
        rest = span
    lines = [line.strip() for line in rest.raw.split("\n") if line.strip()]
    return ordered([(to_markdown(unescaped(line), default), "") for line in lines])
