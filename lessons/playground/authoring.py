"""Whether a playground works: the engine accepts its first packet, each data plane, each proxy and each switch."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

import netsim
from lessons import phrases
from lessons.content.manifests import ManifestError
from lessons.models import Lesson, SimulationRun
from lessons.playground import cluster as playground_cluster
from lessons.playground import playing as playground
from lessons.playground.schema import PlaygroundContent
from lessons.playground.state import Setup, Side, State
from lessons.runs import plays, scenarios, simulations
from lessons.runs.answers import Asked

Kind = SimulationRun.Kind


def problems(lesson: Lesson) -> tuple[str, ...]:
    """Each reads `key: what is wrong`. What a learner sees first is computed and kept.

    Raises ContentError for a playground that is malformed. A lesson without one has no problems.
    """
    try:
        content = playground.content_of(lesson)
    except playground.NoPlaygroundError:
        return ()
    assert lesson.scene is not None  # noqa: S101 (content_of has seen it)
    problem = _first_sight(lesson.scene.manifests, content)
    return (problem,) if problem else tuple(_switching(lesson.scene.manifests, content))


def _first_sight(manifests: str, content: PlaygroundContent) -> str:
    """Why the page could not be shown as it is opened, or ""."""
    state = State(Side(content.start), sent=True)
    scenario = playground_cluster.scenario(manifests, content, state.now)
    asked: dict[str, tuple[str, Asked]] = {
        "show": (Kind.STAGE, plays.Question(playground_cluster.request(scenario))),
        "start": (Kind.TRACE, scenario),
    }
    if "matrix" in content.tools:
        asked["tools"] = (Kind.MATRIX, plays.Question(playground.matrix_request(scenario, content, state)))
    for key, (kind, question) in asked.items():
        try:
            simulations.solve(question, kind)
        except (ManifestError, netsim.NetsimError) as error:
            return f"{key}: {phrases.shown(str(error))}"
    return ""


def _switching(manifests: str, content: PlaygroundContent) -> Iterator[str]:
    setups = [(f"data_planes: {name}", Setup(data_plane=name)) for name in content.data_planes]
    setups += [(f"proxies: {name}", Setup(proxy=name)) for name in content.proxies]
    setups += [
        (f"toggles[{index}] ({toggle.slug})", Setup(toggles=(toggle.slug,)))
        for index, toggle in enumerate(content.toggles)
    ]
    base = netsim.manifests_of(_simulation(manifests, content, Setup()).cluster)
    for place, setup in setups:
        try:
            simulation = _simulation(manifests, content, setup)
            simulation.trace(content.start.probe())
        except (ManifestError, netsim.NetsimError) as error:
            yield f"{place}: {phrases.shown(str(error))}"
        else:
            if setup.toggles and netsim.manifests_of(simulation.cluster) == base:
                yield gettext("{place}: changes nothing in this scene").format(place=place)


def _simulation(manifests: str, content: PlaygroundContent, setup: Setup) -> netsim.Simulation:
    scenario = playground_cluster.scenario(manifests, content, Side(content.start, setup))
    return scenarios.simulation_of(playground_cluster.request(scenario))
