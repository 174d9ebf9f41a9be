"""The formats there are, by the names that commands and pages use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from quizzes.exchange import gift, moodle_xml
from quizzes.exchange.items import Item, Reading


@dataclass(frozen=True, slots=True)
class Format:
    """`losses`: what of an item the format does not say. `suffix`: how names of its files end."""

    name: str
    label: str
    suffix: str
    media_type: str
    read: Callable[[str, str], Reading]
    write: Callable[[Iterable[Item]], str]
    losses: Callable[[Item], Iterator[str]]


GIFT = Format("gift", "GIFT", ".gift.txt", "text/plain", gift.read, gift.write, gift.losses)
MOODLE_XML = Format(
    "moodle-xml", "Moodle XML", ".xml", "application/xml", moodle_xml.read, moodle_xml.write, moodle_xml.losses
)
FORMATS = {form.name: form for form in (GIFT, MOODLE_XML)}


def format_of(text: str) -> Format:
    """What a file seems to be written in: XML begins with <."""
    return MOODLE_XML if text.lstrip("\ufeff \t\r\n").startswith("<") else GIFT
