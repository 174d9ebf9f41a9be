"""Whether an experiment teaches what its author means: the engine runs it, and exactly one option must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import netsim
from lessons.content import rendering
from lessons.content.manifests import ManifestError
from lessons.models import Experiment, Lesson
from lessons.runs import expectations
from lessons.runs.scenarios import Scenario, play

When = Mapping[str, Any]


def exchange_of(scenario: Scenario) -> dict[str, Any]:
    """What the engine finds, with the pictures drawn as a check. Nothing is stored.

    Raises ManifestError, also for an action or a diagram that does not fit the cluster.
    """
    try:
        return dict(play("trace", scenario.request("trace"))["exchange"])
    except netsim.NetsimError as error:
        raise ManifestError(f"{scenario.action.kind}: {error}") from error


def experiment_problems(experiment: Experiment, exchange: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the prediction or the check afterwards does not hold against what the engine found; each names its key."""
    asked = {"options": [option.when for option in experiment.options.all()]}
    if experiment.check_question:
        asked["check.options"] = [option["when"] for option in experiment.check_question["options"]]
    found = ((key, options_problem(exchange, whens)) for key, whens in asked.items())
    return tuple(f"{key}: {problem}" for key, problem in found if problem)


def places_problems(lesson: Lesson) -> tuple[str, ...]:
    """Lines of the text that place an experiment or a trace which the lesson does not have."""
    known = {
        "experiment": set(lesson.experiments.values_list("slug", flat=True)),
        "trace": set(lesson.traces.values_list("slug", flat=True)),
    }
    places = [part for part in rendering.blocks(lesson.body) if isinstance(part, rendering.Place)]
    return tuple(
        f"the text places ::{place.kind}[{place.slug}], and the lesson has no {place.kind} of that name."
        for place in places
        if place.kind in known and place.slug not in known[place.kind]
    )


def options_problem(exchange: Mapping[str, Any], whens: Sequence[When]) -> str:
    """Why these conditions do not single out one option, with the values that the engine found; "" if they do.

    A condition on what no such action finds is a slip of the pen, also where another option is right.
    """
    right = [number for number, when in enumerate(whens, start=1) if expectations.holds(when, exchange)]
    paths = sorted({path for when in whens for path in when})
    strange = sorted({first for path in paths if (first := path.partition(".")[0]) not in exchange})
    hint = f"There is no {', '.join(strange)} here; there are {', '.join(exchange)}." if strange else ""
    if len(right) == 1:
        return hint
    which = f"options {', '.join(map(str, right))} are" if right else "none is"
    found = "; ".join(f"{path}: {expectations.value_at(path, exchange)}" for path in paths)
    problem = f"Exactly one option must be right, but by the engine {which}. It finds {found or 'no condition'}."
    return f"{problem} {hint}".rstrip()
