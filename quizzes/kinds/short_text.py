"""The learner types a few words. Matchers are tried in order, and the first that fits decides and explains.

Upper and lower case and the amount of white space make no difference. Patterns run on pydantic's regular expressions,
those of Rust, whose time grows with the length of the text only, whatever an author writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic_core import SchemaError

from lessons import phrases
from quizzes.errors import Problem
from quizzes.kinds.base import Exchange, Form, Kind, Outcome, QuestionSpec, Response, Result, Strict, Text, code_span
from quizzes.kinds.typed import typed_text

SOMETHING_ELSE = gettext_noop("Something else")
phrases.register(SOMETHING_ELSE)
LONGEST_ANSWER = 200
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_ANSWER)]


class Matcher(Strict):
    """Exactly one of `equals`, `contains`, `pattern` and `otherwise`. `example` is a text that a pattern fits."""

    equals: Short | None = None
    contains: Short | None = None
    pattern: Short | None = None
    otherwise: Literal[True] | None = None
    example: Short | None = None
    right: bool = False
    explanation: Text

    @model_validator(mode="after")
    def one_way_to_match(self) -> Matcher:
        given = [way for way in ("equals", "contains", "pattern", "otherwise") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                _("give one of equals, contains, pattern or otherwise; given: {known}").format(
                    known=", ".join(given) or _("none")
                )
            )
        if self.otherwise and self.right:
            raise ValueError(_("what nobody thought of is not right: otherwise stands for wrong answers"))
        if (self.pattern is None) != (self.example is None):
            raise ValueError(
                _("a pattern, and only a pattern, has an example: a text that it fits, which learners see")
            )
        return self

    @property
    def sample(self) -> str:
        """A text that this matcher is for; "" for `otherwise`."""
        return self.equals or self.contains or self.example or ""

    def fits(self, text: str) -> bool:
        given = folded(text)
        if self.equals is not None:
            return given == folded(self.equals)
        if self.contains is not None:
            return folded(self.contains) in given
        return self.otherwise is True or matches(self.pattern or "", given)


class ShortTextSpec(QuestionSpec):
    matchers: tuple[Matcher, ...] = Field(min_length=2, max_length=20)

    def deciding(self, text: str) -> int:
        """The index of the first matcher that fits."""
        return next(index for index, matcher in enumerate(self.matchers) if matcher.fits(text))


class ShortText(Kind[ShortTextSpec]):
    """A response is {"text": what was typed}."""

    name = "short_text"
    label = gettext_lazy("Short text")
    rule = gettext_lazy("Type a word or two. Upper and lower case make no difference.")
    keys = gettext_lazy(
        "matchers: equals, contains or pattern with example, right: true, explanation; last otherwise: true"
    )
    template = "quizzes/kinds/_typed.html"
    result_template = "quizzes/kinds/_matchers_result.html"
    spec_type = ShortTextSpec

    def problems(self, spec: ShortTextSpec) -> Sequence[Problem]:
        return pattern_problems(spec) or end_problems(spec) or order_problems(spec)

    def present(self, spec: ShortTextSpec, response: Response, seed: str) -> dict[str, Any]:
        return {"text": response.get("text", ""), "longest": LONGEST_ANSWER, "label": _("Your answer")}

    def read(self, spec: ShortTextSpec, form: Form, field: str, seed: str) -> Response:
        text = typed_text(form, field, LONGEST_ANSWER)
        return {"text": text} if text else {}

    def answered(self, response: Response) -> bool:
        return bool(response.get("text"))

    def check(self, spec: ShortTextSpec, response: Response) -> None:
        """Any text can be graded."""

    def invalid_forms(self, spec: ShortTextSpec, field: str) -> Iterator[dict[str, list[str]]]:
        """There is none: any text is an answer."""
        yield from ()

    def describe(self, spec: ShortTextSpec, response: Response) -> str:
        return str(response.get("text", ""))

    def grade(self, spec: ShortTextSpec, response: Response, exchange: Exchange | None) -> Result:
        decided = spec.deciding(response["text"]) if self.answered(response) else None
        outcomes = tuple(
            Outcome(shown(matcher), index == decided, matcher.right, matcher.explanation)
            for index, matcher in enumerate(spec.matchers)
            if not matcher.otherwise or index == decided
        )
        right = decided is not None and spec.matchers[decided].right
        return Result(Fraction(int(right)), code_span(self.describe(spec, response)), outcomes)

    def solution(self, spec: ShortTextSpec, exchange: Exchange | None) -> Response:
        return {"text": next(matcher.sample for matcher in spec.matchers if matcher.right)}

    def distractors(self, spec: ShortTextSpec, exchange: Exchange | None) -> Iterator[Response]:
        yield from ({"text": each.sample} for each in spec.matchers if not each.right and not each.otherwise)


def shown(matcher: Matcher) -> str:
    """What an outcome is called, as Markdown."""
    if matcher.otherwise:
        return SOMETHING_ELSE
    return f"… {code_span(matcher.sample)} …" if matcher.contains else code_span(matcher.sample)


def folded(text: str) -> str:
    """Without differences of case and white space."""
    return " ".join(text.split()).casefold()


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern, in time that grows with the text's length only."""
    try:
        compiled(pattern).validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=512)
def compiled(pattern: str) -> TypeAdapter[str]:
    return TypeAdapter(Annotated[str, StringConstraints(pattern=f"^(?i:{pattern})$")])


def pattern_problems(spec: ShortTextSpec) -> list[Problem]:
    problems: list[Problem] = []
    for index, matcher in enumerate(spec.matchers):
        if matcher.pattern is None:
            continue
        try:
            TypeAdapter(Annotated[str, StringConstraints(pattern=matcher.pattern)])
            compiled(matcher.pattern)
        except SchemaError as error:
            reason = str(error).splitlines()[-1].strip()
            problems.append(
                (("matchers", index, "pattern"), _("is no regular expression: {reason}").format(reason=reason))
            )
    return problems


def end_problems(spec: ShortTextSpec) -> list[Problem]:
    """Some matcher is right, and only the last is for everything else."""
    problems: list[Problem] = []
    if not any(matcher.right for matcher in spec.matchers):
        problems.append((("matchers",), _("none has right: true")))
    last = len(spec.matchers) - 1
    for index, matcher in enumerate(spec.matchers):
        if bool(matcher.otherwise) != (index == last):
            problems.append((("matchers", index), _("the last matcher, and only the last, is otherwise: true")))
    return problems


def order_problems(spec: ShortTextSpec) -> list[Problem]:
    """Every matcher decides about its own sample."""
    return [
        (
            ("matchers", index),
            _("does not decide about “{sample}”: matchers[{deciding}] does").format(
                sample=matcher.sample, deciding=spec.deciding(matcher.sample)
            ),
        )
        for index, matcher in enumerate(spec.matchers)
        if not matcher.otherwise and spec.deciding(matcher.sample) != index
    ]
