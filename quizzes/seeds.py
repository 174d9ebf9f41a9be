"""Seeds: what an attempt draws, in which order and in which variants depends on its seed only.

A seed is 24 hexadecimal digits for the series of a learner's attempts, and 8 that count them.
"""

from __future__ import annotations

import hashlib
import secrets

COUNT_DIGITS = 8


def new_seed() -> str:
    """The seed of a learner's first attempt at a quiz."""
    return secrets.token_hex(16)


def next_seed(seed: str) -> str:
    """The seed of the attempt after the one with this seed."""
    return with_count(seed, count_of(seed) + 1)


def count_of(seed: str) -> int:
    return int(seed[-COUNT_DIGITS:], 16)


def series_of(seed: str) -> str:
    return seed[:-COUNT_DIGITS]


def with_count(seed: str, count: int) -> str:
    """A seed of the same series."""
    return f"{series_of(seed)}{count % 16**COUNT_DIGITS:0{COUNT_DIGITS}x}"


def shuffled(count: int, seed: str) -> tuple[int, ...]:
    """The numbers 0 to count - 1 in an order that only the seed decides."""
    return tuple(sorted(range(count), key=lambda index: hashlib.sha256(f"{seed}/{index}".encode()).digest()))
