"""Which sockets are open: what the containers of Pods listen on, and kube-proxy's health checks."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod
from netsim.linux.namespace import Socket
from netsim.packet import Protocol, parse_protocol

LISTENS_ANNOTATION = "netsim.dev/listens"
"""``8080/tcp,53/udp`` on a Pod: what it really listens on, where that is not what its containers declare."""


def check_listening_annotations(cluster: Cluster) -> None:
    """Raise InputError for a Pod whose annotation cannot be read."""
    for pod in cluster.pods:
        if LISTENS_ANNOTATION in pod.meta.annotations:
            listening_sockets(pod)


def listening_sockets(pod: Pod) -> tuple[Socket, ...]:
    """The declared container ports of a Pod, or what its annotation says instead."""
    written = pod.meta.annotations.get(LISTENS_ANNOTATION)
    if written is not None:
        return tuple(_annotated_socket(pod, word.strip()) for word in written.split(",") if word.strip())
    return tuple(
        Socket(Protocol(port.protocol.lower()), port.port, f"{pod.namespace}/{pod.name} ({container.name})")
        for container in pod.containers
        for port in container.ports
    )


def _annotated_socket(pod: Pod, word: str) -> Socket:
    number, _, protocol = word.partition("/")
    try:
        port, parsed = int(number), parse_protocol(protocol or "tcp")
    except ValueError:
        port, parsed = 0, Protocol.TCP
    if not 1 <= port <= 65535 or parsed in (Protocol.ICMP, Protocol.ICMPV6):
        raise pod.meta.error(
            f"metadata.annotations.{LISTENS_ANNOTATION}",
            f"{word!r} is not PORT/PROTOCOL; write for example 8080/tcp,53/udp (tcp, udp or sctp)",
        )
    return Socket(parsed, port, f"{pod.namespace}/{pod.name}")
