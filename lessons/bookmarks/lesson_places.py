"""Places of a lesson that an address can name: the whole of it, a section, an experiment, a trace, a step of either.

A place is what follows the lesson's own address, so it never leads anywhere else:

    ""                             the lesson
    #section-the-network-model     a heading of its text
    #experiment-first:step=7       the seventh row of an experiment's table; likewise #trace-…
    playground/?from=pod/ops/probe#playground-packet:step=3   the playground in a state, and a step of its packet
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lessons.content import rendering
from lessons.models import Lesson

LONGEST = 1500
PLACE = re.compile(
    r"(?P<playground>playground/)?(?P<query>\?[\w\-.~%&=+/:@,;!*\[\]()|]*)?"
    r"(?:#(?P<anchor>[\w-]{1,200})(?::step=(?P<step>[1-9][0-9]{0,3}))?)?"
)


class PlaceError(Exception):
    """What was posted is no place of this lesson; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """`address` is what follows the lesson's address."""

    address: str
    title: str


def places(lesson: Lesson) -> tuple[Place, ...]:
    """Everything that can be chosen without a step: the lesson, its headings, experiments, traces and playground."""
    named = _titles(lesson)
    return (Place("", lesson.title), *(Place(f"#{anchor}", title) for anchor, title in named.items()))


def parse(lesson: Lesson, address: str) -> Place:
    """Raises PlaceError where the address names nothing in this lesson."""
    match = PLACE.fullmatch(address) if len(address) <= LONGEST else None
    if match is None:
        raise PlaceError(_("This place cannot be bookmarked. Choose one from the list."))
    if match["playground"]:
        title = playground_title(lesson) if lesson.playground else None
        kept = address
    else:
        title = _titles(lesson).get(match["anchor"]) if match["anchor"] else lesson.title
        kept = address[address.find("#") :] if match["anchor"] else ""
    if title is None:
        raise PlaceError(_("This part of the lesson is gone. Reload the page and choose again."))
    if match["step"]:
        title = _("%(title)s, step %(step)s") % {"title": title, "step": match["step"]}
    return Place(kept, title)


def _titles(lesson: Lesson) -> dict[str, str]:
    """Titles by anchor, in the order in which a learner would look for them."""
    found = {section.anchor: section.title for section in rendering.sections(lesson.body) if section.anchor}
    found |= {f"experiment-{slug}": title for slug, title in lesson.experiments.values_list("slug", "title")}
    found |= {f"trace-{slug}": title for slug, title in lesson.traces.values_list("slug", "title")}
    return found | ({"playground": playground_title(lesson)} if lesson.playground else {})


def playground_title(lesson: Lesson) -> str:
    return str(lesson.playground.get("title") or _("Playground"))
