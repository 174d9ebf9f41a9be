"""Regular expressions that authors write, kept to those that cannot take long.

Gateways run them with RE2, which is linear in the text; Python's engine backtracks, so what could make it backtrack
without bound, and what RE2 does not know, is refused.
"""

from __future__ import annotations

import re

LONGEST_EXPRESSION = 256
MOST_REPEATS, MOST_ALTERNATIVES = 2, 8
"""Within these a text of 256 characters takes some milliseconds at worst."""
UNKNOWN_TO_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]")
REPEAT = re.compile(r"[*+]|(?<!\()\?|\{\d*,?\d*\}")
REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{)")


def regular_expression(text: str) -> str:
    """Check a pattern; ValueError says what is wrong with it or what this engine does not run."""
    if len(text) > LONGEST_EXPRESSION:
        raise ValueError(f"a regular expression of more than {LONGEST_EXPRESSION} characters is not run")
    if UNKNOWN_TO_RE2.search(text):
        raise ValueError(f"{text!r} looks around or back, which RE2 does not know")
    if REPEATED_GROUP.search(text):
        raise ValueError(f"{text!r} repeats a group, which is not run here; repeat a character class instead")
    if len(REPEAT.findall(text)) > MOST_REPEATS:
        raise ValueError(
            f"{text!r} has more than {MOST_REPEATS} repeats ('*', '+', '?', '{{n}}'), which is not run here"
        )
    if text.count("|") > MOST_ALTERNATIVES:
        raise ValueError(f"{text!r} has more than {MOST_ALTERNATIVES} alternatives, which is not run here")
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    return text
