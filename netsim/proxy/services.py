"""The Services of a cluster as every node's kube-proxy keeps them, worked out once for all nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import EndpointSlice
from netsim.proxy.endpoints import Backend, UsableEndpoints, backends_of, categorize
from netsim.proxy.service_ports import ProxiedPort, proxied_ports


class PortEndpoints(NamedTuple):
    """The endpoints of a port on one node: all that there are, and those that each traffic policy may use."""

    backends: tuple[Backend, ...]
    usable: UsableEndpoints


class ClusterServices:
    """The ports to serve, and those that balancers check, by IP version; and their endpoints on any node."""

    def __init__(self, cluster: Cluster) -> None:
        self._slices: dict[tuple[str, str], list[EndpointSlice]] = {}
        for piece in cluster.endpoint_slices:
            self._slices.setdefault((piece.namespace, piece.service_name), []).append(piece)
        addresses = [a for node in cluster.nodes for a in node.addresses]
        addresses += [a for service in cluster.services for a in service.cluster_ips]
        self.ports: Mapping[int, tuple[ProxiedPort, ...]] = {
            version: proxied_ports(cluster.services, version)
            for version in sorted({4, *(address.version for address in addresses)})
        }
        self.checked_ports = {
            version: tuple(port for port in ports if port.health_check_node_port is not None)
            for version, ports in self.ports.items()
        }
        self._elsewhere: dict[ProxiedPort, PortEndpoints | None] = {}
        self._remote: dict[ProxiedPort, tuple[Backend, ...]] = {}
        self._nodes = {port: self._node_names(port) for ports in self.ports.values() for port in ports}

    def endpoints(self, port: ProxiedPort, node_name: str, zone: str) -> PortEndpoints:
        """The endpoints of a port on a node in a zone ("" when it is in none).

        They are the same on all nodes that run none of them, unless hints tell nodes apart.
        """
        if node_name in self._nodes[port]:
            return self._work_out(port, node_name, zone)
        if port not in self._elsewhere:
            found = self._work_out(port, "", "")
            hinted = any(backend.zone_hints or backend.node_hints for backend in found.backends)
            self._elsewhere[port] = None if hinted else found
        return self._elsewhere[port] or self._work_out(port, node_name, zone)

    def count_endpoints(self, version: int) -> int:
        """How many endpoints all ports of one IP version have."""
        return sum(len(self._backends(port)) for port in self.ports[version])

    def _work_out(self, port: ProxiedPort, node_name: str, zone: str) -> PortEndpoints:
        backends = self._backends(port, node_name)
        return PortEndpoints(backends, categorize(backends, port, node_name, zone))

    def _backends(self, port: ProxiedPort, node_name: str = "") -> tuple[Backend, ...]:
        if node_name in self._nodes[port]:
            return backends_of(port, self._slices.get(port.service, ()), node_name)
        if port not in self._remote:
            self._remote[port] = backends_of(port, self._slices.get(port.service, ()), "")
        return self._remote[port]

    def _node_names(self, port: ProxiedPort) -> frozenset[str]:
        pieces = self._slices.get(port.service, ())
        return frozenset(endpoint.node_name for piece in pieces for endpoint in piece.endpoints)
