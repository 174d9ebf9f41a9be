"""The listeners by which load balancers find out which nodes have endpoints (pkg/proxy/healthcheck)."""

from __future__ import annotations

from collections.abc import Iterable

from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.packet import Protocol
from netsim.proxy.service_ports import ProxiedPort


def listen_for_health_checks(namespace: NetworkNamespace, ports: Iterable[ProxiedPort]) -> None:
    """Open each ``healthCheckNodePort`` that does not listen yet."""
    numbers = dict.fromkeys(port.health_check_node_port for port in ports if port.health_check_node_port)
    wanted = [Socket(Protocol.TCP, number, "kube-proxy health check") for number in numbers]
    namespace.sockets += [socket for socket in wanted if socket not in namespace.sockets]
