"""Lesson 7 says nothing about Harbour that the engine does not say too.

ops/probe 10.244.1.9 ─┐                 ┌─ shop/web-1 10.244.2.6
shop/web-0 10.244.1.5 ┴ n1 ── rack a ── n2 ┴ shop/db-0
                               │
                               r1 ── rack b ── n3 ── shop/api-0, shop/db-1

Service shop/web 10.96.41.80:80 → 8080 of web-0, web-1
"""

from __future__ import annotations

import re
from fractions import Fraction
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml

import netsim
from netsim.tools.iptables_save import iptables_save
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, packet_at, table

LESSON = lesson_named("services-a-virtual-ip-is-a-rule")
CLUSTER_IP = "10.96.41.80"
WEB = next(
    document
    for document in yaml.safe_load_all(LESSON.scene)
    if document["kind"] == "Service" and document["metadata"]["name"] == "web"
)
SETTINGS = next(d for d in yaml.safe_load_all(LESSON.scene) if d["kind"] == "ClusterNetwork")
NO_MACHINE_OF_HARBOUR = {"0.0.0.0"}


def web(**spec: Any) -> str:
    """The Service web with other fields in its spec."""
    return yaml.safe_dump(WEB | {"spec": WEB["spec"] | spec})


def rules_on(node: str, changes: str = "") -> list[str]:
    """What iptables-save prints there."""
    return iptables_save(LESSON.simulation(changes).network.namespaces[node]).splitlines()


FIRST_PACKET = LESSON.played(LESSON.experiment("the-first-packet"))


# From a selector to a rule


def test_every_iptables_line_is_one_of_n1s() -> None:
    assert blocks(LESSON, "iptables")
    assert set(blocks(LESSON, "iptables")) <= set(rules_on("n1"))


def test_the_rules_shown_are_all_of_the_service_port_but_those_of_the_first_endpoint_and_the_node_port() -> None:
    left_out = ("-A KUBE-SEP-34ZZ2QFGO32YYXXO ", "-A KUBE-EXT-", "-A KUBE-NODEPORTS ")
    of_web = [line for line in rules_on("n1") if "shop/web:http" in line and not line.startswith(left_out)]
    assert sorted(of_web) == sorted(line for line in blocks(LESSON, "iptables") if not line.startswith(left_out))


def test_the_endpoint_slice_in_the_table_is_that_of_the_cluster() -> None:
    cluster = LESSON.simulation().cluster
    [web_slice] = [s for s in cluster.endpoint_slices if s.service_name == "web"]
    told = [
        f"{endpoint.addresses[0]}:{web_slice.ports[0].port}, ready, {endpoint.target.name} on {endpoint.node_name}"
        for endpoint in web_slice.endpoints
        if endpoint.ready and endpoint.target
    ]
    assert [row[1] for row in table(LESSON, "object") if row[0].startswith("EndpointSlice")] == told


def test_the_service_in_the_table_is_that_of_the_scene() -> None:
    spec = WEB["spec"]
    [[_, words]] = [row for row in table(LESSON, "object") if row[0].startswith("Service")]
    assert words == (
        f"{spec['clusterIP']}, port {spec['ports'][0]['port']}, selector app: {spec['selector']['app']}, "
        f"target port {spec['ports'][0]['targetPort']}"
    )


# Only the destination changes


TAPS = {
    "probe’s eth0, leaving": ("ops/probe", "eth0", "out"),
    "n1’s cni0, arriving": ("n1", "cni0", "in"),
    "n1’s flannel.1, leaving": ("n1", "flannel.1", "out"),
    "web-1’s eth0, arriving": ("shop/web-1", "eth0", "in"),
}


@pytest.mark.parametrize("row", table(LESSON, "where"), ids=lambda row: row[0])
def test_the_packet_has_these_addresses_there(row: list[str]) -> None:
    packet = packet_at(FIRST_PACKET, *TAPS[row[0]])
    told = [f"{packet['ip'][end]}:{packet['tcp'][f'{end}_port']}" for end in ("source", "destination")]
    assert row[1:] == told


