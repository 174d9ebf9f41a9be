"""Where kube-proxy's modes differ, on Harbour (harbour.py), and where they do not.

ops/probe 10.244.1.9 on n1 (172.20.1.11, cni0 10.244.1.1) ── shop/web 10.96.41.80:80, node port 30080
"""

from __future__ import annotations

import pytest

from netsim import Probe, Simulation, load_cluster
from netsim.trace import Disposition, Exchange
from tests.netsim.harbour import SCENE

MODES = ("iptables", "nftables")
PROBE, NODE = "pod/ops/probe", "node/n1"


@pytest.fixture(scope="module")
def modes() -> dict[str, Simulation]:
    text = SCENE.read_text()
    assert "mode: iptables" in text
    return {mode: Simulation(load_cluster([(SCENE.name, text.replace("mode: iptables", f"mode: {mode}"))]))
            for mode in MODES}  # fmt: skip


DIFFERENCES = {
    "node port on the primary address": (Probe("external", "172.20.1.11:30080"), "connected", "connected"),
    "node port on another address of the node": (Probe(PROBE, "10.244.1.1:30080"), "connected", "refused"),
    "node port on localhost": (Probe(NODE, "127.0.0.1:30080"), "connected", "refused"),
    "unused port of a ClusterIP": (Probe(PROBE, "10.96.41.80:81"), "unreachable", "refused"),
    "unused port of a ClusterIP, UDP": (Probe(PROBE, "10.96.41.80:80", protocol="udp"), "unreachable", "refused"),
    "unused port of a ClusterIP, from the node": (Probe(NODE, "10.96.41.80:81"), "unreachable", "refused"),
    "address of the Service range that nobody has": (Probe(PROBE, "10.96.99.9:80"), "unreachable", "timeout"),
    "ping to a ClusterIP": (Probe(PROBE, "svc/shop/web", protocol="icmp"), "unreachable", "refused"),
    "ping to a ClusterIP from the node": (
        Probe(NODE, "svc/shop/web", protocol="icmp"), "unreachable", "not permitted",
    ),
    "a port of the Service": (Probe(PROBE, "svc/shop/web:80"), "connected", "connected"),
    "the world": (Probe(PROBE, "203.0.113.50:80"), "connected", "connected"),
}  # fmt: skip


@pytest.mark.parametrize(("probe", "iptables", "nftables"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_what_the_client_sees_depends_on_the_mode(
    modes: dict[str, Simulation], probe: Probe, iptables: str, nftables: str
) -> None:
    assert {mode: str(simulation.trace(probe).client_sees) for mode, simulation in modes.items()} == {
        "iptables": iptables, "nftables": nftables,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("destination", "disposition", "reason"),
    [
        ("10.96.41.80:81", Disposition.REJECTED, "rule 1 of ip kube-proxy chain cluster-ips-check"),
        ("10.96.99.9:80", Disposition.DROPPED, "rule 2 of ip kube-proxy chain cluster-ips-check"),
    ],
    ids=["unused port", "unallocated address"],
)
def test_the_trace_names_the_rule_that_refused(
    modes: dict[str, Simulation], destination: str, disposition: Disposition, reason: str
) -> None:
    exchange = modes["nftables"].trace(Probe(PROBE, destination))

    assert exchange.verdict is disposition
    assert exchange.reason.startswith(reason)


def sources(simulation: Simulation, probe: Probe) -> set[tuple[str, str]]:
    """Who can serve, and which source it sees."""
    return {(exchange.server.name, str(exchange.seen_by_server.source)) for exchange in simulation.branches(probe)
            if exchange.server is not None and exchange.seen_by_server is not None}  # fmt: skip


@pytest.mark.parametrize(
    "probe",
    [
        Probe(PROBE, "svc/shop/web:80"),
        Probe("pod/shop/web-0", "svc/shop/web:80"),
        Probe(NODE, "svc/shop/web:80"),
        Probe("external", "172.20.1.11:30080"),
        Probe("external", "172.20.2.13:30080"),
    ],
    ids=["a Pod", "an endpoint", "a node", "a node port with an endpoint there", "a node port without one"],
)
def test_both_modes_reach_the_same_servers_from_the_same_source(modes: dict[str, Simulation], probe: Probe) -> None:
    iptables, nftables = (sources(modes[mode], probe) for mode in MODES)

    assert nftables == iptables
    assert len(iptables) == 2


def leaving(exchange: Exchange) -> str:
    return next(str(hop.packet.destination) for hop in exchange.request.hops if hop.interface == "eth0")


@pytest.mark.parametrize("mode", MODES)
def test_the_client_itself_still_sends_to_the_cluster_ip(modes: dict[str, Simulation], mode: str) -> None:
    assert leaving(modes[mode].trace(Probe(PROBE, "svc/shop/web:80"))) == "10.96.41.80"


def evaluated(mode: str, services: int) -> int:
    """Rules evaluated for the first packet to the last of so many Services."""
    more = "\n---\n".join(
        f"{{apiVersion: v1, kind: Service, metadata: {{name: web-{number}, namespace: shop}},"
        f" spec: {{clusterIP: 10.96.50.{number}, selector: {{app: web}}, ports: [{{port: 80, targetPort: http}}]}}}}"
        for number in range(1, services + 1)
    )
    scene = SCENE.read_text().replace("mode: iptables", f"mode: {mode}")
    simulation = Simulation(load_cluster([(SCENE.name, scene), ("more.yaml", more)]))
    return simulation.trace(Probe(PROBE, f"10.96.50.{services}:80")).request.rules_evaluated


def test_only_iptables_evaluates_more_rules_the_more_services_there_are() -> None:
    assert evaluated("iptables", 60) > evaluated("iptables", 10) + 50
    assert evaluated("nftables", 60) == evaluated("nftables", 10)


@pytest.mark.parametrize("mode", MODES)
def test_a_sticky_client_keeps_its_endpoint_for_a_session(mode: str) -> None:
    scene = SCENE.read_text().replace("mode: iptables", f"mode: {mode}")
    sticky = (
        "{apiVersion: v1, kind: Service, metadata: {name: sticky, namespace: shop}, spec: {clusterIP: 10.96.50.1,"
        " sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: http}]}}"
    )
    simulation = Simulation(load_cluster([(SCENE.name, scene), ("sticky.yaml", sticky)]))
    session = simulation.session()
    probes = [Probe(PROBE, "svc/shop/sticky:80", source_port=42000 + seed, seed=seed) for seed in range(12)]

    def served(exchanges: list[Exchange]) -> set[str]:
        return {exchange.server.name for exchange in exchanges if exchange.server is not None}

    assert len(served([simulation.trace(probe) for probe in probes])) == 2
    assert len(served([session.trace(probe) for probe in probes])) == 1
