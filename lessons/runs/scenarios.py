"""A scenario: one cluster, one action, and what to show of them. Equal scenarios have equal keys and equal results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import netsim
from lessons.content import manifests
from lessons.content.action_schema import Action, FaultSpec, Variant
from lessons.content.content_schema import ShowSpec
from lessons.picture import drawing as diagrams
from lessons.picture import narration
from lessons.runs.observations import Observation, observe

EVERYTHING = ShowSpec()


@dataclass(frozen=True, slots=True)
class Scenario:
    """`changes` are applied one after the other; `compare` are other clusters to do the same in, beside the first."""

    manifests: str
    changes: tuple[str, ...]
    action: Action
    show: ShowSpec = EVERYTHING
    faults: tuple[FaultSpec, ...] = ()
    compare: tuple[Variant, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON, without what follows from it."""
        return {
            "manifests": self.manifests,
            "changes": list(self.changes),
            "faults": [fault.document() for fault in self.faults],
            "show": self.show.document(),
            "action": self.action.action_document(),
            "compare": [variant.document() for variant in self.compare],
        }

    def request(self, kind: str) -> dict[str, Any]:
        """Everything that a worker needs, as JSON; of the action a diagram depends on who takes part only."""
        left_out = ("action", "compare") if kind == "diagram" else ()
        asked = {key: value for key, value in self.document().items() if key not in left_out}
        return asked | {"ends": list(self.action.ends), "roles": self.action.roles}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Scenario:
        """The scenario with this document; a request of kind "trace" holds it as well."""
        return cls(
            manifests=document["manifests"],
            changes=tuple(document["changes"]),
            action=Action.model_validate(document["action"]),
            show=ShowSpec.model_validate(document["show"]),
            faults=tuple(FaultSpec.model_validate(fault) for fault in document["faults"]),
            compare=tuple(Variant.model_validate(variant) for variant in document["compare"]),
        )

    def key(self, kind: str) -> str:
        return content_key(kind, self.request(kind))


def content_key(kind: str, request: Mapping[str, Any]) -> str:
    """sha256 over the engine's version, the drawing code, the kind and the request: its first 32 hexadecimal digits.

    A lesson's page names each of its runs, and digits are what compresses least.
    """
    content = json.dumps([netsim.ENGINE_VERSION, drawing_version(), kind, request], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def play(kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a request. kind "diagram": {"diagram"}; kind "trace": {"exchange", "diagram", "rows", "compare"}.

    "exchange" is the document that the action makes (lessons.runs.observations), "compare" a list of {"label", "rows",
    "exchange"}, one for each variant. Raises manifests.ManifestError or netsim.NetsimError for content that the engine
    refuses.
    """
    simulation = simulation_of(request)
    show = request["show"] | {"ends": request.get("ends", ()), "roles": request.get("roles", {})}
    if kind == "diagram":
        return {"diagram": diagrams.draw(simulation, (), show)}
    action = Action.model_validate(request["action"])
    seen = observe(simulation, action)
    variants = [_variant(request, variant) for variant in request["compare"]]
    document = seen.document | {"compare": [each["exchange"] for each in variants]} if variants else seen.document
    return {
        "exchange": document,
        "diagram": diagrams.draw(simulation, seen.parts, show),
        "rows": narration.rows(seen.parts),
        "compare": variants,
    }


def simulation_of(request: Mapping[str, Any]) -> netsim.Simulation:
    """The cluster of a request of any kind. Raises manifests.ManifestError or netsim.NetsimError."""
    return _simulation(request["manifests"], tuple(request["changes"]), json.dumps(request["faults"]))


def variant_request(request: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    """The request for a variant alone: the same action, or what the variant says instead, after the experiment's own
    changes and faults and then those of the variant.

    An empty `changes` or `faults` of the variant means none at all, so that a fault can be shown beside its absence.
    Raises ContentError for an `instead` that the action cannot have.
    """
    changes, faults = list(request["changes"]), list(request["faults"])
    if "changes" in variant:
        changes = [*changes, variant["changes"]] if variant["changes"] else []
    if "faults" in variant:
        faults = [*faults, *variant["faults"]] if variant["faults"] else []
    action = Action.model_validate(request["action"]).beside(variant["label"], variant.get("instead", {}))
    return {**request, "changes": changes, "faults": faults, "action": action.action_document(), "compare": []}


def _variant(request: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    alone = variant_request(request, variant)
    seen: Observation = observe(simulation_of(alone), Action.model_validate(alone["action"]))
    return {"label": variant["label"], "exchange": seen.document, "rows": narration.rows(seen.parts)}


@lru_cache(maxsize=8)
def _simulation(manifest_text: str, changes: tuple[str, ...], faults: str) -> netsim.Simulation:
    """Planned once for each cluster that a process meets: a simulation is never changed by an action."""
    named = tuple(FaultSpec.model_validate(fault) for fault in json.loads(faults))
    return netsim.Simulation(manifests.load(manifest_text, changes, named))


@cache
def drawing_version() -> str:
    """Changes with this app's code, so that results which older code drew and told are not shown."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
