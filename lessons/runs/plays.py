"""Everything that the engine can be asked, by the kind of the run: who answers it, and under which key it is kept.

play(kind, request) → result     both JSON
Question(request).key(kind)      for what is asked besides a scenario's packet and picture
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lessons.inspection import inspector
from lessons.playground import matrix, stage, terminal_session
from lessons.runs import scenarios

Result = dict[str, Any]

PLAYERS: Mapping[str, Callable[[Mapping[str, Any]], Result]] = {
    "stage": stage.play,
    "inspect": inspector.play,
    "matrix": matrix.play,
    "terminal": terminal_session.play,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A request that is written out already."""

    content: Mapping[str, Any]

    def request(self, kind: str) -> dict[str, Any]:
        return dict(self.content)

    def key(self, kind: str) -> str:
        return scenarios.content_key(kind, self.content)


def play(kind: str, request: Mapping[str, Any]) -> Result:
    """Raises manifests.ManifestError or netsim.NetsimError for content that the engine refuses."""
    player = PLAYERS.get(kind)
    return player(request) if player is not None else scenarios.play(kind, request)
