"""A packet of a graded answer, to be watched: what the learner's objects do to one connection."""

from __future__ import annotations

from typing import Any

from lessons.models import SimulationRun
from lessons.runs import answers
from lessons.runs.polling import WAIT_SECONDS
from lessons.runs.scenarios import Scenario
from quizzes.errors import UngradableQuestionError
from quizzes.models import Answer, Attempt
from quizzes.questions.revisions import revision_scenario
from quizzes.questions.specifications import kind_of, specification
from quizzes.simulation.engine import Engine


class NothingToWatchError(Exception):
    """This answer has no such packet, or none yet."""


def watched(attempt: Attempt, slug: str, number: int) -> Scenario:
    """The scenario of a packet that a result offers to watch. Raises NothingToWatchError."""
    answer = attempt.answers.select_related("revision").filter(revision__slug=slug).first()
    if answer is None:
        raise NothingToWatchError
    return watched_answer(answer, number, graded=attempt.state == Attempt.State.GRADED)


def watched_answer(answer: Answer, number: int, *, graded: bool) -> Scenario:
    """The same for an answer that need not be stored. Raises NothingToWatchError."""
    scenario = revision_scenario(answer.revision)
    if scenario is None or not graded:
        raise NothingToWatchError
    kind, spec = kind_of(answer.revision), specification(answer.revision)
    try:
        found = kind.watched(spec, answer.response, Engine(scenario), number)
    except UngradableQuestionError as error:
        raise NothingToWatchError from error
    if found is None:
        raise NothingToWatchError
    return found


def ask(scenario: Scenario) -> answers.Answer:
    """The trace of this packet, or why it is not there yet."""
    (answer,) = answers.ask_all([(SimulationRun.Kind.TRACE, scenario)], wait_seconds=WAIT_SECONDS)
    return answer


def page_context(scenario: Scenario) -> dict[str, Any]:
    """What the page on which the packet is watched shows of it."""
    answer = ask(scenario)
    return {
        "action": scenario.action,
        "outcome_template": f"lessons/outcomes/{scenario.action.kind}.html",
        "answer": answer,
        "result": answer.result,
        "diagram": answer.result["diagram"] if answer.result else None,
    }
