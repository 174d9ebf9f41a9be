"""Whether an experiment teaches what its author means: the engine runs it, and exactly one option must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

import netsim
from lessons import phrases
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
        raise ManifestError(f"{scenario.action.kind}: {phrases.shown(str(error))}") from error


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
        gettext("the text places ::{kind}[{slug}], and the lesson has no {kind} of that name.").format(
            kind=place.kind, slug=place.slug
        )
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
    words = gettext("There is no {strange} here; there are {known}.")
    hint = words.format(strange=", ".join(strange), known=", ".join(exchange)) if strange else ""
    if len(right) == 1:
        return hint
    found = "; ".join(f"{path}: {expectations.value_at(path, exchange)}" for path in paths)
    return f"{_not_one(right)} {_found(found)} {hint}".rstrip()


def _not_one(right: Sequence[int]) -> str:
    if not right:
        return gettext("Exactly one option must be right, but by the engine none is.")
    words = gettext("Exactly one option must be right, but by the engine options {numbers} are.")
    return words.format(numbers=", ".join(map(str, right)))


def _found(found: str) -> str:
    return gettext("It finds {found}.").format(found=found) if found else gettext("There is no condition.")
