"""The learner types a number: with a decimal point or comma, in a unit that is given, right within a tolerance."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, StringConstraints

from quizzes.errors import InvalidAnswerError
from quizzes.kinds.typed import TypedKind, TypedSpec

DECIMAL = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
HEXADECIMAL = re.compile(r"[+-]?0[xX][0-9a-fA-F]+")
# A comma before three digits may group thousands or begin the decimals; after a leading zero it can only do the latter.
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
GROUPED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f_'](?=\d{3}(\D|$))", re.ASCII)


class NumberSpec(TypedSpec):
    """`tolerance`: how far from the solution an answer still is right, in the same unit."""

    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)] = ""


class Number(TypedKind[NumberSpec]):
    name = "number"
    label = gettext_lazy("Number")
    rule = gettext_lazy("Type a number, such as 42 or 0.5.")
    keys = gettext_lazy("answer: value or path; mistakes: value or path, explanation; unit; tolerance")
    spec_type = NumberSpec

    def rule_for(self, spec: NumberSpec) -> str:
        if not spec.tolerance:
            return super().rule_for(spec)
        tolerance = self.shown(spec, as_fraction(spec.tolerance))
        return _("%(rule)s It counts as right up to %(tolerance)s from the exact one.") % {
            "rule": self.rule,
            "tolerance": tolerance,
        }

    def field_label(self, spec: NumberSpec) -> str:
        return _("Number of %(unit)s") % {"unit": spec.unit} if spec.unit.isalpha() else str(self.label)

    def present(self, spec: NumberSpec, response: dict[str, Any], seed: str) -> dict[str, Any]:
        return super().present(spec, response, seed) | {"unit": spec.unit, "inputmode": "decimal"}

    def parse(self, spec: NumberSpec, text: str) -> Fraction:
        number = text.replace("−", "-").strip()
        if spec.unit and number.casefold().endswith(spec.unit.casefold()):
            number = number[: -len(spec.unit)].strip()
        number = GROUPED.sub("", number)
        if HEXADECIMAL.fullmatch(number):
            return Fraction(int(number, 16))
        if AMBIGUOUS.fullmatch(number):
            whole, decimals = number.split(",")
            raise InvalidAnswerError(
                _("“%(text)s” can be read in two ways. Write %(thousands)s, or %(decimal)s.")
                % {"text": text, "thousands": whole + decimals, "decimal": f"{whole}.{decimals}"}
            )
        if not DECIMAL.fullmatch(number):
            raise InvalidAnswerError(what_is_wrong(text, spec.unit))
        return Fraction(number.replace(",", "."))

    def fact(self, spec: NumberSpec, raw: Any) -> Fraction:
        """Of a list the number of its entries."""
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return as_fraction(raw)
        if isinstance(raw, list | tuple):
            return Fraction(len(raw))
        return super().fact(spec, raw)

    def shown(self, spec: NumberSpec, value: Fraction) -> str:
        number = f"{value.numerator}" if value.denominator == 1 else f"{float(value):.10g}"
        return f"{number} {spec.unit}".strip()

    def same(self, spec: NumberSpec, one: Fraction, other: Fraction) -> bool:
        return abs(one - other) <= as_fraction(spec.tolerance)

    def noun(self, spec: NumberSpec) -> str:
        return _("a number")


def as_fraction(number: float) -> Fraction:
    """The number as it is written in decimals: 0.1 is one tenth."""
    return Fraction(str(number))


def what_is_wrong(text: str, unit: str) -> str:
    if unit:
        return _("“%(text)s” is not a number. Write digits alone, such as 42 or 0.5; the unit is %(unit)s.") % {
            "text": text,
            "unit": unit,
        }
    return _("“%(text)s” is not a number. Write digits alone, such as 42 or 0.5.") % {"text": text}
