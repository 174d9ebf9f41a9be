"""Names and numbers that the control plane draws at random, with a hash in place of each draw."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Without vowels and the digits that look like them (k8s.io/apimachinery pkg/util/rand)."""

MAX_BASE = 58
SUFFIX_LENGTH = 5


def template_hash(text: str) -> str:
    """Hash a Pod template to the 8 to 10 characters of the label pod-template-hash.

    As pkg/controller ComputeHash does: FNV-1a of 32 bits, in decimal digits, each mapped to the safe alphabet.
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(value))


def drawn_number(seed: str, bound: int) -> int:
    """Draw a number from 0 to `bound` - 1 that `seed` decides."""
    return int.from_bytes(sha256(seed.encode()).digest()[:8]) % bound


def generated_name(base: str, seed: str, taken: Collection[str]) -> str:
    """Make a name as generateName does: `base`, cut to 58 characters, and five more that `seed` decides.

    A name in `taken` is passed over, so the result depends on `taken` only where two names would collide.
    """
    for attempt in range(len(taken) + 1):
        digest = sha256(f"{seed}/{attempt}".encode()).digest()
        name = base[:MAX_BASE] + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:SUFFIX_LENGTH])
        if name not in taken:
            break
    return name
