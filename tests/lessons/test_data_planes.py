"""Every data plane and proxy mode can be drawn and told, not only the one that the first lesson shows.

ops/probe (n1) ── shop/web-0 (n1), shop/web-1 (n2) behind Service shop/web
"""

from __future__ import annotations

from typing import Any

import pytest

import netsim
from lessons import diagrams, narration
from tests.lessons.exchanges import parts
from tests.netsim.harbour import SCENE

PLANES = (
    "bridge", "flannel, backend: vxlan", "flannel, backend: host-gw", "flannel, backend: wireguard",
    "flannel, backend: ipip", "calico, backend: none", "calico, backend: ipip", "calico, backend: vxlan",
    "calico, backend: cross-subnet", "weave, backend: fastdp", "weave, backend: sleeve", "cilium, backend: vxlan",
    "cilium, backend: native",
)  # fmt: skip
PROBES = (
    netsim.Probe("pod/ops/probe", "svc/shop/web:80", seed=1),
    netsim.Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=2000),
    netsim.Probe("external", "172.20.1.11:30080", seed=1),
)


def simulation(plane: str, mode: str = "") -> netsim.Simulation:
    text = SCENE.read_text()
    written = "{plugin: flannel, backend: vxlan}"
    assert written in text
    proxy = mode or ("none" if plane.startswith("cilium") else "iptables")
    text = text.replace(written, f"{{plugin: {plane}}}").replace("{mode: iptables}", f"{{mode: {proxy}}}")
    return netsim.Simulation(netsim.load_cluster([("scene.yaml", text)]))


def documents(cluster: netsim.Simulation) -> list[dict[str, Any]]:
    return [netsim.exchange_document(cluster.trace(probe)) for probe in PROBES]


@pytest.mark.parametrize("plane", PLANES)
def test_a_way_through_any_data_plane_is_told_stop_by_stop(plane: str) -> None:
    for document in documents(simulation(plane)):
        told = narration.rows(parts(document))
        assert all(row["sentence"] and row["layers"] for row in told)


@pytest.mark.parametrize("plane", PLANES)
def test_every_stop_in_any_data_plane_is_drawn(plane: str) -> None:
    cluster = simulation(plane)
    for document in documents(cluster):
        picture = diagrams.draw(cluster, parts(document), {})
        drawn = {element["data"]["id"] for element in picture["elements"]}
        assert {stop["element"] for stop in picture["stops"]} <= drawn
        assert len(picture["stops"]) == len(narration.rows(parts(document)))


@pytest.mark.parametrize("mode", ["nftables", "ipvs"])
def test_a_way_in_any_proxy_mode_is_told_and_drawn(mode: str) -> None:
    cluster = simulation("flannel, backend: vxlan", mode)
    for document in documents(cluster):
        assert len(diagrams.draw(cluster, parts(document), {})["stops"]) == len(narration.rows(parts(document)))
