"""The unit of a number, for which GIFT has no place: it is the last line of the question and found there again."""

from __future__ import annotations

import re
from dataclasses import replace

from quizzes.exchange.items import Item, Numbers

LINE = re.compile(r"\n\n\(Unit: ([^\n]{1,30})\)\Z")


def with_unit(item: Item) -> str:
    """The prompt, with the unit at its end if there is one."""
    unit = item.body.unit if isinstance(item.body, Numbers) else ""
    return f"{item.prompt}\n\n(Unit: {unit})" if unit else item.prompt


def taken(item: Item) -> Item:
    """The item with the unit taken out of its prompt."""
    found = LINE.search(item.prompt)
    if found is None or not isinstance(item.body, Numbers):
        return item
    return replace(item, prompt=item.prompt[: found.start()], body=replace(item.body, unit=found[1]))
