"""The packets that a visitor of the home page may send without a prediction, through the scene of one lesson."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lessons.content.action_schema import Action
from lessons.content.content_schema import DemoContent, DemoPacket
from lessons.content.schema import ContentError, parse
from lessons.models import Course, SimulationRun
from lessons.runs import simulations
from lessons.runs.answers import ask_all
from lessons.runs.scenarios import Scenario

WAIT_SECONDS = 1.5
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Demo:
    """What templates/lessons/_demo.html gets: `result` is that of lessons.runs.scenarios.play for the packet `sent`."""

    course: Course
    packets: tuple[DemoPacket, ...]
    sent: DemoPacket | None
    diagram: dict[str, Any] | None
    result: dict[str, Any] | None = None
    message: str = ""


def packets(course: Course) -> tuple[DemoPacket, ...]:
    """Raises ContentError when what is stored is malformed."""
    return _content(course).packets if course.demo else ()


def scenario(course: Course, packet: DemoPacket) -> Scenario:
    """Raises ContentError when the lesson or its scene is gone."""
    content = _content(course)
    lesson = course.lessons.select_related("scene").filter(slug=content.lesson).first()
    if lesson is None or lesson.scene is None:
        raise ContentError(
            "", (_("the course has no lesson {lesson} with a scene").format(lesson=repr(content.lesson)),)
        )
    return Scenario(lesson.scene.manifests, (), Action(probe=packet.probe), show=content.show)


def open_demo(course: Course, slug: str = "") -> Demo | None:
    """The demo with the packet of this slug sent, with none for any other; None for a course without a demo."""
    choices = packets(course)
    if not choices:
        return None
    sent = next((packet for packet in choices if packet.slug == slug), None)
    if sent is None:
        return Demo(course, choices, None, _diagram(scenario(course, choices[0])))
    (answer,) = ask_all([(SimulationRun.Kind.TRACE, scenario(course, sent))], wait_seconds=WAIT_SECONDS)
    if answer.result is None:
        message = answer.message or _("The simulator has not answered yet. Send the packet again in a moment.")
        return Demo(course, choices, sent, _diagram(scenario(course, choices[0])), message=message)
    return Demo(course, choices, sent, answer.result["diagram"], answer.result)


def shown_on_home(course: Course, slug: str) -> Demo | None:
    """Like open_demo; a demo whose lesson is gone is logged and left out, so that the home page stays."""
    try:
        return open_demo(course, slug)
    except ContentError as error:
        logger.warning("the home page shows no packet of course %s: %s", course.slug, error)
        return None


def _content(course: Course) -> DemoContent:
    return parse(DemoContent, course.demo, "demo")


def _diagram(of: Scenario) -> dict[str, Any] | None:
    """The picture without a packet, where it was drawn before."""
    run = simulations.find(SimulationRun.Kind.TRACE, of)
    if run is None or run.result is None:
        return None
    return {**run.result["diagram"], "stops": []}
