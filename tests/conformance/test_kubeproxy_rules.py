"""Chain names, probabilities and usable endpoints as kube-proxy's own unit tests expect them."""

from __future__ import annotations

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from netsim.packet import Protocol
from netsim.proxy.endpoints import Backend, categorize
from netsim.proxy.iptables_services import probability
from netsim.proxy.nftables_services import hashed
from netsim.proxy.service_ports import ProxiedPort, chain_hash

RULES = Path(__file__).parents[3] / "shared" / "conformance" / "kubeproxy_rules.json"
FACTS: dict[str, list[dict[str, Any]]] = (
    json.loads(RULES.read_text())
    if RULES.exists()
    else {"hash_vectors": [], "probabilities": [], "categorize_endpoints": []}
)
NFTABLES_NAMES = [row for row in FACTS["hash_vectors"] if row["kind"].startswith("nft ")]
IPTABLES_NAMES = [row for row in FACTS["hash_vectors"] if row["kind"].startswith("KUBE-")]
ZONE = "topology.kubernetes.io/zone"
UNSTATED = "iTP Local, all local"
"""Upstream's test leaves allEndpoints open in this row; the file has an empty list for it."""


def test_the_facts_are_there() -> None:
    if not RULES.exists():
        pytest.skip(f"{RULES} is absent: names, probabilities and endpoint selection were not checked")
    assert (len(IPTABLES_NAMES), len(NFTABLES_NAMES)) == (7, 2)
    assert (len(FACTS["probabilities"]), len(FACTS["categorize_endpoints"])) == (4, 26)


@pytest.mark.parametrize("row", IPTABLES_NAMES, ids=[row["input"] for row in IPTABLES_NAMES])
def test_a_chain_is_named_by_kube_proxys_hash(row: dict[str, Any]) -> None:
    assert chain_hash(row["input"]) == row["expect"]


@pytest.mark.parametrize("row", NFTABLES_NAMES, ids=[row["input"] for row in NFTABLES_NAMES])
def test_a_chain_of_nftables_has_the_hash_in_front_of_its_name(row: dict[str, Any]) -> None:
    assert row["kind"].removeprefix("nft ") + hashed(row["input"]) == row["expect"]


@pytest.mark.parametrize("row", FACTS["probabilities"], ids=[str(row["n"]) for row in FACTS["probabilities"]])
def test_a_probability_has_the_ten_digits_that_kube_proxy_writes(row: dict[str, Any]) -> None:
    assert f"{probability(row['n']):.10f}" == row["p"]


def backend(facts: dict[str, Any]) -> Backend:
    address, _, port = facts["endpoint"].rpartition(":")
    return Backend(
        ip_address(address), int(port), facts["isLocal"], facts["ready"], facts["serving"], facts["terminating"],
        tuple(facts["zoneHints"] or ()),
    )  # fmt: skip


@pytest.mark.parametrize(
    "case", FACTS["categorize_endpoints"], ids=[case["name"] for case in FACTS["categorize_endpoints"]]
)
def test_the_usable_endpoints_are_those_that_kube_proxy_finds(case: dict[str, Any]) -> None:
    service = case["service"]
    port = ProxiedPort(
        ("ns", "svc"), "ns/svc:p", "p", ip_address("10.96.0.1"), 80, Protocol.TCP, service.get("nodePort"),
        internal_local=service.get("internalPolicyLocal", False),
        external_local=service.get("externalPolicyLocal", False),
    )  # fmt: skip

    usable = categorize(
        tuple(backend(each) for each in case["endpoints"]), port, "node", case["nodeLabels"].get(ZONE, "")
    )

    reachable = case["localEndpoints"] if case["name"] == UNSTATED else case["allEndpoints"]
    assert texts(usable.cluster) == sorted(case["clusterEndpoints"] or [])
    assert texts(usable.local) == sorted(case["localEndpoints"] or [])
    assert texts(usable.reachable) == sorted(reachable)
    assert usable.exist_anywhere is case["hasAnyEndpoints"]


def texts(backends: tuple[Backend, ...]) -> list[str]:
    return sorted(map(str, backends))