def test_n1_routes_the_translated_destination_by_the_route_in_the_text() -> None:
    [lookup] = [
        step for hop in FIRST_PACKET["request"]["hops"] if hop["interface"] == "cni0" and hop["netns"] == "n1"
        for step in hop["steps"] if step["kind"] == "route"
    ]  # fmt: skip
    assert "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink" in lookup["text"]
    assert "`10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink`" in LESSON.text.body


def test_no_rule_of_a_service_translates_on_n2() -> None:
    steps = [step for hop in FIRST_PACKET["request"]["hops"] if hop["netns"] == "n2" for step in hop["steps"]]
    assert not [step for step in steps if step["kind"] == "nat"]


def test_the_outer_header_between_the_nodes_has_the_nodes_addresses() -> None:
    taps = {(hop["netns"], hop["interface"]): hop["packet"]["ip"] for hop in FIRST_PACKET["request"]["hops"]}
    outer = taps["n1", "eth0"]
    assert (outer["source"], outer["destination"]) == ("172.20.1.11", "172.20.1.12")


def test_a_process_on_n1_is_seen_as_flannels_address_by_the_pod_on_n2() -> None:
    exchange = dialed(LESSON, "node/n1", "svc/shop/web", port=80, seed=1)
    assert (exchange["server"]["name"], exchange["seen_by_server"]["source_ip"]) == ("web-1", "10.244.1.0")


def rules_hit(exchange: dict[str, Any], hook: str, table: str) -> list[str]:
    """The rules of n1 that the request matched there, in order."""
    steps = [step for hop in exchange["request"]["hops"] if hop["netns"] == "n1" for step in hop["steps"]]
    found = [step for step in steps if step["kind"] == "rules" and (step["hook"], step["table"]) == (hook, table)]
    return [hit["text"] for hit in found[0]["hits"]]


def test_the_evidence_shows_the_masquerade_rules_only_where_the_explanations_say_so() -> None:
    first = rules_hit(FIRST_PACKET, "PREROUTING", "nat")
    hairpin = rules_hit(LESSON.played(LESSON.experiment("hairpin")), "PREROUTING", "nat")
    assert not [rule for rule in first if "KUBE-MARK-MASQ" in rule]
    assert blocks(LESSON, "iptables")[-1] in hairpin


def test_the_last_rule_that_the_ping_hits_in_forward_accepts_it() -> None:
    ping = LESSON.played(LESSON.experiment("ping-a-service"))
    assert rules_hit(ping, "FORWARD", "filter")[-1].endswith("-j ACCEPT")


# The kernel remembers


def test_the_conntrack_entry_is_n1s() -> None:
    remembered = [
        step["text"] for hop in FIRST_PACKET["request"]["hops"] if hop["netns"] == "n1"
        for step in hop["steps"] if step["kind"] == "conntrack-confirm"
    ]  # fmt: skip
    original, reply = (line.split(":", 1)[1].strip() for line in blocks(LESSON, "conntrack"))
    assert original in remembered[0]
    assert reply in remembered[0]


def test_the_probe_hears_from_the_address_that_it_dialed() -> None:
    last = FIRST_PACKET["reply"]["hops"][-1]
    assert (last["netns"], last["packet"]["ip"]["source"], last["packet"]["tcp"]["source_port"]) == (
        "ops/probe", CLUSTER_IP, 80,
    )  # fmt: skip


def test_the_reply_is_translated_back_on_n1_and_nowhere_else() -> None:
    places = [h["netns"] for h in FIRST_PACKET["reply"]["hops"] for step in h["steps"] if step["kind"] == "nat"]
    assert places == ["n1"]


# A fair choice, rule by rule


def four_endpoints() -> str:
    pods = (document for document in yaml.safe_load_all(LESSON.scene) if document["kind"] == "Pod")
    web_1 = next(pod for pod in pods if pod["metadata"]["name"] == "web-1")
    return yaml.safe_dump_all(
        web_1 | {"metadata": web_1["metadata"] | {"name": name}, "status": {"phase": "Running", "podIP": address}}
        for name, address in (("web-2", "10.244.2.102"), ("web-3", "10.244.2.103"))
    )


