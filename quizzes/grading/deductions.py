"""What a policy takes off the points that an attempt earned: for coming late, and for the attempts before it.

A deduction is JSON, kept in the grade: {"reason": "late" or "tries", "percent": 0 to 100}. Percents add up, of what was
earned, so that a deduction never costs more than there is and a later attempt is never worth more than an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
LATE = "late"


def with_more_time(deductions: Iterable[Mapping[str, Any]], due: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The deductions of a grade, of which no more is for lateness than is `due` now. All others stay as they are."""
    late = sum(deduction["percent"] for deduction in due if deduction["reason"] == LATE)
    capped = [
        {**each, "percent": min(each["percent"], late)} if each["reason"] == LATE else dict(each) for each in deductions
    ]
    return [each for each in capped if each["percent"]]


def after(raw_score: Decimal, deductions: Iterable[Mapping[str, Any]]) -> Decimal:
    """Points with two decimals, from 0 to raw_score."""
    left = max(0, 100 - sum(deduction["percent"] for deduction in deductions))
    return (raw_score * left / 100).quantize(CENT, rounding=ROUND_HALF_UP)
