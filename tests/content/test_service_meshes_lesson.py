"""Lesson 13 says nothing about Harbour's meshes that the engine does not say too.

shop/web-0 10.244.1.5 (n1) ── Service api ──> shop/api-1 10.244.2.7 (n2), shop/api-0 (n3)        legacy/nomesh (n1)
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import netsim
from netsim.tools.iptables_save import iptables_save
from tests.content.claims import addresses_in, known_addresses, lesson_named, table

LESSON = lesson_named("service-meshes")
OF_PROXIES = {"127.0.0.6", "127.0.0.1"}
"""Loopback addresses to which proxies bind."""
METADATA: dict[str, dict[str, Any]] = {
    "no mesh": {},
    "Linkerd": {"annotations": {"linkerd.io/inject": "enabled"}},
    "Istio with sidecars": {"labels": {"istio-injection": "enabled"}},
    "Istio ambient": {"labels": {"istio.io/dataplane-mode": "ambient"}},
}
STRICT = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""


def meshed(mesh: str, **annotations: str) -> str:
    """The namespace shop in a mesh."""
    metadata = {"name": "shop", **METADATA[mesh]}
    if annotations:
        metadata["annotations"] = metadata.get("annotations", {}) | annotations
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def called(mesh: str, source: str = "shop/web-0", more: str = "", **annotations: str) -> netsim.HttpExchange:
    changes = f"{meshed(mesh, **annotations)}---\n{more}" if more else meshed(mesh, **annotations)
    return netsim.send_request(LESSON.simulation(changes), netsim.HttpProbe(f"pod/{source}", "http://api.shop/"))


def ports(leg: Any) -> tuple[int, int]:
    """The destination port as the packet leaves its Pod, and as the process gets it."""
    packets = leg.exchange.request.hops[1].packet, leg.exchange.seen_by_server
    sent, received = (packet.ports[1] for packet in packets)
    return sent, received


@pytest.mark.parametrize("row", table(LESSON, "data plane"), ids=lambda row: row[0])
def test_the_ports_of_a_data_plane_are_those_of_the_table(row: list[str]):
    first, between, _last = called(row[0]).legs
    _on_the_wire, received = ports(between)
    assert row[2:] == [str(ports(first)[1]), str(received)]


@pytest.mark.parametrize("row", table(LESSON, "data plane", 1), ids=lambda row: row[0])
def test_the_wire_shows_the_port_and_the_protocol_of_the_table(row: list[str]):
    _first, between, _last = called(row[0]).legs
    assert row[1:] == [str(ports(between)[0]), between.security]


@pytest.mark.parametrize("row", table(LESSON, "data plane", 2), ids=lambda row: row[0])
def test_the_application_sees_the_source_of_the_table(row: list[str]):
    assert called(row[0]).source_seen == row[1]


@pytest.mark.parametrize("mesh", [mesh for mesh in METADATA if mesh != "no mesh"])
def test_no_rule_of_kube_proxy_for_the_service_is_asked(mesh: str):
    simulation = LESSON.simulation(meshed(mesh))
    [*_, between, _last] = netsim.send_request(simulation, netsim.HttpProbe("pod/shop/web-0", "http://api.shop/")).legs
    assert str(between.exchange.request.hops[0].packet.destination) == "10.244.2.7"


MODES = {"PERMISSIVE": "", "STRICT": STRICT}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", table(LESSON, "client"), ids=lambda row: row[0])
def test_a_mode_admits_whom_the_table_says(row: list[str], mode: str):
    source = "shop/web-0" if row[0] == "in the mesh" else "legacy/nomesh"
    result = called("Istio with sidecars", source, MODES[mode])
    said = row[1 + list(MODES).index(mode)]
    assert said.split(",")[0] == (str(result.status) if result.status else result.client_sees)
    assert ("mutual TLS" in said) is ("mTLS" in [leg.security for leg in result.legs])


def test_linkerd_takes_strangers_unless_told_otherwise():
    assert called("Linkerd", "legacy/nomesh").status == 200


def test_a_ztunnel_takes_the_plain_text_of_strangers_at_the_port_of_the_text() -> None:
    server = called("Istio ambient", "legacy/nomesh").legs[0].exchange.seen_by_server
    assert f"arrives at one more port of it, {server.ports[1]}." in LESSON.text.body


def test_linkerd_answers_strangers_with_403():
    policy = {"config.linkerd.io/default-inbound-policy": "all-authenticated"}
    assert called("Linkerd", "legacy/nomesh", **policy).status == 403


@pytest.mark.parametrize(
    "line",
    ["-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN", "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001"],
)
def test_the_rules_of_the_quiz_are_those_of_the_pod(line: str):
    pod = LESSON.simulation(meshed("Istio with sidecars")).network.namespaces["shop/web-0"]
    assert line in iptables_save(pod).splitlines()


def test_a_rule_by_method_needs_a_proxy_that_reads_http():
    """Without a waypoint nobody in ambient mode knows the method, so the rule allows nothing."""
    policy = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}
"""
    assert called("Istio with sidecars", more=policy).status == 200
    assert called("Istio ambient", more=policy).status is None


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (
            "curl -m 2 http://api.shop/",
            28,
            "curl: (28) Operation timed out after 2001 milliseconds with 0 bytes received",
        ),
        ("curl http://api.shop/", 52, "curl: (52) Empty reply from server"),
    ],
    ids=["with a limit", "without a limit"],
)
def test_a_policy_that_forgets_the_tunnel_lets_curl_wait(line: str, code: int, said: str):
    policy = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: declared-ports, namespace: shop}
spec: {podSelector: {}, ingress: [{ports: [{port: 9090}]}]}
"""
    simulation = LESSON.simulation(f"{meshed('Istio ambient')}---\n{policy}")
    output = netsim.Terminal(simulation, "pod/shop/web-0").run(line)
    assert (output.exit_code, output.text.splitlines()[-1]) == (code, said)


def test_every_address_in_the_text_is_one_of_harbours():
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - OF_PROXIES == set()