def test_four_endpoints_get_rules_with_the_probabilities_of_the_table() -> None:
    chain = "-A KUBE-SVC-67NZLRHBNDSAWJRO "
    rules = [line for line in rules_on("n1", four_endpoints()) if line.startswith(chain) and "-j KUBE-SEP" in line]
    found = [re.search(r"--probability ([\d.]+)", line) for line in rules]
    fires_with = [f"1/{round(1 / float(match[1]))}" if match else "1, no condition" for match in found]
    assert fires_with == [row[2] for row in table(LESSON, "rule")]


def test_four_endpoints_get_the_shares_of_the_table() -> None:
    branches = LESSON.simulation(four_endpoints()).branches(netsim.Probe("pod/ops/probe", "svc/shop/web", 80))
    assert [branch.probability for branch in branches] == pytest.approx([1 / 4] * 4)
    assert {row[3] for row in table(LESSON, "rule")} == {"1/4"}


def test_as_many_packets_get_to_a_rule_as_the_rules_before_it_leave() -> None:
    left = Fraction(1)
    for _rule, get_this_far, fires_with, share in table(LESSON, "rule"):
        assert Fraction(get_this_far) == left
        assert left * Fraction(fires_with.partition(",")[0]) == Fraction(share)
        left -= Fraction(share)
    assert left == 0


def test_the_branch_of_the_first_packet_has_probability_one_half() -> None:
    assert FIRST_PACKET["probability"] == 0.5


# Refused or silent?


NO_ENDPOINTS = web(selector={"app": "wbe"})
WRONG_TARGET_PORT = web(ports=[WEB["spec"]["ports"][0] | {"targetPort": 80}])
CAUSES = {
    "no endpoint anywhere": ("pod/ops/probe", NO_ENDPOINTS, "REJECTED"),
    "the Pod does not listen on the target port": ("pod/ops/probe", WRONG_TARGET_PORT, "NO_LISTENER"),
    "internalTrafficPolicy: Local, endpoints on other nodes only": (
        "pod/shop/api-0",
        web(internalTrafficPolicy="Local"),
        "DROPPED",
    ),
}
SEEN = {"is refused at once": "refused", "times out": "timeout"}


@pytest.mark.parametrize("row", table(LESSON, "cause")[:3], ids=lambda row: row[0])
def test_the_client_sees_what_the_table_says(row: list[str]) -> None:
    source, changes, disposition = CAUSES[row[0]]
    exchange = dialed(LESSON, source, "svc/shop/web", changes, port=80)
    assert (exchange["client_sees"], exchange["verdict"]) == (SEEN[row[2]], disposition)


def test_nobody_answers_what_is_lost_on_the_way() -> None:
    said = table(LESSON, "cause")[3]
    lost = dialed(LESSON, "pod/ops/probe", "svc/shop/web", faults=("tunnel-port-blocked",), port=80, seed=1)
    assert (said[1], lost["reply"]) == ("nobody", None)
    assert SEEN[said[2]] == lost["client_sees"]


@pytest.mark.parametrize(
    ("changes", "place"), [(NO_ENDPOINTS, "n1"), (WRONG_TARGET_PORT, "shop/web-1")], ids=["by the node", "by the Pod"]
)
def test_the_refusal_comes_from_where_the_table_says(changes: str, place: str) -> None:
    exchange = dialed(LESSON, "pod/ops/probe", "svc/shop/web", changes, port=80, seed=1)
    assert exchange["reply"]["hops"][0]["netns"] == place


@pytest.mark.parametrize(
    ("changes", "source", "is_icmp"),
    [(NO_ENDPOINTS, "10.244.1.1", True), (WRONG_TARGET_PORT, CLUSTER_IP, False)],
    ids=["by the node", "by the Pod"],
)
def test_a_capture_in_the_probe_tells_the_refusals_apart(changes: str, source: str, is_icmp: bool) -> None:
    last = dialed(LESSON, "pod/ops/probe", "svc/shop/web", changes, port=80)["reply"]["hops"][-1]
    assert (last["netns"], last["interface"]) == ("ops/probe", "eth0")
    assert (last["packet"]["ip"]["source"], "icmp" in last["packet"]) == (source, is_icmp)


