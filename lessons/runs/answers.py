"""What the engine says to a question that a page asks, or why it does not say it yet.

    first, second = ask_all([(Kind.STAGE, question), (Kind.TRACE, scenario)], wait_seconds=0.8)

All questions are put before the first answer is awaited, so that waiting is shared.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from lessons import phrases
from lessons.models import SimulationRun
from lessons.runs import simulations
from lessons.runs.plays import Question
from lessons.runs.scenarios import Scenario

Asked = Scenario | Question
GENERATED_FILE = re.compile(r"\b(scene|changes(-\d+)?)\.yaml:\d+: ")
"""Where the engine found what it refuses: a file that a learner never sees."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`refused`: the engine does not accept the content, and `message` is its own words; asking again is of no use."""

    state: Literal["shown", "pending", "unavailable"]
    run: SimulationRun
    result: dict[str, Any] | None = None
    message: str = ""
    refused: bool = False


def ask_all(questions: Sequence[tuple[str, Asked]], *, wait_seconds: float) -> list[Answer]:
    """One answer for each question, in their order."""
    deadline = time.monotonic() + wait_seconds
    asked = [_put(kind, question) for kind, question in questions]
    return [each if isinstance(each, Answer) else _awaited(each, deadline - time.monotonic()) for each in asked]


def _put(kind: str, question: Asked) -> SimulationRun | Answer:
    try:
        return simulations.request_run(kind, question)
    except simulations.SimulatorUnavailableError as error:
        message = _("The simulator cannot be reached. What you chose is kept; it is asked again in a moment.")
        return Answer("unavailable", error.run, message=message)


def _awaited(run: SimulationRun, seconds: float) -> Answer:
    run = simulations.wait_for(run, max(0.0, seconds))
    if run.state == SimulationRun.State.FAILED:
        return Answer("unavailable", run, message=phrases.shown(GENERATED_FILE.sub("", run.error)), refused=True)
    if run.result is not None:
        return Answer("shown", run, run.result)
    if simulations.is_overdue(run):
        message = _("The simulator has not answered yet; it is busy or stopped. The answer appears here on its own.")
        return Answer("unavailable", run, message=message)
    return Answer("pending", run)
