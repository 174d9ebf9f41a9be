"""The rules that kube-proxy writes in iptables mode, line by line as iptables-save prints them.

Harbour's Service shop/web: ClusterIP 10.96.41.80:80, node port 30080, endpoints web-0 10.244.1.5:8080 on n1 and
web-1 10.244.2.6:8080 on n2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from netsim.build import build_network
from netsim.loading import load_cluster
from netsim.network import Network
from netsim.tools.iptables_save import iptables_save

WEB = "67NZLRHBNDSAWJRO"
WEB_0 = "34ZZ2QFGO32YYXXO"
WEB_1 = "6VCK77QPODAJLWFH"

HARBOUR_N1 = Path(__file__).parent / "harbour-n1.rules"
"""iptables-save of n1, read against pkg/proxy/iptables/proxier.go and flannel's iptables.go."""

Planned = Callable[..., Network]


@pytest.fixture
def planned(harbour_text: str) -> Planned:
    """Harbour with (old, new) pieces of its text exchanged, and other manifests beside it."""

    def build(*changes: tuple[str, str], beside: str = "") -> Network:
        text = harbour_text
        for old, new in changes:
            assert old in text, f"harbour.yaml has no {old!r}"
            text = text.replace(old, new)
        return build_network(load_cluster([("harbour.yaml", text), ("beside.yaml", beside)]))

    return build


def rules(network: Network, node: str, table: str, chain: str) -> list[str]:
    found = network.namespaces[node].netfilter.table(table).chains.get(chain)
    return [] if found is None else [rule.text for rule in found.rules]


def chains(network: Network, node: str) -> set[str]:
    return set(network.namespaces[node].netfilter.table("nat").chains)


def test_n1_has_the_recorded_rules_line_by_line(harbour_network: Network) -> None:
    assert iptables_save(harbour_network.namespaces["n1"]).splitlines() == HARBOUR_N1.read_text().splitlines()


def test_headless_and_external_name_services_have_no_rules(harbour_network: Network) -> None:
    text = iptables_save(harbour_network.namespaces["n2"])
    assert [line for line in text.splitlines() if "shop/db" in line or "shop/pay" in line] == []


def test_all_nodes_have_the_same_rules_while_every_policy_is_cluster(harbour_network: Network) -> None:
    n1, n2, n3 = (harbour_network.namespaces[name].netfilter.table("nat") for name in ("n1", "n2", "n3"))
    kube = [name for name in n1.chains if name.startswith("KUBE-")]

    assert [name for name in kube if not n1.chains[name] == n2.chains[name] == n3.chains[name]] == []


SETTINGS = {
    "masqueradeAll marks every client of the ClusterIP": (
        ("mode: iptables", "mode: iptables, masqueradeAll: true"),
        ("nat", f"KUBE-SVC-{WEB}", 0),
        '-d 10.96.41.80/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
    ),
    "without a way to tell Pods nobody is masqueraded": (
        ("mode: iptables", "mode: iptables, localDetector: None"),
        ("nat", f"KUBE-SVC-{WEB}", 0),
        (
            '-m comment --comment "shop/web:http -> 10.244.1.5:8080"'
            f" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-{WEB_0}"
        ),
    ),
    "the node's own Pod range tells Pods": (
        ("mode: iptables", "mode: iptables, localDetector: NodeCIDR"),
        ("nat", f"KUBE-SVC-{WEB}", 0),
        (
            '! -s 10.244.1.0/24 -d 10.96.41.80/32 -p tcp -m comment --comment "shop/web:http cluster IP"'
            " -m tcp --dport 80 -j KUBE-MARK-MASQ"
        ),
    ),
    "without localhost node ports loopback is left out": (
        ("mode: iptables", "mode: iptables, localhostNodePorts: false"),
        ("nat", "KUBE-SERVICES", -1),
        (
            "! -d 127.0.0.0/8"
            ' -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
            " -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"
        ),
    ),
    "primary opens node ports on the node's first address": (
        ("mode: iptables", "mode: iptables, nodePortAddresses: primary"),
        ("nat", "KUBE-SERVICES", -1),
        (
            "-d 172.20.1.11/32"
            ' -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
            " -j KUBE-NODEPORTS"
        ),
    ),
    "nodePortAddresses gives one rule an address": (
        ("mode: iptables", "mode: iptables, nodePortAddresses: [172.20.0.0/16]"),
        ("nat", "KUBE-SERVICES", -1),
        (
            "-d 172.20.1.11/32"
            ' -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
            " -j KUBE-NODEPORTS"
        ),
    ),
}


