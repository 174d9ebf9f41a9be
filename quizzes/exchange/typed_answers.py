"""Items whose answers are typed, as questions of ours: numbers, addresses, words, gaps.

An answer that earns a part of the points earns nothing here. A wrong answer without feedback is left out: whatever is
not listed is wrong, too.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext
from pydantic import ValidationError

from quizzes.errors import InvalidAnswerError
from quizzes.exchange.items import Gap, Item, NotCarriedError, NumberAnswer, Numbers, TextAnswer, Texts, decimal
from quizzes.exchange.problems import Problems, Spec, percent_text
from quizzes.kinds.fill import same_form
from quizzes.kinds.network import parse_mac, parse_prefix
from quizzes.kinds.short_text import LONGEST_ANSWER, Matcher
from quizzes.questions.placeholders import MISSING_EXPLANATION

ANYTHING = "*"
WILDCARD = re.compile(r"(?<!\\)\*+")
Parse = Callable[[str], Any]
# The kinds that compare values, and what makes a text such a value.
VALUES: tuple[tuple[str, Spec, Parse], ...] = (
    ("ip_address", {}, ipaddress.ip_address),
    ("network", {"form": "cidr"}, parse_prefix),
    ("network", {"form": "mac"}, parse_mac),
)


def number(body: Numbers, item: Item, problems: Problems) -> tuple[str, Spec]:
    """Raises NotCarriedError."""
    accepted = [answer for answer in body.answers if answer.share == 1]
    if not accepted:
        raise NotCarriedError(gettext("no number earns all points"))
    right = accepted[0]
    if right.value is None:
        raise NotCarriedError(gettext("every number earns all points"))
    for other in accepted[1:]:
        problems.append(
            gettext("it accepts {shown} only, not also {shown2}").format(shown=shown(right), shown2=shown(other))
        )
    spec = general_explanation(right.feedback, item, problems)
    spec["answer"] = {"value": plain_number(right.value)}
    if mistakes := list(wrong_numbers(body, problems)):
        spec["mistakes"] = mistakes
    if right.tolerance:
        spec["tolerance"] = plain_number(right.tolerance)
    return "number", spec | ({"unit": body.unit} if body.unit else {})


def wrong_numbers(body: Numbers, problems: Problems) -> Iterator[Spec]:
    for answer in body.answers:
        if answer.share == 1:
            continue
        note_share(shown(answer), answer.share, problems)
        if answer.value is not None and answer.feedback:
            yield {"value": plain_number(answer.value), "explanation": answer.feedback}
        elif answer.feedback:
            problems.append(gettext("its feedback for every other number is not carried"))


def shown(answer: NumberAnswer) -> str:
    return gettext("every other number") if answer.value is None else decimal(answer.value)


def plain_number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def note_share(what: str, share: Fraction, problems: Problems) -> None:
    if 0 < share < 1:
        problems.append(
            gettext("{what} earns {percent} there and nothing here").format(what=what, percent=percent_text(share))
        )


def general_explanation(feedback: str, item: Item, problems: Problems) -> Spec:
    """These kinds have one explanation: the general feedback and that of the right answer."""
    texts = dict.fromkeys(text for text in (feedback, item.explanation) if text)
    return {"explanation": problems.explained("\n\n".join(texts), gettext("the answer"))}


def text_question(body: Texts, item: Item, problems: Problems) -> tuple[str, Spec]:
    """An address is compared as an address, everything else as words. Raises NotCarriedError."""
    right = [answer for answer in body.answers if answer.share == 1]
    if not right:
        raise NotCarriedError(gettext("no answer earns all points"))
    if any(len(answer.pattern) > LONGEST_ANSWER for answer in body.answers):
        raise NotCarriedError(gettext("an answer has more than {most} characters").format(most=LONGEST_ANSWER))
    for kind, form, parse in VALUES:
        values = [value_of(parse, answer) for answer in right]
        if values[0] is not None and all(value == values[0] for value in values):
            return kind, value_spec(body, item, problems, parse) | form
    if body.case_matters:
        problems.append(gettext("upper and lower case make no difference here"))
    return "short_text", {"matchers": matchers(body, item, problems)}


def value_of(parse: Parse, answer: TextAnswer) -> Any:
    """None for a text that is no such value."""
    try:
        return parse(answer.pattern)
    except (ValueError, InvalidAnswerError):
        return None


def value_spec(body: Texts, item: Item, problems: Problems, parse: Parse) -> Spec:
    right = next(answer for answer in body.answers if answer.share == 1)
    known = {value_of(parse, right)}
    mistakes = []
    for answer in body.answers:
        value = value_of(parse, answer)
        note_share(f"“{answer.pattern}”", answer.share, problems)
        if value is None and answer.feedback:
            problems.append(gettext("its feedback for {answer} is not carried").format(answer=named(answer)))
        elif value not in known and answer.feedback:
            known.add(value)
            mistakes.append({"value": answer.pattern, "explanation": answer.feedback})
    spec = general_explanation(right.feedback, item, problems) | {"answer": {"value": right.pattern}}
    return spec | ({"mistakes": mistakes} if mistakes else {})


def named(answer: TextAnswer) -> str:
    return gettext("every other answer") if answer.pattern == ANYTHING else f"“{answer.pattern}”"


def matchers(body: Texts, item: Item, problems: Problems) -> list[Spec]:
    """In their order, the one for everything else last. Raises NotCarriedError."""
    kept: list[Matcher] = []
    for answer in body.answers:
        if answer.pattern == ANYTHING and answer.share == 1:
            raise NotCarriedError(gettext("every answer earns all points"))
        note_share(named(answer), answer.share, problems)
        matcher = matcher_of(answer)
        if any(earlier.fits(matcher.sample) for earlier in kept):
            problems.append(
                gettext("{answer} never decides: an answer before it fits, too").format(answer=named(answer))
            )
            continue
        why = problems.explained(answer.feedback, named(answer))
        kept.append(matcher.model_copy(update={"explanation": why}))
    if not kept[-1].otherwise:
        why = item.explanation or problems.explained("", gettext("every other answer"))
        kept.append(Matcher(otherwise=True, explanation=why))
    return [matcher.model_dump(exclude_defaults=True) for matcher in kept]


def matcher_of(answer: TextAnswer) -> Matcher:
    """With the placeholder for its explanation. Raises NotCarriedError."""
    how = way_to_match(answer.pattern) | ({"right": True} if answer.share == 1 else {})
    try:
        return Matcher(**how, explanation=MISSING_EXPLANATION)
    except ValidationError as error:
        raise NotCarriedError(
            gettext("the answer {answer} is empty or too long").format(answer=named(answer))
        ) from error


def way_to_match(pattern: str) -> Spec:
    r"""In a pattern * stands for any text and \* for an asterisk."""
    if WILDCARD.fullmatch(pattern):
        return {"otherwise": True}
    parts = [part.replace(r"\*", "*") for part in WILDCARD.split(pattern)]
    if len(parts) == 1:
        return {"equals": parts[0]}
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return {"contains": parts[1].strip()}
    return {"pattern": ".*".join(map(re.escape, parts)), "example": "".join(parts).strip()}


def blank(gap: Gap, name: str, problems: Problems) -> Spec:
    """What belongs into a gap of a text. Raises NotCarriedError."""
    answers = [gap_answer(gap, answer, name, problems) for answer in gap.answers]
    right = next((answer for answer in answers if answer.share == 1), None)
    if right is None or WILDCARD.search(right.pattern):
        raise NotCarriedError(gettext("{name} has no single text that is right").format(name=name))
    if gap.style == "chosen":
        problems.append(gettext("{name} is a list to choose from there, and to be typed here").format(name=name))
    value = literal(right.pattern)
    known, mistakes = {same_form(value)}, []
    for answer in answers:
        same = same_form(literal(answer.pattern))
        note_share(gettext("“{pattern}” in {name}").format(pattern=answer.pattern, name=name), answer.share, problems)
        if same in known:
            continue
        if answer.share == 1:
            problems.append(
                gettext("{name} accepts “{value}” only, not also “{pattern}”").format(
                    name=name, value=value, pattern=answer.pattern
                )
            )
        elif answer.feedback and WILDCARD.search(answer.pattern):
            problems.append(
                gettext("its feedback for {answer} in {name} is not carried").format(answer=named(answer), name=name)
            )
        elif answer.feedback:
            known.add(same)
            mistakes.append({"value": literal(answer.pattern), "explanation": answer.feedback})
    spec = {"value": value, "explanation": problems.explained(right.feedback, name)}
    return spec | ({"mistakes": mistakes} if mistakes else {})


def gap_answer(gap: Gap, answer: TextAnswer, name: str, problems: Problems) -> TextAnswer:
    """A number without its tolerance, which is noted."""
    if gap.style != "number":
        return answer
    value, _colon, tolerance = answer.pattern.partition(":")
    if tolerance.strip("0. "):
        problems.append(
            gettext("{name} accepts {value} exactly, without a tolerance of {tolerance}").format(
                name=name, value=value, tolerance=tolerance
            )
        )
    return TextAnswer(value.strip(), answer.share, answer.feedback)


def literal(pattern: str) -> str:
    return pattern.replace(r"\*", "*")
