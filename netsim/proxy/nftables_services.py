"""What kube-proxy in nftables mode writes for one port of a Service.

Source: pkg/proxy/nftables/proxier.go of Kubernetes 1.37: endpoints in the Service's own chain (pull request 136499's
``hairpin-connections`` instead of a rule each), a plain ``dnat to`` for a single one (140723), chains of endpoints
only where clients stick to them. The external chains are 1.35's with the chain ``mark-for-masquerade`` written out
(135800).
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_network

from netsim.linux.nftables import (
    Address,
    AddressIn,
    AddressIsLocal,
    AddressSet,
    Dnat,
    Drop,
    Endpoint,
    Goto,
    InInterface,
    InNamedSet,
    Key,
    NamedSet,
    ProtocolIs,
    RandomDnat,
    RandomVerdict,
    Remember,
    Rule,
    SetMarkBits,
    Side,
    Statement,
    VerdictWord,
    address_type,
    key_of,
)
from netsim.packet import IPAddress
from netsim.proxy.config import MASQUERADE_MARK, ProxyConfig
from netsim.proxy.endpoints import Backend, UsableEndpoints
from netsim.proxy.service_ports import ProxiedPort

SERVICE_IPS = "service-ips"
SERVICE_NODEPORTS = "service-nodeports"
NO_ENDPOINT_SERVICES = "no-endpoint-services"
NO_ENDPOINT_NODEPORTS = "no-endpoint-nodeports"
FIREWALL_IPS = "firewall-ips"
REJECT_CHAIN = "reject-chain"
LONGEST_NAME = 240
"""Of what follows a chain's prefix (chainNameBaseLengthMax)."""

MapElement = tuple[str, Key, VerdictWord, str]
"""The map, the key, the verdict and the comment of an element."""


@dataclass(slots=True)
class PortPlan:
    """What one port adds to the table: chains, sets, and elements of the maps that all ports share."""

    chains: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    affinity: list[tuple[str, int]] = field(default_factory=list)
    elements: list[MapElement] = field(default_factory=list)

    def affinity_sets(self, version: int) -> Iterable[NamedSet]:
        """A set for each endpoint that remembers its clients; new ones each time, as rules fill them."""
        return (NamedSet(name, (address_type(version),), timeout=seconds) for name, seconds in self.affinity)


@lru_cache(maxsize=100_000)
def hashed(name: str) -> str:
    """The name behind eight characters of its hash, which keep it apart when it is cut (hashAndTruncate)."""
    full = f"{b32encode(sha256(name.encode()).digest()).decode()[:8]}-{name}"
    return full if len(full) <= LONGEST_NAME else f"{full[: LONGEST_NAME - 3]}..."


def port_name(port: ProxiedPort) -> str:
    """``namespace/service/protocol/port``, by which the chains of a port are called."""
    namespace, name = port.service
    return f"{namespace}/{name}/{port.protocol}/{port.port_name}"


def endpoint_name(port: ProxiedPort, backend: Backend) -> str:
    """``…__address/port``; colons cannot be part of a name, so an IPv6 address has dots."""
    return f"{port_name(port)}__{str(backend.address).replace(':', '.')}/{backend.port}"


def plan_port(port: ProxiedPort, usable: UsableEndpoints, config: ProxyConfig) -> PortPlan:
    """All that one port adds, where ``usable`` are the endpoints that this node may choose from."""
    return _PortPlanner(port, usable, config).plan()


