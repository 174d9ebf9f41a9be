"""Which sockets are open: what the containers of Pods listen on, and kube-proxy's health checks."""

from __future__ import annotations

import re
from ipaddress import ip_address

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod
from netsim.linux.namespace import Socket
from netsim.packet import Protocol, parse_protocol

LISTENS_ANNOTATION = "netsim.dev/listens"
"""``8080/tcp,127.0.0.1:53/udp`` on a Pod: what it really listens on, where that is not what its containers declare.
Without an address a socket takes packets to every address of the Pod."""
LISTENING = re.compile(r"(?:(?P<address>[0-9.]+|\[[0-9a-fA-F:.]+\]):)?(?P<port>[0-9]{1,5})(?:/(?P<protocol>\w+))?")


def check_listening_annotations(cluster: Cluster) -> None:
    """Raise InputError for a Pod whose annotation cannot be read."""
    for pod in cluster.pods:
        if LISTENS_ANNOTATION in pod.meta.annotations:
            listening_sockets(pod)


def listening_sockets(pod: Pod) -> tuple[Socket, ...]:
    """The declared container ports of a Pod, or what its annotation says instead; none while its containers crash."""
    if pod.crash_loop:
        return ()
    written = pod.meta.annotations.get(LISTENS_ANNOTATION)
    if written is not None:
        return tuple(_annotated_socket(pod, word.strip()) for word in written.split(",") if word.strip())
    return tuple(
        Socket(Protocol(port.protocol.lower()), port.port, f"{pod.namespace}/{pod.name} ({container.name})")
        for container in pod.containers + pod.spec.sidecars
        for port in container.ports
    )


def _annotated_socket(pod: Pod, word: str) -> Socket:
    found = LISTENING.fullmatch(word)
    try:
        if found is None:
            raise ValueError(word)
        address = ip_address(found["address"].strip("[]")) if found["address"] else None
        port, protocol = int(found["port"]), parse_protocol(found["protocol"] or "tcp")
        if not 1 <= port <= 65535 or protocol in (Protocol.ICMP, Protocol.ICMPV6):
            raise ValueError(word)
    except ValueError:
        raise pod.meta.error(
            f"metadata.annotations.{LISTENS_ANNOTATION}",
            f"{word!r} is not [ADDRESS:]PORT/PROTOCOL; write for example 8080/tcp,127.0.0.1:53/udp,[::1]:9090/tcp "
            "(tcp, udp or sctp)",
        ) from None
    return Socket(protocol, port, f"{pod.namespace}/{pod.name}", address)
