r"""Gaps inside a text as Moodle writes them: {1:SHORTANSWER:=10.0.0.1#why~10.0.0.2#why not}.

See https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type. Moodle decodes HTML entities in answers, which is
the one way to write every character in them; explanations of answers are HTML.
"""

from __future__ import annotations

import re
from fractions import Fraction
from html import escape, unescape

from django.utils.translation import gettext

from lessons.content.rendering import inline_html
from quizzes.exchange.items import Gap, Gaps, NotCarriedError, TextAnswer, percent, share_of_percent
from quizzes.exchange.markdown_texts import Format, require_length, to_markdown
from quizzes.exchange.plain_texts import plain

TYPED = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}
NUMERICAL = {"NUMERICAL", "NM"}
CHOSEN = re.compile(r"(MULTICHOICE|MC)(_?[VH]?S?)")
GAP = re.compile(r"\{(\d*):([A-Z_]+):((?:\\.|[^\\}])*)\}", re.DOTALL)
ALTERNATIVE = re.compile(r"(?:\\.|&#?\w+;|[^~\\])+", re.DOTALL)
FEEDBACK = re.compile(r"(?P<answer>(?:\\.?|&#?\w+;|[^#\\])*)(?:#(?P<feedback>.*))?", re.DOTALL)
OPEN, CLOSE = "\ue000", "\ue001"  # stand for gaps while the text around them is read
PLACE = re.compile(f"{OPEN}\\d+{CLOSE}")
FENCE = re.compile(r"^```[^\n]*\n(?P<code>.*?)\n```\s*\Z", re.DOTALL | re.MULTILINE)
WEIGHT = re.compile(r"=|%(-?[\d.,]+)%")
ESCAPE = re.compile(r"""\\([}#~/"\\])""")


def read(text: str, form: Format) -> tuple[str, Gaps]:
    """The prompt, and the text with gaps after it. Raises NotCarriedError."""
    require_length(text)
    gaps = [gap(match[2], match[3]) for match in GAP.finditer(text)]
    if not gaps:
        raise NotCarriedError(gettext("it has no gap such as {1:SHORTANSWER:=answer}"))
    numbers = iter(range(len(gaps)))
    prompt, gapped = divided(to_markdown(GAP.sub(lambda _: f"{OPEN}{next(numbers)}{CLOSE}", text), form))
    return prompt, Gaps(tuple(PLACE.split(gapped)), tuple(gaps))


def divided(text: str) -> tuple[str, str]:
    """Where the text with gaps begins: with the block of code that has all of them, else with their first paragraph."""
    fence = FENCE.search(text)
    if fence and PLACE.findall(fence["code"]) == PLACE.findall(text):
        return text[: fence.start()].strip(), fence["code"]
    paragraphs = text.split("\n\n")
    first = next(index for index, paragraph in enumerate(paragraphs) if PLACE.search(paragraph))
    lines = "\n\n".join(paragraphs[first:]).split("\n")
    return "\n\n".join(paragraphs[:first]), "\n".join(map(plain, lines))


def gap(kind: str, alternatives: str) -> Gap:
    style = style_of(kind)
    answers = [alternative(text) for text in ALTERNATIVE.findall(alternatives)]
    return Gap(tuple(answers), style)


def style_of(kind: str) -> str:
    if kind in TYPED:
        return "typed"
    if kind in NUMERICAL:
        return "number"
    if CHOSEN.fullmatch(kind):
        return "chosen"
    raise NotCarriedError(gettext("a gap of the type {kind} has no counterpart").format(kind=kind))


def alternative(text: str) -> TextAnswer:
    weight = WEIGHT.match(text)
    share = Fraction(0)
    if weight:
        share = share_of_percent(weight[1]) if weight[1] else Fraction(1)
        text = text[weight.end() :]
    parts = FEEDBACK.fullmatch(text)
    assert parts is not None  # noqa: S101  (every part of the pattern may be empty)
    feedback = to_markdown(unescape(ESCAPE.sub(r"\1", parts["feedback"] or "")), "html")
    return TextAnswer(unescape(ESCAPE.sub(r"\1", parts["answer"])).strip(), share, feedback)


def write(gap: Gap) -> str:
    return f"{{1:SHORTANSWER:{'~'.join(map(written, gap.answers))}}}"


def written(answer: TextAnswer) -> str:
    mark = "=" if answer.share == 1 else f"%{percent(answer.share)}%"
    feedback = encoded(inline_html(answer.feedback)) if answer.feedback else ""
    return f"{mark}{encoded(answer.pattern)}{f'#{feedback}' if feedback else ''}"


def encoded(text: str) -> str:
    """The text as Moodle reads it: it decodes entities, so those in the text are encoded, and all marks of a gap."""
    return re.sub(r"[{}~#\\=%]", lambda found: f"&#{ord(found[0])};", escape(text, quote=False))
