"""A scenario: one cluster, one probe, and what to show of them. Equal scenarios have equal keys and equal results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import netsim
from lessons import diagrams, manifests, narration
from lessons.content_schema import ProbeSpec, ShowSpec


@dataclass(frozen=True, slots=True)
class Scenario:
    manifests: str
    changes: str
    probe: ProbeSpec
    show: ShowSpec

    def request(self, kind: str) -> dict[str, Any]:
        """Everything that a worker needs, as JSON; a diagram does not depend on the probe."""
        request = {"manifests": self.manifests, "changes": self.changes, "show": self.show.document()}
        return request if kind == "diagram" else request | {"probe": self.probe.document()}

    def key(self, kind: str) -> str:
        """sha256 over the engine's version, the drawing code and the request: 64 hexadecimal digits."""
        content = json.dumps([netsim.ENGINE_VERSION, drawing_version(), kind, self.request(kind)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def play(kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a request. kind "trace": {"exchange", "diagram", "rows"}; kind "diagram": {"diagram"}.

    Raises manifests.ManifestError or netsim.NetsimError for content that the engine refuses.
    """
    simulation = _simulation(request["manifests"], request["changes"])
    show = request["show"]
    if kind == "diagram":
        return {"diagram": diagrams.draw(simulation, [], show)}
    probe = ProbeSpec.model_validate(request["probe"]).probe()
    document = netsim.exchange_document(simulation.trace(probe))
    parts = [{"title": "", "exchange": document}]
    return {
        "exchange": document,
        "diagram": diagrams.draw(simulation, parts, show),
        "rows": narration.rows(parts),
    }


@lru_cache(maxsize=8)
def _simulation(manifest_text: str, changes: str) -> netsim.Simulation:
    """Planned once for each cluster that a process meets: a simulation is never changed by a trace."""
    return netsim.Simulation(manifests.load(manifest_text, changes))


@cache
def drawing_version() -> str:
    """Changes with this app's code, so that results which older code drew and told are not shown."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
