"""Reads Moodle XML. Each <question> is one item, or one loss that names its line."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.exchange import part_notes
from quizzes.exchange.categories import category_names
from quizzes.exchange.items import (
    MOST_ANSWERS,
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
from quizzes.exchange.moodle_xml import cloze
from quizzes.exchange.moodle_xml.tree import Element, parse

FORMATS: dict[str, Format] = {
    "html": "html",
    "markdown": "markdown",
    "plain_text": "plain",
    "moodle_auto_format": "auto",
}
TRUE = ("true", "1")
WITHOUT_KEY = {
    "essay": gettext_lazy("it is an essay, which nobody here could grade"),
    "description": gettext_lazy("it is a description and asks nothing"),
}


def read(text: str, file: str) -> Reading:
    """Raises UnreadableFileError."""
    root = parse(text, file)
    if root.tag != "quiz":
        raise UnreadableFileError(
            _("{file}:{line}: begins with <{tag}>, Moodle XML begins with <quiz>").format(
                file=file, line=root.line, tag=root.tag
            )
        )
    items: list[Item] = []
    losses: list[Loss] = []
    category: tuple[str, ...] = ()
    for number, element in enumerate(root.all("question"), start=1):
        if number > MOST_QUESTIONS:
            raise UnreadableFileError(
                _("{file}:{line}: more than {most} questions; split the file").format(
                    file=file, line=element.line, most=MOST_QUESTIONS
                )
            )
        if element.attributes.get("type") == "category":
            category = category_names(element.value("category", "text"))
            continue
        name = element.value("name", "text")
        try:
            items.append(question(element, name, category))
        except NotCarriedError as error:
            place = f"{file}:{error.line or element.line}"
            losses.append(Loss(name or element.value("questiontext", "text")[:40], place, str(error), whole=True))
    return Reading(tuple(items), tuple(losses))


def question(element: Element, name: str, category: tuple[str, ...]) -> Item:
    """Raises NotCarriedError."""
    refuse_files(element)
    if (answers := sum(child.tag in ("answer", "subquestion") for child in element.children)) > MOST_ANSWERS:
        raise NotCarriedError(
            _("{answers} answers; {most} are allowed").format(answers=f"{answers:,}", most=MOST_ANSWERS)
        )
    default = format_of(element.first("questiontext"), "html")
    prompt, body = prompt_and_body(element, default)
    if not prompt:
        raise NotCarriedError(_("it has no text that asks something"))
    pictures = any(missing_pictures(part.text) for part in element.walk() if part.tag == "text")
    notes = (_("a picture in it is not carried: pictures lie under /static/ here"),) if pictures else ()
    explanation = formatted(element.first("generalfeedback"), default)
    return part_notes.unfolded(Item(name, prompt, body, explanation, category, points_of(element), element.line, notes))


def prompt_and_body(element: Element, default: Format) -> tuple[str, Body]:
    kind = element.attributes.get("type", "")
    if kind in ("cloze", "multianswer"):
        prompt, gaps = cloze.read(element.value("questiontext", "text"), default)
        return prompt or _("Fill the gaps."), gaps
    if kind not in BODIES:
        raise NotCarriedError(
            str(WITHOUT_KEY.get(kind) or _("its type, {kind}, has no counterpart").format(kind=kind or "?"))
        )
    return formatted(element.first("questiontext"), default), BODIES[kind](element, default)


def refuse_files(element: Element) -> None:
    """A question that needs a picture or a sound is none without it. Raises NotCarriedError that names the file."""
    for part in element.walk():
        if part.tag == "file" or (part.tag in ("image", "image_base64") and part.text.strip()):
            name = part.attributes.get("name") or part.tag
            raise NotCarriedError(
                _("it needs the file “{name}”, and files are not imported").format(name=name), part.line
            )


def format_of(element: Element | None, default: Format) -> Format:
    """Raises NotCarriedError for a format that Moodle does not have."""
    stated = element.attributes.get("format") if element else None
    if not stated:
        return default
    if element and stated not in FORMATS:
        raise NotCarriedError(
            _("a text in the format “{stated}”; known are {known}").format(stated=stated, known=", ".join(FORMATS)),
            element.line,
        )
    return FORMATS[stated]


def formatted(element: Element | None, default: Format) -> str:
    """The Markdown of an element's <text>, or of the element itself, as old files have it."""
    if element is None:
        return ""
    text = element.value("text") or element.text.strip()
    return to_markdown(text, format_of(element, default))


def points_of(element: Element) -> Fraction:
    return number(element.value("defaultgrade", default="1"), element)


def number(text: str, element: Element) -> Fraction:
    """Raises NotCarriedError that names the element's line."""
    try:
        return Fraction(text.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        raise NotCarriedError(_("“{text}” is no number").format(text=text), element.line) from None


def share(answer: Element) -> Fraction:
    try:
        return share_of_percent(answer.attributes.get("fraction") or answer.value("fraction", default="0"))
    except NotCarriedError as error:
        raise NotCarriedError(str(error), answer.line) from None


def choices(element: Element, default: Format) -> Choices:
    found = [
        Choice(formatted(answer, default), share(answer), formatted(answer.first("feedback"), default))
        for answer in element.all("answer")
    ]
    return Choices(tuple(found), single=element.value("single", default="true") in TRUE)


def true_or_false(element: Element, default: Format) -> Choices:
    words = {"true": _("True"), "false": _("False")}
    found = []
    for answer in element.all("answer"):
        word = words.get(formatted(answer, "plain").lower())
        if word is None:
            raise NotCarriedError(_("an answer that is neither true nor false"), answer.line)
        found.append(Choice(word, share(answer), formatted(answer.first("feedback"), default)))
    return Choices(tuple(found), single=True)


def numbers(element: Element, default: Format) -> Numbers:
    found = []
    for answer in element.all("answer"):
        text, feedback = answer.value("text"), formatted(answer.first("feedback"), default)
        if text in ("*", ""):
            found.append(NumberAnswer(None, Fraction(0), share(answer), feedback))
        else:
            tolerance = number(answer.value("tolerance", default="0"), answer)
            found.append(NumberAnswer(number(text, answer), tolerance, share(answer), feedback))
    return Numbers(tuple(found), element.value("units", "unit", "unit_name"))


def texts(element: Element, default: Format) -> Texts:
    found = [
        TextAnswer(answer.value("text"), share(answer), formatted(answer.first("feedback"), default))
        for answer in element.all("answer")
    ]
    return Texts(tuple(found), case_matters=element.value("usecase") == "1")


def pairs(element: Element, default: Format) -> Pairs:
    """A right-hand side without a left-hand one fits nothing."""
    parts: list[Part] = []
    extra: list[str] = []
    for pair in element.all("subquestion"):
        left = to_markdown(pair.value("text"), format_of(pair, default))
        right = to_markdown(pair.value("answer", "text"), "plain")
        if left:
            parts.append(Part(left, right))
        else:
            extra.append(right)
    return Pairs(tuple(parts), tuple(extra))


def order(element: Element, default: Format) -> Order:
    """Entries stand in their right order."""
    return ordered(
        [(formatted(answer, default), formatted(answer.first("feedback"), default)) for answer in element.all("answer")]
    )


BODIES: dict[str, Callable[[Element, Format], Body]] = {
    "multichoice": choices,
    "truefalse": true_or_false,
    "numerical": numbers,
    "shortanswer": texts,
    "matching": pairs,
    "match": pairs,
    "ordering": order,
}
