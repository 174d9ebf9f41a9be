"""What a learner must not miss, by what the engine did. Harbour is described in planes.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import netsim
from lessons.picture.hop_events import events
from lessons.picture.narration import rows
from tests.lessons.planes import harbour, meshed, packet, request, with_policy

Row = dict[str, Any]
WEB = netsim.Probe("pod/ops/probe", "svc/shop/web:80", seed=1)
FROM_DB = netsim.Probe("pod/shop/db-0", "pod/shop/web-1", 8080)
FROM_OUTSIDE = netsim.Probe("external", "172.20.1.11:30080", seed=1)
BIG = netsim.Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=2000)
SHORT_LIVED = netsim.Probe("pod/ops/probe", "pod/shop/web-1", 8080, ttl=1)


def told(simulation: netsim.Simulation, probe: netsim.Probe) -> list[Row]:
    return rows(packet(simulation, probe))


def happenings(found: list[Row], leg: str = "request") -> list[tuple[str, str]]:
    """(where, word) of each event, devices of Pods' cables as "cable"."""
    return [
        ("cable" if row["where"].startswith(("veth", "cali", "lxc")) else row["where"], event["word"])
        for row in found
        if row["leg"] == leg
        for event in row["events"]
    ]


@pytest.mark.parametrize(
    ("simulation", "probe", "expected"),
    [
        pytest.param(
            lambda: harbour(mode="ipvs"), WEB,
            [("kube-ipvs0", "IPVS picks"), ("kube-ipvs0", "DNAT"), ("flannel.1", "encapsulated"),
             ("flannel.1", "unwrapped"), ("web-1", "delivered")], id="IPVS"),
        pytest.param(
            lambda: harbour("cilium"), WEB,
            [("probe", "rewritten at connect()"), ("cable", "eBPF redirects"), ("cilium_vxlan", "encapsulated"),
             ("cilium_vxlan", "unwrapped"), ("cilium_vxlan", "eBPF redirects"), ("web-1", "delivered")], id="Cilium"),
        pytest.param(
            lambda: harbour("cilium"), FROM_OUTSIDE,
            [("eth0", "eBPF translates"), ("cilium_vxlan", "encapsulated"), ("cilium_vxlan", "unwrapped"),
             ("cilium_vxlan", "eBPF redirects"), ("web-1", "delivered")], id="a node port in eBPF"),
        pytest.param(
            lambda: harbour("flannel, backend: host-gw"), BIG,
            [("probe", "fragmented"), ("netfilter", "reassembled"), ("routing", "fragmented"),
             ("netfilter", "reassembled"), ("routing", "fragmented"), ("web-1", "reassembled"), ("web-1", "delivered")],
            id="fragments"),
        pytest.param(
            lambda: with_policy("calico, backend: none"), WEB,
            [("netfilter", "DNAT"), ("netfilter", "policy allows"), ("web-1", "delivered")], id="Calico allows"),
        pytest.param(
            lambda: with_policy("calico, backend: none"), FROM_DB, [("netfilter", "policy denies")],
            id="Calico denies"),
        pytest.param(
            lambda: with_policy("flannel"), FROM_DB, [("netfilter", "policy denies")], id="kube-router denies"),
        pytest.param(
            lambda: with_policy("cilium"), FROM_DB, [("cable", "eBPF redirects"), ("cable", "policy denies")],
            id="Cilium denies"),
        pytest.param(
            lambda: with_policy("cilium"), WEB,
            [("probe", "rewritten at connect()"), ("cable", "eBPF redirects"), ("cilium_vxlan", "encapsulated"),
             ("cilium_vxlan", "unwrapped"), ("cilium_vxlan", "eBPF redirects"), ("cable", "policy allows"),
             ("web-1", "delivered")], id="Cilium allows"),
    ],
)  # fmt: skip
def test_each_deciding_part_has_its_event(
    simulation: Callable[[], netsim.Simulation], probe: netsim.Probe, expected: list[tuple[str, str]]
) -> None:
    assert happenings(told(simulation(), probe)) == expected


@pytest.mark.parametrize("plane", ["calico, backend: none", "weave", "flannel"])
def test_the_sentence_names_the_policy_that_allows(plane: str) -> None:
    (first, *_) = [row for row in told(with_policy(plane), WEB) if "policy allows" in str(row["events"])]
    assert first["sentence"].endswith("ingress[0] of NetworkPolicy shop/guard allows it.")
    assert any("NetworkPolicy shop/guard" in note for step in first["steps"] for note in step["notes"])


def test_an_error_that_a_kernel_sends_back_is_an_event_of_the_reply() -> None:
    found = told(harbour(), SHORT_LIVED)
    assert happenings(found) == [("routing", "TTL exceeded")]
    assert happenings(found, "reply")[0] == ("routing", "ICMP time to live exceeded")


@pytest.mark.parametrize(
    ("mesh", "proxy", "security"),
    [("istio", "istio-proxy", "mTLS"), ("linkerd", "linkerd-proxy", "mTLS"), ("ambient", "ztunnel", "HBONE")],
)
def test_the_proxies_of_a_mesh_take_the_packet_beside_the_application(mesh: str, proxy: str, security: str) -> None:
    found = rows(request(meshed(mesh), "pod/shop/web-0", "http://api.shop/"))
    requests = [row for row in found if row["leg"] == "request"]
    assert [row["where"] for row in requests if row["starts_leg"]] == ["web-0", proxy, proxy]
    assert (requests[-1]["where"], requests[-1]["detail"]) == ("api-0", "Pod shop/api-0 on n3, through lo")
    assert {"redirected to the proxy", security} <= {event["word"] for row in requests for event in row["events"]}


def test_who_took_the_request_sends_the_reply() -> None:
    found = rows(request(meshed("istio"), "pod/shop/web-0", "http://api.shop/"))
    senders = [row["where"] for row in found if row["starts_leg"] and row["leg"] == "reply"]
    assert senders == ["istio-proxy", "istio-proxy", "api-0"]


def test_a_policy_program_without_a_policy_is_no_event() -> None:
    step = {"kind": "bpf", "program": "cil_lxc_policy_egress", "outcome": "policy egress: no policy decides, so …"}
    assert events([step], {}) == []


def test_the_loopback_device_of_a_pod_is_the_inside_of_the_pod() -> None:
    found = rows(request(meshed("istio"), "pod/shop/web-0", "http://api.shop/"))
    assert [row["where"] for row in found if row["part"] == 0 and row["leg"] == "request"] == ["web-0", "istio-proxy"]
