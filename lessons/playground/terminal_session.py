"""A terminal in a playground: the whole session is played again for each line, so that machines remember it.

    play(request) → {"outputs": [{at, line, text, exit_code}, ...], "programs": [name, ...]}

A request is a scenario's with `lines` beside it: [{at, line}, ...], oldest first; `at` is pod/NAMESPACE/NAME,
node/NAME, external or operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import netsim
from lessons.runs import scenarios

MOST_LINES = 50
LONGEST_LINE = 1000
LONGEST_OUTPUT = 20_000


def play(request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises manifests.ManifestError or netsim.NetsimError for a cluster or a machine that is not there."""
    simulation = scenarios.simulation_of(request)
    lines = request["lines"]
    first = netsim.Terminal(simulation, lines[0]["at"] if lines else f"node/{simulation.cluster.nodes[0].name}")
    outputs = []
    for entry in lines:
        output = first.on(entry["at"]).run(entry["line"])
        outputs.append({**entry, "text": _bounded(output.text), "exit_code": output.exit_code})
    return {"outputs": outputs, "programs": first.run("help").text.removeprefix("Programs: ").strip().split(", ")}


def _bounded(text: str) -> str:
    return (
        text
        if len(text) <= LONGEST_OUTPUT
        else f"{text[:LONGEST_OUTPUT]}\n… {len(text) - LONGEST_OUTPUT} more characters"
    )
