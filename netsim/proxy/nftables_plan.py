"""The Services of a cluster in kube-proxy's nftables table, split into what all nodes share and what is a node's own.

A cluster of thousands of Services is worked out once; each node then gets the shared rules in chains of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from netsim.linux.nftables import Chain, Key, Rule, Table, key_of
from netsim.linux.nftables.sets import Element
from netsim.linux.nftables.verdicts import VerdictWord
from netsim.proxy.config import ProxyConfig
from netsim.proxy.endpoints import Backend
from netsim.proxy.nftables_services import PortPlan, plan_port
from netsim.proxy.service_ports import ProxiedPort
from netsim.proxy.services import ClusterServices

HAIRPIN_CONNECTIONS = "hairpin-connections"
CLUSTER_IPS = "cluster-ips"


@dataclass(slots=True)
class _Shared:
    """What the ports that are the same on every node add."""

    chains: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    affinity: list[PortPlan] = field(default_factory=list)
    elements: dict[str, dict[Key, tuple[VerdictWord, Element]]] = field(default_factory=dict)
    hairpins: dict[str, list[Key]] = field(default_factory=dict)

    def add(self, plan: PortPlan) -> None:
        self.chains |= plan.chains
        if plan.affinity:
            self.affinity.append(plan)
        for name, key, verdict, comment in plan.elements:
            self.elements.setdefault(name, {})[key] = (verdict, Element(comment))


class ServicePlan:
    """All Services of one IP version."""

    def __init__(self, services: ClusterServices, version: int) -> None:
        self.ports = services.ports[version]
        self._services = services
        self._cluster_ips = {key_of(port.cluster_ip): Element() for port in self.ports}
        self._shared = _Shared()
        self._of_nodes: list[ProxiedPort] = []
        anywhere = ProxyConfig(version, "", None)
        for port in self.ports:
            found = services.endpoints(port, "", "")
            if _differs_by_node(port, found.backends):
                self._of_nodes.append(port)
                continue
            self._shared.add(plan_port(port, found.usable, anywhere))
            for backend in found.usable.reachable:
                self._shared.hairpins.setdefault(backend.node, []).append(_hairpin(port, backend))

    def add_to(self, table: Table, config: ProxyConfig) -> None:
        """Fill the table of the node that ``config`` is for."""
        table.set(CLUSTER_IPS).elements |= self._cluster_ips
        hairpins = list(self._shared.hairpins.get(config.node_name, ()))
        own = _Shared()
        for port in self._of_nodes:
            usable = self._services.endpoints(port, config.node_name, config.zone).usable
            own.add(plan_port(port, usable, config))
            hairpins += [_hairpin(port, backend) for backend in usable.reachable if backend.is_local]
        table.set(HAIRPIN_CONNECTIONS).elements |= dict.fromkeys(hairpins, Element())
        for part in (self._shared, own):
            _fill(table, part, config.version)


def _fill(table: Table, part: _Shared, version: int) -> None:
    for plan in part.affinity:
        for named in plan.affinity_sets(version):
            table.add_set(named)
    for name, elements in part.elements.items():
        table.map(name).elements |= elements
    for name, rules in part.chains.items():
        table.chains[name] = Chain(name, list(rules))


def _differs_by_node(port: ProxiedPort, backends: Iterable[Backend]) -> bool:
    """Whether nodes see this port differently: by their own endpoints, by hints, or by their own address."""
    if port.uses_local_endpoints or port.source_ranges:
        return True
    return any(backend.node_hints or backend.zone_hints for backend in backends)


def _hairpin(port: ProxiedPort, backend: Backend) -> Key:
    return key_of(backend.address, backend.address, port.protocol, backend.port)
