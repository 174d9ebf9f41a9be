"""A question's specification, the cluster and the packet that decide its answer, and what can be graded.

specification(revision)      the parsed specification of a question as it was asked
scenario_for(spec, lesson)   the cluster and the probe that a specification names, if any
facts_of(kind, spec, …)      what the engine finds, and grading a response needs
require_readable(…)          whether a response can be graded as it stands; free for the learner
gradable(…)                  what of a response can be graded when time is up
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from lessons.models import Lesson
from lessons.runs.scenarios import Scenario
from quizzes.errors import IncompleteAnswerError, InvalidAnswerError, InvalidSpecError
from quizzes.kinds import KINDS, Kind, QuestionSpec, Response, parse_spec
from quizzes.models import Question, QuestionRevision
from quizzes.simulation.engine import Engine


def kind_of(question: Question | QuestionRevision) -> Kind[Any]:
    return KINDS[question.kind]


def specification(revision: QuestionRevision) -> QuestionSpec:
    """Raises InvalidSpecError for one that was stored without being checked."""
    return parse_spec(revision.kind, revision.spec)


def scenario_for(spec: QuestionSpec, lesson: Lesson) -> Scenario | None:
    """Raises InvalidSpecError that names the key when the lesson has no such experiment, or no scene."""
    if spec.experiment:
        return experiment_scenario(spec.experiment, lesson)
    if spec.scene is None:
        return None
    if lesson.scene is None:
        raise InvalidSpecError.at(
            ("scene",), gettext("the lesson “{lesson}” has no scene to send a packet through").format(lesson=lesson)
        )
    facts = spec.scene
    changes = (facts.changes,) if facts.changes.strip() else ()
    return Scenario(lesson.scene.manifests, changes, facts.action(), faults=facts.faults)


def experiment_scenario(slug: str, lesson: Lesson) -> Scenario:
    experiments = {experiment.slug: experiment for experiment in lesson.experiments.select_related("lesson__scene")}
    if slug not in experiments:
        known = ", ".join(experiments) or gettext("none")
        raise InvalidSpecError.at(
            ("experiment",),
            gettext("the lesson has no experiment {slug}; it has {known}").format(slug=repr(slug), known=known),
        )
    try:
        return experiments[slug].scenario()
    except ValidationError as error:
        raise InvalidSpecError.at(("experiment",), " ".join(error.messages)) from error


def engine_of(scenario: Scenario | None) -> Engine | None:
    return None if scenario is None else Engine(scenario)


def facts_of(
    kind: Kind[Any], spec: QuestionSpec, response: Response, engine: Engine | None
) -> Mapping[str, Any] | None:  # fmt: skip
    """What the engine finds for grading this response. Raises UngradableQuestionError when it refuses the question."""
    return None if engine is None else kind.facts(spec, response, engine)


def require_readable(
    kind: Kind[Any], spec: QuestionSpec, response: Response, scenario: Scenario | None
) -> None:  # fmt: skip
    """Raises InvalidAnswerError when the response cannot be graded as it stands."""
    kind.check(spec, response)
    if scenario is not None and kind.answered(response):
        kind.check_in_cluster(spec, response, scenario)


def gradable(
    kind: Kind[Any], spec: QuestionSpec, response: Response, scenario: Scenario | None
) -> tuple[Response, str]:  # fmt: skip
    """What of a response can be graded, as it was when time was up: an incomplete one as far as it goes, one that
    cannot be read as none at all; then the second value says what is wrong with it."""
    try:
        require_readable(kind, spec, response, scenario)
    except IncompleteAnswerError:
        return response, ""
    except InvalidAnswerError as error:
        return {}, str(error)
    return response, ""


def exchange_of(scenario: Scenario | None) -> Mapping[str, Any] | None:
    """What the question's own action finds. Raises UngradableQuestionError when the engine refuses it."""
    return None if scenario is None else Engine(scenario).exchange()
