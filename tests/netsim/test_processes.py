"""Which sockets are open in a Pod."""

from __future__ import annotations

import pytest

from netsim.build import build_network
from netsim.errors import InputError
from netsim.loading import load_cluster
from netsim.network import Network

PROBE = "metadata: {name: probe, namespace: ops}"


def listening(network: Network, namespace: str) -> list[str]:
    sockets = network.namespaces[namespace].sockets
    return [f"{f'{s.address} ' if s.address else ''}{s.port}/{s.protocol}" for s in sockets]


def test_a_pod_listens_on_the_ports_that_its_containers_declare(harbour_network: Network) -> None:
    assert listening(harbour_network, "kube-system/coredns-a") == ["53/udp", "53/tcp"]


def test_a_pod_without_declared_ports_listens_on_none(harbour_network: Network) -> None:
    assert listening(harbour_network, "ops/probe") == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8080/tcp, 53/udp", ["8080/tcp", "53/udp"]),
        ("9999", ["9999/tcp"]),
        ("127.0.0.1:8080/tcp,[::1]:53/udp", ["127.0.0.1 8080/tcp", "::1 53/udp"]),
        ("", []),
    ],
    ids=["several", "tcp is the default", "on one address", "nothing"],
)
def test_the_annotation_says_what_a_pod_really_listens_on(harbour_text: str, written: str, expected: list[str]) -> None:
    network = build_network(load_cluster([("h.yaml", annotated(harbour_text, written))]))

    assert listening(network, "ops/probe") == expected


@pytest.mark.parametrize("written", ["http", "70000/tcp", "8/icmp", "80/tpc", "1.2.3:80", "::1:80"])
def test_an_annotation_that_cannot_be_read_is_refused_at_its_key(harbour_text: str, written: str) -> None:
    with pytest.raises(InputError, match=r"h\.yaml:\d+: metadata\.annotations.*PORT/PROTOCOL"):
        build_network(load_cluster([("h.yaml", annotated(harbour_text, written))]))


def annotated(text: str, value: str) -> str:
    return text.replace(PROBE, PROBE[:-1] + f", annotations: {{netsim.dev/listens: {value!r}}}}}")
