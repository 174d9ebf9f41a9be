"""What a policy takes off the points that an attempt earned: for coming late, and for the attempts before it.

A deduction is JSON, kept in the grade: {"reason": "late" or "tries", "percent": 0 to 100}. Percents add up, of what was
earned, so that a deduction never costs more than there is and a later attempt is never worth more than an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


def after(raw_score: Decimal, deductions: Iterable[Mapping[str, Any]]) -> Decimal:
    """Points with two decimals, from 0 to raw_score."""
    left = max(0, 100 - sum(deduction["percent"] for deduction in deductions))
    return (raw_score * left / 100).quantize(CENT, rounding=ROUND_HALF_UP)
