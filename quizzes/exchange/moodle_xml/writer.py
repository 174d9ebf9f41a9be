"""Writes Moodle XML. Texts are Markdown and say so; the choices of a match are plain text, as Moodle has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.utils.translation import gettext
from django.utils.xmlutils import SimplerXMLGenerator, UnserializableContentError

from quizzes.exchange import part_notes
from quizzes.exchange.categories import category_text
from quizzes.exchange.items import (
    Choices,
    Gaps,
    Item,
    NotCarriedError,
    Numbers,
    Order,
    Pairs,
    Texts,
    decimal,
    percent,
)
from quizzes.exchange.moodle_xml import cloze
from quizzes.exchange.plain_texts import plain

TYPES = {
    Choices: "multichoice",
    Numbers: "numerical",
    Texts: "shortanswer",
    Pairs: "matching",
    Order: "ordering",
    Gaps: "cloze",
}
MARKDOWN = {"format": "markdown"}
UNITS_OPTIONAL = {"unitgradingtype": "0", "unitpenalty": "0", "showunits": "0", "unitsleft": "0"}
NO_UNITS = UNITS_OPTIONAL | {"showunits": "3"}


class Writer:
    """A file under way, with two spaces for each level."""

    def __init__(self) -> None:
        self.out = StringIO()
        self.xml = SimplerXMLGenerator(self.out, "utf-8")
        self.depth = 0

    @contextmanager
    def inside(self, tag: str, attributes: dict[str, str] | None = None) -> Iterator[None]:
        self.indent()
        self.xml.startElement(tag, AttributesImpl(attributes or {}))
        self.depth += 1
        yield
        self.depth -= 1
        self.indent()
        self.xml.endElement(tag)

    def value(self, tag: str, text: str) -> None:
        self.indent()
        self.xml.addQuickElement(tag, text)

    def text(self, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
        """An element with the text in one more, as Moodle has nearly all of them."""
        with self.inside(tag, attributes):
            self.value("text", text)

    def indent(self) -> None:
        self.xml.ignorableWhitespace("\n" + "  " * self.depth)


def write(items: Iterable[Item]) -> str:
    """Raises NotCarriedError for an item that XML cannot say."""
    writer = Writer()
    writer.xml.startDocument()
    category: tuple[str, ...] = ()
    with writer.inside("quiz"):
        for item in items:
            if item.category != category:
                category = item.category
                with writer.inside("question", {"type": "category"}):
                    writer.text("category", category_text(category))
            write_item(writer, item)
    return writer.out.getvalue() + "\n"


def losses(item: Item) -> Iterator[str]:
    """What of an item Moodle XML does not say."""
    if isinstance(item.body, Gaps):
        yield gettext("Moodle's gaps have no names")


def write_item(writer: Writer, item: Item) -> None:
    try:
        with writer.inside("question", {"type": TYPES[type(item.body)]}):
            writer.text("name", item.name)
            writer.text("questiontext", question_text(item), MARKDOWN)
            writer.text("generalfeedback", part_notes.folded(item), MARKDOWN)
            writer.value("defaultgrade", decimal(item.points))
            writer.value("penalty", "0")
            writer.value("hidden", "0")
            write_body(item.body, writer)
    except UnserializableContentError:
        raise NotCarriedError(gettext("it has a control character, which XML cannot say")) from None


def question_text(item: Item) -> str:
    """The prompt; of gaps also the text with them, as a block of code."""
    if not isinstance(item.body, Gaps):
        return item.prompt
    written = [*map(cloze.write, item.body.gaps), ""]
    text = "".join(part for pair in zip(item.body.texts, written, strict=True) for part in pair)
    return f"{item.prompt}\n\n```\n{text.strip(chr(10))}\n```"


@singledispatch
def write_body(body: object, writer: Writer) -> None:
    raise NotImplementedError(f"no XML for {type(body).__name__}")


@write_body.register
def _choices(body: Choices, writer: Writer) -> None:
    writer.value("single", "true" if body.single else "false")
    writer.value("shuffleanswers", "true")
    writer.value("answernumbering", "none")
    for choice in body.choices:
        with writer.inside("answer", {"fraction": percent(choice.share)} | MARKDOWN):
            writer.value("text", choice.text)
            writer.text("feedback", choice.feedback, MARKDOWN)


@write_body.register
def _numbers(body: Numbers, writer: Writer) -> None:
    for answer in body.answers:
        with writer.inside("answer", {"fraction": percent(answer.share), "format": "moodle_auto_format"}):
            writer.value("text", "*" if answer.value is None else decimal(answer.value))
            writer.value("tolerance", decimal(answer.tolerance))
            writer.text("feedback", answer.feedback, MARKDOWN)
    if body.unit:
        with writer.inside("units"), writer.inside("unit"):
            writer.value("multiplier", "1")
            writer.value("unit_name", body.unit)
    for tag, value in (UNITS_OPTIONAL if body.unit else NO_UNITS).items():
        writer.value(tag, value)


@write_body.register
def _texts(body: Texts, writer: Writer) -> None:
    writer.value("usecase", str(int(body.case_matters)))
    for answer in body.answers:
        with writer.inside("answer", {"fraction": percent(answer.share), "format": "moodle_auto_format"}):
            writer.value("text", answer.pattern)
            writer.text("feedback", answer.feedback, MARKDOWN)


@write_body.register
def _pairs(body: Pairs, writer: Writer) -> None:
    writer.value("shuffleanswers", "true")
    for left, right in [*((part.left, part.right) for part in body.parts), *(("", extra) for extra in body.extra)]:
        with writer.inside("subquestion", MARKDOWN):
            writer.value("text", left)
            writer.text("answer", plain(right))


@write_body.register
def _order(body: Order, writer: Writer) -> None:
    """Graded as here: by the longest run of entries in the right order."""
    options = {"layouttype": "VERTICAL", "selecttype": "ALL", "selectcount": str(len(body.parts))}
    for tag, value in (options | {"gradingtype": "LONGEST_ORDERED_SUBSET", "showgrading": "SHOW"}).items():
        writer.value(tag, value)
    for part in body.parts:
        with writer.inside("answer", {"fraction": part.right} | MARKDOWN):
            writer.value("text", part.left)


@write_body.register
def _gaps(body: Gaps, writer: Writer) -> None:
    """The gaps stand in the question's text."""
