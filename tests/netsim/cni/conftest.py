"""Clusters that several modules of tests send packets through."""

from __future__ import annotations

import pytest

from netsim import Simulation
from tests.netsim.cni.cilium_scene import BACKENDS, MORE, with_cilium


@pytest.fixture(scope="session")
def clusters(harbour_text: str) -> dict[str, Simulation]:
    return {b: with_cilium(harbour_text, f"{{plugin: cilium, backend: {b}}}", MORE) for b in BACKENDS}


@pytest.fixture
def vxlan(clusters: dict[str, Simulation]) -> Simulation:
    return clusters["vxlan"]