class _PortPlanner:
    def __init__(self, port: ProxiedPort, usable: UsableEndpoints, config: ProxyConfig) -> None:
        self.port = port
        self.usable = usable
        self.config = config
        self.result = PortPlan()
        base = hashed(port_name(port))
        self.cluster_chain = f"service-{base}"
        self.local_chain = f"local-{base}"
        self.external_chain = f"external-{base}"
        self.firewall_chain = f"firewall-{base}"
        self.has_internal = bool(usable.local) if port.internal_local else usable.exist_anywhere
        self.has_external = bool(usable.local) if port.external_local else usable.exist_anywhere
        self.refusal: VerdictWord = Drop() if usable.exist_anywhere else Goto(REJECT_CHAIN)

    def plan(self) -> PortPlan:
        """In kube-proxy's order (syncProxyRules)."""
        if self.usable.cluster and self.port.uses_cluster_endpoints:
            self._choose(self.cluster_chain, self.usable.cluster)
        if self.usable.local and self.port.uses_local_endpoints:
            self._choose(self.local_chain, self.usable.local)
        if self.usable.exist_anywhere and self.port.externally_accessible:
            self.result.chains[self.external_chain] = tuple(self._external_rules())
        self._capture_cluster_ip()
        for address in (*self.port.external_ips, *self.port.load_balancer_ips):
            self._capture_external(SERVICE_IPS, NO_ENDPOINT_SERVICES, self._key(address))
        if self.port.load_balancer_ips and self.port.source_ranges:
            self._guard_load_balancer()
        if self.port.node_port is not None:
            key = key_of(self.port.protocol, self.port.node_port)
            self._capture_external(SERVICE_NODEPORTS, NO_ENDPOINT_NODEPORTS, key)
        if self.port.affinity_seconds is not None:
            for backend in self.usable.reachable:
                self._write_endpoint_chain(backend)
        return self.result

    def _key(self, address: IPAddress) -> Key:
        return key_of(address, self.port.protocol, self.port.port)

    def _element(self, name: str, key: Key, verdict: VerdictWord, comment: str = "") -> None:
        self.result.elements.append((name, key, verdict, comment))

    def _capture_cluster_ip(self) -> None:
        key = self._key(self.port.cluster_ip)
        if self.has_internal:
            chain = self.local_chain if self.port.internal_local else self.cluster_chain
            self._element(SERVICE_IPS, key, Goto(chain))
        else:
            self._element(NO_ENDPOINT_SERVICES, key, self.refusal, self.port.name)

    def _capture_external(self, services: str, without_endpoints: str, key: Key) -> None:
        if self.usable.exist_anywhere:
            self._element(services, key, Goto(self.external_chain))
        if not self.has_external:
            self._element(without_endpoints, key, self.refusal, self.port.name)

    def _external_rules(self) -> Iterable[Rule]:
        mark = SetMarkBits(MASQUERADE_MARK)
        if not self.port.external_local:
            yield Rule((mark,))
        else:
            any_endpoint = Goto(self.cluster_chain)
            from_pods = pod_traffic(self.config)
            if from_pods is not None:
                yield Rule((from_pods, any_endpoint), "short-circuit pod traffic")
            from_here = AddressIsLocal(Side.SOURCE)
            yield Rule((from_here, mark), "masquerade local traffic")
            yield Rule((from_here, any_endpoint), "short-circuit local traffic")
        if self.has_external:
            yield Rule((Goto(self.local_chain if self.port.external_local else self.cluster_chain),))

    def _guard_load_balancer(self) -> None:
        """loadBalancerSourceRanges; the balancer's own address too where the node is allowed."""
        sources = list(self.port.source_ranges)
        if self.config.node_ip is not None and any(self.config.node_ip in each for each in sources):
            sources += [ip_network(address) for address in self.port.load_balancer_ips]
        others = AddressIn(Address(Side.SOURCE, self.config.version), AddressSet(tuple(sources)), negate=True)
        self.result.chains[self.firewall_chain] = (Rule((others, Drop())),)
        for address in self.port.load_balancer_ips:
            self._element(FIREWALL_IPS, self._key(address), Goto(self.firewall_chain))

    def _choose(self, chain: str, backends: tuple[Backend, ...]) -> None:
        """Remembered clients first, then an even choice."""
        if self.port.affinity_seconds is None:
            self.result.chains[chain] = (Rule((ProtocolIs(self.port.protocol), _translation(backends))),)
            return
        names = [hashed(endpoint_name(self.port, backend)) for backend in backends]
        source = Address(Side.SOURCE, self.config.version)
        known = tuple(Rule((InNamedSet(source, f"affinity-{name}"), Goto(f"endpoint-{name}"))) for name in names)
        choice = RandomVerdict(tuple(Goto(f"endpoint-{name}") for name in names))
        self.result.chains[chain] = (*known, Rule((choice,)))

    def _write_endpoint_chain(self, backend: Backend) -> None:
        name = hashed(endpoint_name(self.port, backend))
        self.result.affinity.append((f"affinity-{name}", self.port.affinity_seconds or 0))
        self.result.chains[f"endpoint-{name}"] = (
            Rule((Remember(f"affinity-{name}", self.config.version),)),
            Rule((ProtocolIs(self.port.protocol), Dnat(backend.address, backend.port))),
        )


def pod_traffic(config: ProxyConfig, negate: bool = False) -> AddressIn | InInterface | None:
    """What comes from Pods, or with ``negate`` from elsewhere; None where that cannot be told (IfLocalNFT)."""
    if config.pod_range is not None:
        return AddressIn(Address(Side.SOURCE, config.version), AddressSet((config.pod_range,)), negate)
    return None if config.pod_interface is None else InInterface(config.pod_interface.replace("+", "*"), negate)


def _translation(backends: tuple[Backend, ...]) -> Statement:
    if len(backends) == 1:
        return Dnat(backends[0].address, backends[0].port)
    return RandomDnat(tuple(Endpoint(backend.address, backend.port) for backend in backends))
