"""Manifests that other projects wrote load as they are, and every Service leads to one of its own Pods."""

from __future__ import annotations

from pathlib import Path

import pytest

import netsim

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"


@pytest.fixture(params=["online-boutique.yaml", "guestbook.yaml"])
def real(request) -> netsim.Simulation:
    path = REAL / request.param
    if not path.exists():
        pytest.skip(f"{path} is absent: no manifest of another project was tried")
    return netsim.Simulation(netsim.load_cluster([(path.name, path.read_text())]))


def test_every_service_leads_to_a_pod_that_it_selects(real):
    cluster = real.cluster
    client = cluster.pods[0]
    assert cluster.services
    for service in cluster.services:
        name = f"{service.namespace}/{service.name}"
        exchange = real.trace(netsim.Probe(f"pod/{client.namespace}/{client.name}", f"svc/{name}"))
        assert exchange.client_sees == "connected", f"{name}: {exchange.reason}"
        server = cluster.pod(exchange.server.namespace, exchange.server.name)
        assert service.selector.items() <= server.meta.labels.items(), f"{name} led to {server.name}"


def test_a_service_is_reached_by_its_dns_name(real):
    client, service = real.cluster.pods[0], real.cluster.services[0]
    exchange = real.trace(netsim.Probe(f"pod/{client.namespace}/{client.name}", service.name))
    assert exchange.client_sees == "connected"
