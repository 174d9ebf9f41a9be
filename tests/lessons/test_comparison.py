"""What is worth comparing of two results."""

from __future__ import annotations

import pytest

import netsim
from lessons import comparison
from lessons.picture import narration
from tests.lessons.factories import PROBE, SCENE


@pytest.mark.parametrize(("size", "longest"), [(0, "110 bytes"), (1000, "1102 bytes")])
def test_the_longest_packet_may_be_one_with_data(size: int, longest: str) -> None:
    simulation = netsim.Simulation(netsim.load_cluster([("scene.yaml", SCENE)]))
    probe = netsim.Probe(source=PROBE["from"], destination="pod/app/two", port=8080, size=size)
    exchange = netsim.exchange_document(simulation.trace(probe))
    rows = narration.rows([{"title": "", "exchange": exchange}])
    assert dict(comparison.facts("probe", exchange, rows))["Longest packet on the way"] == longest
