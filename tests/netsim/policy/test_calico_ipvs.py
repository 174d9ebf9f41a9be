"""Calico's policies beside kube-proxy in ipvs mode, whose packets cross INPUT and OUTPUT instead of FORWARD.

x/a (admits x/b only) .1.10   x/b .1.11   y/a .1.12   on n1      y/b .2.10   x/c .2.11   on n2      Service x/web
"""

from __future__ import annotations

from typing import Any

import pytest

from netsim import Probe, Simulation
from netsim.trace import ClientSees
from tests.netsim.policy.clusters import Document, cluster, from_pod, policy, selector

CONNECTED, TIMEOUT, REFUSED = ClientSees.CONNECTED, ClientSees.TIMEOUT, ClientSees.REFUSED
SERVICE: Document = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "x"},
    "spec": {
        "type": "NodePort", "clusterIP": "10.96.0.7", "selector": {"pod": "a"},
        "ports": [{"port": 80, "nodePort": 30080}],
    },
}  # fmt: skip
INGRESS = policy(podSelector=selector("a"), ingress=[from_pod("b")])
EGRESS = policy("y", podSelector=selector("a"), policyTypes=["Egress"])


def simulation(*policies: Document, mode: str = "ipvs") -> Simulation:
    network: dict[str, Any] = {"cni": {"plugin": "calico", "backend": "vxlan"}, "proxy": {"mode": mode}}
    return Simulation(cluster(SERVICE, *policies, **network))


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
@pytest.mark.parametrize(
    ("written", "source", "to", "sees"),
    [
        (INGRESS, "pod/x/b", "svc/x/web:80", CONNECTED),
        (INGRESS, "pod/y/a", "svc/x/web:80", TIMEOUT),
        (INGRESS, "pod/y/b", "svc/x/web:80", TIMEOUT),
        (INGRESS, "external", "node/n1:30080", TIMEOUT),
        (INGRESS, "node/n1", "svc/x/web:80", CONNECTED),
        (EGRESS, "pod/y/a", "svc/x/web:80", TIMEOUT),
        (EGRESS, "pod/y/b", "svc/x/web:80", CONNECTED),
        (EGRESS, "external", "node/n1:30080", CONNECTED),
    ],
    ids=["admitted", "other", "other-node", "node-port", "own-node", "egress", "not-selected", "nobody-selected"],
)
def test_policies_hold_for_services_in_every_mode(
    mode: str, written: Document, source: str, to: str, sees: ClientSees
) -> None:
    assert simulation(written, mode=mode).trace(Probe(source, to)).client_sees is sees


def test_the_reason_names_the_policy() -> None:
    found = simulation(INGRESS).trace(Probe("pod/y/a", "svc/x/web:80"))
    assert "NetworkPolicy x/policy isolates the Pod for ingress" in found.reason


def test_another_port_of_a_cluster_ip_is_rejected_by_kube_proxys_filter() -> None:
    found = simulation(INGRESS).trace(Probe("pod/y/a", "svc/x/web:81"))
    assert found.client_sees is REFUSED
    assert "KUBE-IPVS-FILTER" in found.reason


def test_packets_for_the_node_itself_get_no_mark() -> None:
    found = simulation(EGRESS).trace(Probe("pod/y/a", "node/n1:22"))
    assert "cali-fw-" in found.reason


def test_addresses_of_virtual_servers_are_not_the_nodes_own() -> None:
    """felix/config: InterfaceExclude is kube-ipvs0."""
    own = simulation().network.namespaces["n1"].ipsets["cali40this-host"]
    assert "192.168.1.11" in [entry.text for entry in own]
    assert "10.96.0.7" not in [entry.text for entry in own]


def test_rules_for_ipvs_are_written_only_where_kube_proxy_uses_it() -> None:
    chains = simulation(mode="iptables").network.namespaces["n1"].netfilter.table("filter").chains
    assert not any("endpoint-mark" in name or name == "cali-forward-check" for name in chains)


def test_each_endpoint_has_a_mark_of_its_own_and_others_have_the_first() -> None:
    chains = simulation().network.namespaces["n1"].netfilter.table("filter").chains
    setting = [chain.rules[0] for name, chain in chains.items() if name.startswith("cali-sm-")]
    marks = [rule.text.rpartition(" ")[2] for rule in (*setting, chains["cali-set-endpoint-mark"].rules[-1])]
    assert sorted(marks) == ["0x100000/0xfff00000", "0x200000/0xfff00000", "0x300000/0xfff00000", "0x400000/0xfff00000"]
