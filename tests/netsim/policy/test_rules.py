"""The rules on nodes: they let through what the evaluation allows, for random policies under every plugin.

The cluster is that of clusters.py; a seed decides the policies, so that a failure can be repeated.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from netsim import Probe, Simulation
from netsim.kubernetes.objects import Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.linux.netfilter.multiport import MOST_PORTS, DestinationPorts
from netsim.policy.compiled import Ports, compile_policies
from netsim.policy.evaluation import Flow, both, evaluate
from netsim.policy.parties import pod_party
from netsim.policy.portmatches import by_protocol, multiport_matches
from netsim.trace import Disposition
from tests.netsim.policy.clusters import Document, cluster, cluster_policy, policy, rule
from tests.netsim.policy.test_properties import cluster_policies, cluster_specs, policies, specs

ARRIVES = (Disposition.ACCEPTED, Disposition.NO_LISTENER)
PLUGINS = ("flannel", "calico", "cilium", "weave")
each_plugin = pytest.mark.parametrize("plugin", PLUGINS)
DENY = [
    cluster_policy("pass", "Admin", 1, ingress=[rule("Pass")]),
    cluster_policy("deny", "Admin", 2, ingress=[rule("Deny")]),
]


def arrives(simulation: Simulation, source: str, to: str, port: int = 80, protocol: str = "tcp") -> bool:
    return simulation.trace(Probe(source, f"{to}:{port}", protocol=protocol)).verdict in ARRIVES


@each_plugin
@seed(20260)
@settings(
    max_examples=8, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(specs, min_size=1, max_size=3), st.lists(cluster_specs, max_size=2), st.randoms())
def test_a_packet_arrives_where_the_policies_allow_it(
    plugin: str, some: list[Document], of_cluster: list[Document], chance: random.Random
) -> None:
    written = cluster_policies([] if plugin == "weave" else of_cluster)
    found = cluster(*policies(some), *written, cni={"plugin": plugin})
    compiled, simulation = compile_policies(found), Simulation(found)
    ends = chance.sample([(a, b) for a in found.pods for b in found.pods if a is not b], 6)
    for source, to in ends:
        for protocol, port in ((Protocol.TCP, 80), (Protocol.TCP, 443), (Protocol.UDP, 80)):
            flow = Flow(pod_party(source), pod_party(to), protocol, port)
            wanted = both(*(evaluate(compiled, flow, direction).allowed for direction in PolicyType))
            names = [f"pod/{each.namespace}/{each.name}" for each in (source, to)]
            got = arrives(simulation, names[0], names[1], port, protocol.lower())
            assert wanted in (None, got), (names, protocol, port)


@pytest.mark.parametrize("plugin", [each for each in PLUGINS if each != "weave"])
def test_pass_skips_the_policies_after_it_in_the_tier(plugin: str) -> None:
    assert arrives(Simulation(cluster(*DENY, cni={"plugin": plugin})), "pod/y/a", "pod/x/a")


@each_plugin
def test_a_node_reaches_its_own_pods_and_an_answer_comes_back(plugin: str) -> None:
    closed = policy(policyTypes=["Ingress", "Egress"])
    simulation = Simulation(cluster(closed, cni={"plugin": plugin}))
    assert simulation.trace(Probe("node/n1", "pod/x/a:80")).client_sees.value == "connected"


@each_plugin
def test_an_answer_passes_where_its_sender_may_open_nothing(plugin: str) -> None:
    simulation = Simulation(cluster(policy(policyTypes=["Egress"]), cni={"plugin": plugin}))
    for client in ("pod/y/a", "pod/y/b"):
        assert simulation.trace(Probe(client, "pod/x/a:80")).client_sees.value == "connected"
    assert not arrives(simulation, "pod/x/a", "pod/y/a")


@each_plugin
def test_an_icmp_error_comes_back_to_a_pod_that_lets_nobody_in(plugin: str) -> None:
    simulation = Simulation(cluster(policy(policyTypes=["Ingress"]), cni={"plugin": plugin}))
    assert simulation.trace(Probe("pod/x/a", "node/n2:9999", protocol="udp")).client_sees.value == "refused"


@each_plugin
def test_what_one_of_two_policies_allows_is_allowed(plugin: str) -> None:
    first, second = policy(name="a-closed", policyTypes=["Ingress"]), policy(name="b-open", ingress=[{}])
    assert arrives(Simulation(cluster(first, second, cni={"plugin": plugin})), "pod/y/a", "pod/x/a")


def test_under_weave_a_pod_reaches_its_own_node_whatever_egress_says() -> None:
    simulation = Simulation(cluster(policy(policyTypes=["Egress"]), cni={"plugin": "weave"}))
    assert arrives(simulation, "pod/x/a", "node/n1")
    assert not arrives(simulation, "pod/x/a", "pod/y/a")


def test_a_set_holds_no_range_of_all_addresses() -> None:
    """hash:net refuses a prefix length of 0, so 0.0.0.0/0 becomes its two halves."""
    everywhere = policy(ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.244.1.11/32"]}}]}])
    simulation = Simulation(cluster(everywhere))
    entries = [entry.text for each in simulation.network.namespaces["n1"].ipsets.values() for entry in each]
    assert {"0.0.0.0/1", "128.0.0.0/1", "10.244.1.11 nomatch"} <= set(entries)
    assert not any(text.endswith("/0") for text in entries)
    assert arrives(simulation, "pod/y/a", "pod/x/a")
    assert not arrives(simulation, "pod/x/b", "pod/x/a")


def test_a_rule_lists_no_more_ports_than_multiport_takes() -> None:
    spans = by_protocol(Ports(Protocol.TCP, first, first + first % 2) for first in range(1, 60, 2))[Protocol.TCP]
    listed = [match for matches in multiport_matches(Protocol.TCP, spans) for match in matches]
    ports = [match.ports for match in listed if isinstance(match, DestinationPorts)]
    assert [port for some in ports for port in some] == spans
    assert all(sum(1 if isinstance(port, int) else 2 for port in some) <= MOST_PORTS for some in ports)


def test_calicos_static_rules_have_the_hashes_that_real_nodes_show() -> None:
    """felix/fv/cali-iptables-dump.txt of projectcalico/calico."""
    chains = Simulation(cluster(cni={"plugin": "calico"})).network.namespaces["n1"].netfilter.table("filter").chains
    wanted = {
        "INPUT": "Cz_u1IQiXIMmKD4c", "FORWARD": "wUHhoiAYhphO9Mso", "OUTPUT": "tVnHkvAo15HuiPy0",
        "cali-OUTPUT": "Mq1_rAdXXH3YkrzW", "cali-wl-to-host": "Ee9Sbo10IpVujdIY",
    }  # fmt: skip
    assert {name: f'"cali:{digest}"' in chains[name].rules[0].text for name, digest in wanted.items()} == dict.fromkeys(
        wanted, True
    )


def test_kube_routers_top_rules_have_the_hashes_that_real_nodes_show() -> None:
    filtering = Simulation(cluster(policy())).network.namespaces["n1"].netfilter.table("filter")
    assert "kube-router netpol - 4IA2OSFRMVNDXBVV" in filtering.chains["INPUT"].rules[0].text