# Myth or evidence


def test_no_machine_has_the_cluster_ip() -> None:
    namespaces = LESSON.simulation().network.namespaces.values()
    assert not [namespace.name for namespace in namespaces if namespace.is_local(ip_address(CLUSTER_IP))]


@pytest.mark.parametrize("node", ["n1", "n2", "n3"])
def test_only_the_default_route_of_a_node_covers_the_cluster_ip(node: str) -> None:
    route = LESSON.simulation().network.namespaces[node].routes.lookup(ip_address(CLUSTER_IP))
    assert route is not None
    assert route.destination == ip_network("0.0.0.0/0")


def test_no_neighbor_entry_mentions_the_cluster_ip() -> None:
    entries = [address for n in LESSON.simulation().network.namespaces.values() for _, address in n.neighbours]
    assert entries
    assert ip_address(CLUSTER_IP) not in entries


@pytest.mark.parametrize("service", ["shop/db", "shop/pay"])
def test_a_service_without_a_virtual_ip_has_no_rules(service: str) -> None:
    assert not [line for line in rules_on("n1") if f"{service}:" in line or f"{service} " in line]


@pytest.mark.parametrize("node", ["n1", "n2", "n3"])
def test_every_node_has_the_rule_for_the_cluster_ip(node: str) -> None:
    assert blocks(LESSON, "iptables")[0] in rules_on(node)


IPTABLES_MODE: dict[str, dict[str, Any]] = {
    "the ClusterIP, ICMP echo": {"destination": CLUSTER_IP, "protocol": "icmp"},
    "the ClusterIP, a port that the Service does not have": {"destination": CLUSTER_IP, "port": 81},
    "an address of the Service range that nobody has": {"destination": "10.96.200.200", "port": 80},
}


@pytest.mark.parametrize(
    "row", [row for row in table(LESSON, "sent to") if "rejected" not in row[1]], ids=lambda row: row[0]
)
def test_in_iptables_mode_it_is_not_translated_and_follows_the_default_route(row: list[str]) -> None:
    exchange = dialed(LESSON, "pod/ops/probe", **IPTABLES_MODE[row[0]])
    last = exchange["request"]["hops"][-1]
    assert row[1] == "not translated, follows the routes"
    assert (last["netns"], last["packet"]["ip"]["destination"]) == ("router", IPTABLES_MODE[row[0]]["destination"])


def in_nftables_mode(row: list[str]) -> tuple[str, dict[str, Any]]:
    """The scene's changes, and what is dialed."""
    mode = yaml.safe_dump(SETTINGS | {"spec": SETTINGS["spec"] | {"proxy": {"mode": "nftables"}}})
    if row[0] == "a Service without endpoints":
        return f"{mode}---\n{NO_ENDPOINTS}", {"destination": CLUSTER_IP, "port": 80}
    return mode, IPTABLES_MODE[row[0]]


@pytest.mark.parametrize("row", table(LESSON, "sent to"), ids=lambda row: row[0])
def test_in_nftables_mode_n1_does_with_it_what_the_table_says(row: list[str]) -> None:
    changes, sent = in_nftables_mode(row)
    exchange = dialed(LESSON, "pod/ops/probe", changes=changes, **sent)
    assert (exchange["verdict"].lower(), exchange["request"]["hops"][-1]["netns"]) == (row[2], "n1")


def test_the_router_tells_the_pinging_pod_that_there_is_no_way() -> None:
    reply = LESSON.played(LESSON.experiment("ping-a-service"))["reply"]["hops"][-1]["packet"]
    assert (reply["ip"]["source"], reply["icmp"]["message"]) == ("172.20.1.1", "network unreachable")


# All of it


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    mentioned = addresses_in(LESSON)
    assert CLUSTER_IP in mentioned
    assert mentioned - known_addresses(LESSON.simulation()) - NO_MACHINE_OF_HARBOUR == set()
