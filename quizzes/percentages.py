"""The one rule by which points become a percentage: of a grade, a score, a dry run, an objective."""

from __future__ import annotations

from decimal import Decimal


def percent_of(points: Decimal, of: Decimal | int) -> Decimal:
    """0 to 100, unrounded; 0 where there is nothing to earn."""
    return 100 * points / of if of else Decimal(0)