@pytest.mark.parametrize(("change", "where", "expected"), SETTINGS.values(), ids=SETTINGS.keys())
def test_settings_change_the_rules(
    planned: Planned, change: tuple[str, str], where: tuple[str, str, int], expected: str
) -> None:
    table, chain, index = where
    assert rules(planned(change), "n1", table, chain)[index] == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [("", 1), (", localhostNodePorts: false", 0), (", nodePortAddresses: [172.20.0.0/16]", 0)],
    ids=["by default", "switched off", "loopback is not among nodePortAddresses"],
)
def test_localhost_node_ports_need_route_localnet(planned: Planned, settings: str, expected: int) -> None:
    network = planned(("mode: iptables", f"mode: iptables{settings}"))
    assert network.namespaces["n1"].sysctls["net.ipv4.conf.all.route_localnet"] == expected


def test_a_service_without_endpoints_is_rejected_in_the_filter_table(planned: Planned) -> None:
    network = planned(("selector: {app: web}", "selector: {app: nothing}"))

    assert rules(network, "n1", "filter", "KUBE-SERVICES") == [
        (
            '-d 10.96.41.80/32 -p tcp -m comment --comment "shop/web:http has no endpoints"'
            " -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"
        )
    ]
    assert rules(network, "n1", "filter", "KUBE-EXTERNAL-SERVICES") == [
        (
            '-p tcp -m comment --comment "shop/web:http has no endpoints" -m addrtype --dst-type LOCAL'
            " -m tcp --dport 30080 -j REJECT --reject-with icmp-port-unreachable"
        )
    ]
    assert f"KUBE-SVC-{WEB}" not in chains(network, "n1")


def test_external_policy_local_drops_where_no_endpoint_is_local(planned: Planned) -> None:
    network = planned(("type: NodePort", "type: NodePort\n      externalTrafficPolicy: Local"))

    assert rules(network, "n3", "filter", "KUBE-EXTERNAL-SERVICES") == [
        (
            '-p tcp -m comment --comment "shop/web:http has no local endpoints" -m addrtype --dst-type LOCAL'
            " -m tcp --dport 30080 -j DROP"
        )
    ]
    assert rules(network, "n3", "nat", f"KUBE-EXT-{WEB}") == [
        (
            '-s 10.244.0.0/16 -m comment --comment "pod traffic for shop/web:http external destinations"'
            f" -j KUBE-SVC-{WEB}"
        ),
        (
            '-m comment --comment "masquerade LOCAL traffic for shop/web:http external destinations"'
            " -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ"
        ),
        (
            '-m comment --comment "route LOCAL traffic for shop/web:http external destinations"'
            f" -m addrtype --src-type LOCAL -j KUBE-SVC-{WEB}"
        ),
    ]


def test_external_policy_local_ends_in_the_local_chain_where_an_endpoint_is_local(planned: Planned) -> None:
    network = planned(("type: NodePort", "type: NodePort\n      externalTrafficPolicy: Local"))

    assert rules(network, "n2", "nat", f"KUBE-EXT-{WEB}")[-1] == f"-j KUBE-SVL-{WEB}"
    assert rules(network, "n2", "nat", f"KUBE-SVL-{WEB}") == [
        f'-m comment --comment "shop/web:http -> 10.244.2.6:8080" -j KUBE-SEP-{WEB_1}'
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            "Local",
            [
                '-p tcp -m comment --comment "shop/web:http health check node port" -m tcp --dport 32000 -j ACCEPT',
            ],
        ),
        ("Cluster", []),
    ],
)
def test_a_health_check_port_is_open_under_the_policy_local_only(
    planned: Planned, policy: str, expected: list[str]
) -> None:
    spec = f"type: LoadBalancer\n      externalTrafficPolicy: {policy}\n      healthCheckNodePort: 32000"
    network = planned(("type: NodePort", spec))

    assert rules(network, "n1", "filter", "KUBE-NODEPORTS") == expected
    assert [socket.port for socket in network.namespaces["n1"].sockets] == [32000][: len(expected)]


def test_session_affinity_asks_the_remembered_clients_first(planned: Planned) -> None:
    network = planned(("type: NodePort", "type: NodePort\n      sessionAffinity: ClientIP"))
    kept = "--mask 255.255.255.255 --rsource"

    assert rules(network, "n1", "nat", f"KUBE-SVC-{WEB}")[1:3] == [
        (
            '-m comment --comment "shop/web:http -> 10.244.1.5:8080"'
            f" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-{WEB_0} {kept} -j KUBE-SEP-{WEB_0}"
        ),
        (
            '-m comment --comment "shop/web:http -> 10.244.2.6:8080"'
            f" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-{WEB_1} {kept} -j KUBE-SEP-{WEB_1}"
        ),
    ]
    assert rules(network, "n1", "nat", f"KUBE-SEP-{WEB_0}")[1] == (
        f'-p tcp -m comment --comment "shop/web:http" -m recent --set --name KUBE-SEP-{WEB_0} {kept}'
        " -m tcp -j DNAT --to-destination 10.244.1.5:8080"
    )


