"""The engine as a question asks it: about one cluster, and what happens in it or in a changed one.

Engine(scenario).exchange()              what the question's own action finds
Engine(scenario).observed(action)        what another action finds in the same cluster
Engine(scenario).cells(actions)          the behavior of the cluster, to be compared with that of another
Engine(scenario).changed(Changed(…))     the engine about the same cluster with something changed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

import netsim
from lessons import phrases
from lessons.content.action_schema import Action, Changed
from lessons.content.manifests import ManifestError
from lessons.runs import behavior, scenarios, simulations
from lessons.runs.observations import observe
from lessons.runs.scenarios import Scenario
from quizzes.errors import UngradableQuestionError


def refused(error: ManifestError | netsim.NetsimError) -> UngradableQuestionError:
    """The engine's refusal in the reader's language."""
    return UngradableQuestionError(
        gettext("the engine refuses it: {problem}").format(problem=phrases.shown(str(error)))
    )


@dataclass(frozen=True)
class Engine:
    """Every method raises UngradableQuestionError when the engine refuses the cluster or the action.

    What the question's own action finds, and how the cluster behaves when it is changed in the same way, is found once,
    however many responses are tried with it.
    """

    scenario: Scenario

    def played(self) -> Mapping[str, Any]:
        """The stored result of the question's own action: {"exchange", "diagram", "rows", "compare"}."""
        return self._solved

    @cached_property
    def _solved(self) -> Mapping[str, Any]:
        try:
            return simulations.solve(self.scenario)
        except (ManifestError, netsim.NetsimError) as error:
            raise refused(error) from error

    def exchange(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.played()["exchange"]
        return found

    def observed(self, action: Action) -> Mapping[str, Any]:
        """The document of one action, as lessons.runs.observations makes it; nothing is drawn or stored."""
        try:
            return observe(self.simulation(), action).document
        except (ManifestError, netsim.NetsimError) as error:
            raise refused(error) from error

    def cells(self, actions: Iterable[Action]) -> list[dict[str, Any]]:
        """How the cluster behaves, see lessons.runs.behavior."""
        wanted = tuple(actions)
        key = tuple(action.model_dump_json() for action in wanted)
        if key not in self._behaviors:
            try:
                self._behaviors[key] = behavior.cells(self.simulation(), wanted)
            except (ManifestError, netsim.NetsimError) as error:
                raise refused(error) from error
        return self._behaviors[key]

    def changed(self, changed: Changed) -> Engine:
        key = changed.model_dump_json()
        if key not in self._changed:
            changes = (changed.changes,) if changed.changes.strip() else ()
            scenario = self.scenario
            faults = (*scenario.faults, *changed.faults)
            scenario = replace(scenario, changes=(*scenario.changes, *changes), faults=faults)
            self._changed[key] = replace(self, scenario=scenario)
        return self._changed[key]

    @cached_property
    def _behaviors(self) -> dict[tuple[str, ...], list[dict[str, Any]]]:
        return {}

    @cached_property
    def _changed(self) -> dict[str, Engine]:
        return {}

    def simulation(self) -> netsim.Simulation:
        """Raises ManifestError or netsim.NetsimError."""
        return scenarios.simulation_of(self.scenario.request("trace"))
