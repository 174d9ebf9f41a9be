"""The health checks that kube-proxy answers for balancers, in every mode.

Source: pkg/proxy/healthcheck/service_health.go: 200 while the node has a ready endpoint of the Service, else 503.
"""

from __future__ import annotations

from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.packet import IPAddress, Protocol
from netsim.proxy.config import ProxyConfig
from netsim.proxy.services import ClusterServices


def listen_for_health_checks(namespace: NetworkNamespace, config: ProxyConfig, services: ClusterServices) -> None:
    """Open the healthCheckNodePort of every Service that has one; what it answers stands in the socket's process."""
    local: dict[tuple[tuple[str, str], int], set[IPAddress]] = {}
    for port in services.checked_ports[config.version]:
        assert port.health_check_node_port is not None
        found = services.endpoints(port, config.node_name, config.zone).backends
        ready = {backend.address for backend in found if backend.is_local and backend.ready}
        local.setdefault((port.service, port.health_check_node_port), set()).update(ready)
    opened = {socket.port for socket in namespace.sockets if socket.protocol is Protocol.TCP}
    for ((namespace_name, name), number), addresses in local.items():
        if number not in opened:
            status = 200 if addresses else 503
            process = f"kube-proxy health check of {namespace_name}/{name}: {status}, {len(addresses)} local endpoints"
            namespace.sockets.append(Socket(Protocol.TCP, number, process, health=status))
