"""The iptables rules that kube-proxy writes for one port of a Service.

Source: pkg/proxy/iptables/proxier.go (syncProxyRules, writeServiceToEndpointRules). Matches stand in the order in
which iptables-save prints them.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from netsim.linux.netfilter import (
    Accept,
    Comment,
    Continue,
    Destination,
    DestinationIsLocal,
    DestinationPort,
    Dnat,
    Drop,
    InInterface,
    Jump,
    Match,
    ProtocolIs,
    Reject,
    Source,
    SourceIsLocal,
    Statistic,
    Table,
    TransportModule,
)
from netsim.linux.netfilter.recent import RecentlySeen, RememberSource
from netsim.packet import IPAddress, Protocol
from netsim.proxy.config import ProxyConfig
from netsim.proxy.endpoints import Backend, UsableEndpoints
from netsim.proxy.service_ports import ProxiedPort

MARK_MASQUERADE = Jump("KUBE-MARK-MASQ")


def _in_order(traffic: Match, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """iptables-save prints the source before the destination, and the device after it."""
    where = 1 if isinstance(traffic, InInterface) else 0
    return *matches[:where], traffic, *matches[where:]


def probability(choices: int) -> float:
    """The chance that a rule gets when ``choices`` endpoints are left, with the ten digits that kube-proxy writes."""
    return float(f"{1 / choices:0.10f}")


@dataclass(frozen=True, slots=True)
class PortRules:
    """Writes the rules of one port into the nat and filter tables of one node."""

    nat: Table
    filter: Table
    port: ProxiedPort
    usable: UsableEndpoints
    config: ProxyConfig
    with_comments: bool = True

    def write(self) -> None:
        """All rules of the port, in kube-proxy's order."""
        self._capture_cluster_ip()
        self._capture_external_ips()
        self._capture_load_balancer_ips()
        self._capture_node_port()
        self._accept_health_checks()
        if self._has_internal:
            self._masquerade_internal()
        if self.usable.exist_anywhere and self.port.externally_accessible:
            self._write_external_chain()
        if self._uses_firewall:
            self._write_firewall_chain()
        if self.usable.cluster and self.port.uses_cluster_endpoints:
            self._write_choice(self.port.cluster_chain, self.usable.cluster)
        if self.usable.local and self.port.uses_local_endpoints:
            self._write_choice(self.port.local_chain, self.usable.local)
        for backend in self.usable.reachable:
            self._write_endpoint_chain(backend)

    @property
    def _has_internal(self) -> bool:
        return bool(self.usable.local) if self.port.internal_local else self.usable.exist_anywhere

    @property
    def _has_external(self) -> bool:
        return bool(self.usable.local) if self.port.external_local else self.usable.exist_anywhere

    @property
    def _uses_firewall(self) -> bool:
        return bool(self.usable.exist_anywhere and self.port.load_balancer_ips and self.port.source_ranges)

    @property
    def _internal_chain(self) -> str:
        return self.port.local_chain if self.port.internal_local else self.port.cluster_chain

    def _to(self, address: IPAddress | None, comment: str, *more: Match, port: int | None = None) -> tuple[Match, ...]:
        """Matches for a destination, the Service's own port unless another is given."""
        protocol = self.port.protocol
        where: tuple[Match, ...] = () if address is None else (Destination(ip_network(address)),)
        number = self.port.port if port is None else port
        return (*where, ProtocolIs(protocol), Comment(comment), *more, DestinationPort(protocol, number))

    @property
    def _refusal(self) -> tuple[Reject | Drop, str]:
        """What the filter table does with a packet that no endpoint may get, and the comment that says so."""
        if self.usable.exist_anywhere:
            return Drop(), f"{self.port.name} has no local endpoints"
        return Reject(version=self.config.version), f"{self.port.name} has no endpoints"

    def _capture_cluster_ip(self) -> None:
        if self._has_internal:
            matches = self._to(self.port.cluster_ip, f"{self.port.name} cluster IP")
            self.nat.chain("KUBE-SERVICES").append(Jump(self._internal_chain), *matches)
        else:
            target, comment = self._refusal
            self.filter.chain("KUBE-SERVICES").append(target, *self._to(self.port.cluster_ip, comment))

    def _capture_external_ips(self) -> None:
        for address in self.port.external_ips:
            if self.usable.exist_anywhere:
                matches = self._to(address, f"{self.port.name} external IP")
                self.nat.chain("KUBE-SERVICES").append(Jump(self.port.external_chain), *matches)
            self._refuse_external(address)

    def _capture_load_balancer_ips(self) -> None:
        chain = self.port.firewall_chain if self._uses_firewall else self.port.external_chain
        for address in self.port.load_balancer_ips:
            if self.usable.exist_anywhere:
                matches = self._to(address, f"{self.port.name} loadbalancer IP")
                self.nat.chain("KUBE-SERVICES").append(Jump(chain), *matches)
            if self._uses_firewall:
                comment = f"{self.port.name} traffic not accepted by {self.port.firewall_chain}"
                self.filter.chain("KUBE-PROXY-FIREWALL").append(Drop(), *self._to(address, comment))
        for address in self.port.load_balancer_ips:
            self._refuse_external(address)

    def _refuse_external(self, address: IPAddress) -> None:
        if not self._has_external:
            target, comment = self._refusal
            self.filter.chain("KUBE-EXTERNAL-SERVICES").append(target, *self._to(address, comment))

    def _capture_node_port(self) -> None:
        number = self.port.node_port
        if number is None:
            return
        if self.usable.exist_anywhere:
            matches = self._to(None, self.port.name, port=number)
            self.nat.chain("KUBE-NODEPORTS").append(Jump(self.port.external_chain), *matches)
        if not self._has_external:
            target, comment = self._refusal
            matches = self._to(None, comment, DestinationIsLocal(), port=number)
            self.filter.chain("KUBE-EXTERNAL-SERVICES").append(target, *matches)

    def _accept_health_checks(self) -> None:
        number = self.port.health_check_node_port
        if number is not None:
            comment = Comment(f"{self.port.name} health check node port")
            self.filter.chain("KUBE-NODEPORTS").append(
                Accept(), ProtocolIs(Protocol.TCP), comment, DestinationPort(Protocol.TCP, number)
            )

    def _masquerade_internal(self) -> None:
        """Traffic to the ClusterIP from outside the Pods, whose answer might take another way back."""
        matches = self._to(self.port.cluster_ip, f"{self.port.name} cluster IP")
        chain = self.nat.chain(self._internal_chain)
        if self.config.masquerade_all:
            chain.append(MARK_MASQUERADE, *matches)
        elif (from_elsewhere := self.config.pod_traffic(negate=True)) is not None:
            chain.append(MARK_MASQUERADE, *_in_order(from_elsewhere, matches))

    def _write_external_chain(self) -> None:
        chain = self.nat.chain(self.port.external_chain)
        what = f"{self.port.name} external destinations"
        if not self.port.external_local:
            chain.append(MARK_MASQUERADE, Comment(f"masquerade traffic for {what}"))
        else:
            any_endpoint = Jump(self.port.cluster_chain)
            from_pods = self.config.pod_traffic()
            if from_pods is not None:
                chain.append(any_endpoint, from_pods, Comment(f"pod traffic for {what}"))
            chain.append(MARK_MASQUERADE, Comment(f"masquerade LOCAL traffic for {what}"), SourceIsLocal())
            chain.append(any_endpoint, Comment(f"route LOCAL traffic for {what}"), SourceIsLocal())
        if self._has_external:
            chain.append(Jump(self.port.local_chain if self.port.external_local else self.port.cluster_chain))

    def _write_firewall_chain(self) -> None:
        """loadBalancerSourceRanges; the balancer's own address too where the node is allowed."""
        chain = self.nat.chain(self.port.firewall_chain)
        comment = Comment(f"{self.port.name} loadbalancer IP")
        sources = list(self.port.source_ranges)
        if self.config.node_ip is not None and any(self.config.node_ip in each for each in sources):
            sources += [ip_network(address) for address in self.port.load_balancer_ips]
        for source in sources:
            chain.append(Jump(self.port.external_chain), Source(source), comment)
        chain.append(Continue(), Comment(f"other traffic to {self.port.name} will be dropped by KUBE-PROXY-FIREWALL"))

    def _write_choice(self, chain_name: str, backends: tuple[Backend, ...]) -> None:
        """Remembered clients first, then an even choice: 1/n, 1/(n-1), …, and the last endpoint for the rest."""
        chain = self.nat.chain(chain_name)
        jumps = [
            (Jump(self.port.endpoint_chain(str(each))), self._comment(f"{self.port.name} -> {each}"))
            for each in backends
        ]
        if self.port.affinity_seconds is not None:
            for jump, comment in jumps:
                seen = RecentlySeen(jump.chain, self.port.affinity_seconds, self.config.version)
                chain.append(jump, *comment, seen)
        for left, (jump, comment) in zip(range(len(jumps), 0, -1), jumps, strict=True):
            chance: tuple[Match, ...] = (Statistic(probability(left)),) if left > 1 else ()
            chain.append(jump, *comment, *chance)

    def _write_endpoint_chain(self, backend: Backend) -> None:
        name = self.port.endpoint_chain(str(backend))
        chain = self.nat.chain(name)
        comment = self._comment(self.port.name)
        chain.append(MARK_MASQUERADE, Source(ip_network(backend.address)), *comment)
        remember: tuple[Match, ...] = ()
        if self.port.affinity_seconds is not None:
            remember = (RememberSource(name, self.config.version),)
        protocol = self.port.protocol
        chain.append(
            Dnat(backend.address, backend.port),
            ProtocolIs(protocol), *comment, *remember, TransportModule(protocol),
        )  # fmt: skip

    def _comment(self, words: str) -> tuple[Match, ...]:
        return (Comment(words),) if self.with_comments else ()
