"""The formulas. Numbers in, numbers out; None where there is too little to say anything.

Fractions are of the points, from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import StatisticsError, correlation

ENOUGH = 5
"""First attempts before anything is said of a question: fewer say more about persons than about the question."""
ENOUGH_TO_CORRELATE = 20
"""First attempts before a discrimination is shown. Its standard error is about 1/√n, 0.22 for 20."""
ENOUGH_IN_A_VARIANT = 10
BINS = 10


def item_rest_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's correlation of (fraction of this question, fraction of all others), from -1 to 1.

    None below ENOUGH_TO_CORRELATE, and where one of the two is the same for everybody.
    """
    if len(pairs) < ENOUGH_TO_CORRELATE:
        return None
    items, rests = zip(*pairs, strict=True)
    try:
        return correlation(items, rests)
    except StatisticsError:
        return None


def homogeneity(counts: Sequence[tuple[int, int]]) -> float | None:
    """The p-value of Pearson's χ² test that (right, not right) have the same odds in every variant.

    None for fewer than two variants, where all or none are right, and where the expected counts are too small for the
    test: below 1, or more than a fifth of them below 5 (W. G. Cochran, Biometrics 10 (1954), 417-451).
    """
    total, right = sum(map(sum, counts)), sum(count[0] for count in counts)
    if len(counts) < 2 or right in (0, total):
        return None
    shares = (right / total, 1 - right / total)
    cells = [(seen, sum(count) * share) for count in counts for seen, share in zip(count, shares, strict=True)]
    expected = [each for _seen, each in cells]
    if min(expected) < 1 or sum(each < 5 for each in expected) > len(expected) / 5:
        return None
    return chi_square_tail(sum((seen - each) ** 2 / each for seen, each in cells), len(counts) - 1)


def chi_square_tail(value: float, degrees: int) -> float:
    """The chance of at least this value. Abramowitz & Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5."""
    half = value / 2
    if degrees % 2 == 0:
        return math.exp(-half) * sum(half**k / math.factorial(k) for k in range(degrees // 2))
    terms = sum(half ** (k - 0.5) / math.gamma(k + 0.5) for k in range(1, (degrees - 1) // 2 + 1))
    return math.erfc(math.sqrt(half)) + math.exp(-half) * terms


def histogram(fractions: Sequence[float], bins: int = BINS) -> tuple[int, ...]:
    """How many lie in each bin of equal width; the last includes 1."""
    counts = [0] * bins
    for fraction in fractions:
        counts[min(int(fraction * bins + 1e-9), bins - 1)] += 1
    return tuple(counts)