def big_service(endpoints: int, ports: int = 1) -> str:
    """Service shop/big, with an EndpointSlice of that many addresses on n1, each with that many ports."""
    numbered = [f"- {{name: p{n}, port: {8000 + n}}}" for n in range(ports)]
    addresses = [f"- {{addresses: [10.244.1.{n + 1}], nodeName: n1}}" for n in range(endpoints)]
    return "\n".join(
        [
            "apiVersion: v1",
            "kind: Service",
            "metadata: {name: big, namespace: shop}",
            "spec:",
            "  clusterIP: 10.96.60.1",
            "  ports:",
            *(f"  {line}" for line in numbered),
            "---",
            "apiVersion: discovery.k8s.io/v1",
            "kind: EndpointSlice",
            "metadata: {name: big-x, namespace: shop, labels: {kubernetes.io/service-name: big}}",
            "addressType: IPv4",
            "ports:",
            *numbered,
            "endpoints:",
            *addresses,
        ]
    )


@pytest.mark.parametrize(("ports", "commented"), [(3, True), (5, False)], ids=["750 endpoints", "1250 endpoints"])
def test_a_large_cluster_loses_the_comments_of_its_endpoint_rules(
    planned: Planned, ports: int, commented: bool
) -> None:
    network = planned(beside=big_service(250, ports))
    assert all("--comment" in text for text in rules(network, "n1", "nat", f"KUBE-SEP-{WEB_0}")) is commented


def test_several_endpoints_share_by_falling_denominators(planned: Planned) -> None:
    network = planned(beside=big_service(4))
    lines = iptables_save(network.namespaces["n1"]).splitlines()

    odds = [line.split("--probability ")[1][:13] for line in lines if "shop/big" in line and "statistic" in line]
    assert odds == ["0.25000000000", "0.33333333349", "0.50000000000"]


def test_nodes_share_rules_but_not_chains(harbour_network):
    """A chain that is flushed on one node stays on the others."""
    one, other = (harbour_network.namespaces[name].netfilter.table("nat") for name in ("n1", "n3"))
    services = one.chains["KUBE-SERVICES"].rules
    shared = [chain for chain in other.chains if chain.startswith("KUBE-SVC-") and chain in one.chains]
    for chain in shared:
        one.chains[chain].rules.clear()
    services.clear()
    assert all(other.chains[chain].rules for chain in shared)
    assert len(shared) > 0
    assert other.chains["KUBE-SERVICES"].rules


def test_a_node_that_is_planned_later_asks_for_its_own_range(planned):
    network = planned(("proxy: {mode: iptables}", "proxy: {mode: iptables, localDetector: NodeCIDR}"))
    ranges = {
        name: {
            match.text
            for chain in network.namespaces[name].netfilter.table("nat").chains.values()
            for rule in chain.rules if chain.name.startswith("KUBE-SVC-")
            for match in rule.matches if match.text.startswith("! -s")
        }
        for name in ("n1", "n2", "n3")
    }  # fmt: skip
    assert ranges == {f"n{n}": {f"! -s 10.244.{n}.0/24"} for n in (1, 2, 3)}


def test_only_a_node_within_the_source_ranges_lets_the_balancer_call_itself(planned):
    """Nodes n1 and n2 are in 172.20.1.0/24, n3 is not; n2 and n3 have the same endpoints for it, none of their own."""
    balanced = """
        {apiVersion: v1, kind: Service, metadata: {name: balanced, namespace: shop}, spec: {type: LoadBalancer,
         loadBalancerSourceRanges: [172.20.1.0/24], ports: [{port: 80, targetPort: 8080}]},
         status: {loadBalancer: {ingress: [{ip: 198.51.100.7}]}}}
        ---
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, ports: [{port: 8080}],
         metadata: {name: balanced-1, namespace: shop, labels: {kubernetes.io/service-name: balanced}},
         endpoints: [{addresses: [10.244.1.5], nodeName: n1}]}"""
    network = planned(beside=dedent(balanced))
    allowed = {
        name: any(
            rule.text.startswith("-s 198.51.100.7/32")
            for chain in network.namespaces[name].netfilter.table("nat").chains.values()
            for rule in chain.rules
            if chain.name.startswith("KUBE-FW-")
        )
        for name in ("n1", "n2", "n3")
    }
    assert allowed == {"n1": True, "n2": True, "n3": False}
