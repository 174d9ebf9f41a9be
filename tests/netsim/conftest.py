"""Harbour, the cluster of harbour.py, as text, as objects, as a network and as a simulation."""

from __future__ import annotations

import pytest

from netsim import Cluster, Network, Simulation
from netsim.build import build_network
from netsim.loading import load_cluster
from tests.netsim.harbour import SCENE


@pytest.fixture(scope="session")
def harbour_text() -> str:
    return SCENE.read_text()


@pytest.fixture(scope="session")
def harbour(harbour_text: str) -> Cluster:
    return load_cluster([(SCENE.name, harbour_text)])


@pytest.fixture
def harbour_network(harbour: Cluster) -> Network:
    """A network of the test's own, which it may change."""
    return build_network(harbour)


@pytest.fixture(scope="session")
def simulation(harbour: Cluster) -> Simulation:
    return Simulation(harbour)
