"""What holds in every cluster, whatever is in it and whatever is broken: random clusters, faults and probes.

The clusters are those that the kernel judges, see tests/kernel/generator.py; here they are only simulated, in every
data plane and proxy mode.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsim import Exchange, Probe, Simulation, load_cluster
from netsim.kubernetes.settings import ProxyMode
from netsim.trace import Point, Trace, Translate
from tests.kernel.generator import Scenario, scenario

seeds = st.integers(0, 10_000)
exhaustive = settings(max_examples=25, deadline=None, derandomize=True)


def simulate(drawn: Scenario, mode: str | None = None, healthy: bool = False) -> Simulation:
    text = _unhindered(drawn.text) if healthy else drawn.text
    text = text if mode is None else _in_mode(text, mode)
    return Simulation(load_cluster([("random.yaml", text)], faults=() if healthy else drawn.faults))


def _unhindered(text: str) -> str:
    """Without policies, and with a bridge plugin that leaves the addresses of Pods alone (ipMasq false)."""
    kept = [part for part in text.split("\n---\n") if '"kind": "NetworkPolicy"' not in part]
    bridge = '"plugin": "bridge"'
    return "\n---\n".join(kept).replace(bridge, f'{bridge}, "options": {{"ipMasq": false}}')


def _in_mode(text: str, mode: str) -> str:
    for known in ProxyMode:
        text = text.replace(f'"mode": "{known}"', f'"mode": "{mode}"')
    return text


def traces(exchange: Exchange) -> list[Trace]:
    return [exchange.request, *([exchange.reply] if exchange.reply else [])]


def every_trace(drawn: Scenario) -> list[tuple[Simulation, Trace]]:
    simulation = simulate(drawn)
    return [
        (simulation, trace)
        for probe in drawn.probes
        for exchange in simulation.branches(probe)
        for trace in traces(exchange)
    ]


@exhaustive
@given(seeds)
def test_nothing_leaves_an_interface_larger_than_its_mtu(seed: int) -> None:
    for simulation, trace in every_trace(scenario(seed)):
        for hop in trace.hops:
            if hop.direction is Point.OUT and hop.interface is not None:
                mtu = simulation.network.namespaces[hop.namespace].interfaces[hop.interface].mtu
                assert max(hop.packet.pieces) <= mtu


@exhaustive
@given(seeds)
def test_the_ttl_of_an_ip_header_never_rises(seed: int) -> None:
    """The innermost packet is the one that was sent; tunnels put headers of their own around it."""
    for _, trace in every_trace(scenario(seed)):
        ttls = []
        for hop in trace.hops:
            packet = hop.packet
            while packet.inner is not None:
                packet = packet.inner
            ttls.append(packet.ttl)
        assert ttls == sorted(ttls, reverse=True)


@exhaustive
@given(seeds)
def test_an_accepted_answer_came_back_through_every_machine_that_translated(seed: int) -> None:
    simulation = simulate(drawn := scenario(seed))
    for probe in drawn.probes:
        for exchange in simulation.branches(probe):
            if exchange.client_sees != "connected" or exchange.reply is None:
                continue
            translated = {
                hop.namespace for hop in exchange.request.hops for step in hop.steps if isinstance(step, Translate)
            }
            assert translated <= {hop.namespace for hop in exchange.reply.hops}


@exhaustive
@given(seeds)
def test_the_chances_of_all_branches_make_one(seed: int) -> None:
    simulation = simulate(drawn := scenario(seed))
    for probe in drawn.probes:
        assert sum(each.probability for each in simulation.branches(probe)) == pytest.approx(1)


@exhaustive
@given(seeds)
def test_the_same_probe_always_gives_the_same_exchange(seed: int) -> None:
    drawn = scenario(seed)
    first, second = simulate(drawn), simulate(drawn)
    for probe in drawn.probes[:5]:
        assert first.trace(probe) == second.trace(probe)


@exhaustive
@given(seeds)
def test_without_faults_every_pod_reaches_every_other_with_its_own_address(seed: int) -> None:
    simulation = simulate(scenario(seed), healthy=True)
    pods = [pod for pod in simulation.cluster.pods if not pod.host_network]
    for source in pods[:3]:
        for target in pods:
            exchange = simulation.trace(
                Probe(f"pod/shop/{source.name}", f"pod/shop/{target.name}", port=target.spec.ports[0].port)
            )
            assert exchange.client_sees == "connected", (source.name, target.name, exchange.reason)
            assert exchange.seen_by_server is not None
            assert exchange.seen_by_server.source == source.pod_ips[0]


PROMISED_ALIKE = ("svc/shop/svc-0:80", "svc/shop/svc-1:80", "svc/shop/svc-2:80")


@exhaustive
@given(seeds)
def test_a_service_answers_alike_in_every_proxy_mode(seed: int) -> None:
    """From Pods, by ClusterIP and the Service's own port, where no mode has a say of its own."""
    drawn = scenario(seed)
    modes = [simulate(drawn, mode, healthy=True) for mode in ("iptables", "nftables", "ipvs")]
    source = next(pod for pod in modes[0].cluster.pods if not pod.host_network)
    for destination in PROMISED_ALIKE:
        service = modes[0].cluster.service("shop", destination.split("/")[2].split(":")[0])
        probe = Probe(f"pod/shop/{source.name}", destination, protocol=service.ports[0].protocol.lower())
        answers = [
            sorted((str(each.client_sees), each.server.name if each.server else "", round(each.probability, 6))
                   for each in simulation.branches(probe))
            for simulation in modes
        ]  # fmt: skip
        assert answers[1] == answers[0], (destination, "nftables")
        if not _has_no_endpoint_here(answers[0]):
            assert answers[2] == answers[0], (destination, "ipvs")


def _has_no_endpoint_here(answers: list[tuple[str, str, float]]) -> bool:
    """internalTrafficPolicy Local without a local endpoint: iptables and nftables drop, while IPVS, which only knows
    that there is no real server, refuses (ip_vs_leave in net/netfilter/ipvs/ip_vs_core.c)."""
    return [seen for seen, _, _ in answers] == ["timeout"]
