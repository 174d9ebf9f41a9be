"""Explanations of single pairs and entries, for which GIFT and Moodle have no place: they go into the general feedback.

They are a Markdown list at its end, one entry for each part, and are found there again by the names of the parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from quizzes.exchange.items import Item, Order, Pairs, Part

INDENT = "  "


def folded(item: Item) -> str:
    """The general feedback with the explanations of the parts at its end."""
    if not isinstance(item.body, Pairs | Order):
        return item.explanation
    entries = [f"{start(part)}{indented(part.feedback)}" for part in item.body.parts if part.feedback]
    return "\n\n".join(text for text in (item.explanation, "\n".join(entries)) if text)


def start(part: Part) -> str:
    return f"- {part.left}: "


def indented(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(f"{INDENT}{line}" if line.strip() else "" for line in rest)])


def unfolded(item: Item) -> Item:
    """The item with explanations taken out of its general feedback and given to their parts."""
    if not isinstance(item.body, Pairs | Order):
        return item
    explanation, feedback = taken(item.explanation, [start(part) for part in item.body.parts])
    parts = tuple(replace(part, feedback=part.feedback or feedback.get(start(part), "")) for part in item.body.parts)
    return replace(item, explanation=explanation, body=replace(item.body, parts=parts))


def taken(text: str, starts: Sequence[str]) -> tuple[str, Mapping[str, str]]:
    """What stands before the list, and for each start of an entry what the entry says."""
    found: dict[str, list[str]] = {}
    before: list[str] = []
    current: list[str] = before
    for line in text.split("\n"):
        begun = max((each for each in starts if line.startswith(each)), key=len, default="")
        if begun:
            current = found.setdefault(begun, [])
        current.append(line.removeprefix(begun or ("" if current is before else INDENT)))
    return "\n".join(before).strip(), {each: "\n".join(lines).strip() for each, lines in found.items()}
