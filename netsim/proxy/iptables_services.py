"""The iptables rules that kube-proxy writes for one port of a Service.

Source: pkg/proxy/iptables/proxier.go (syncProxyRules, writeServiceToEndpointRules). Matches stand in the order in
which iptables-save prints them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netsim.linux.netfilter import (
    Accept,
    Chain,
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
    Rule,
    Source,
    SourceIsLocal,
    Statistic,
    Target,
    TransportModule,
)
from netsim.linux.netfilter.recent import RecentlySeen, RememberSource
from netsim.linux.netfilter.rulelist import RuleList
from netsim.linux.routing import host_network
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


@dataclass(slots=True)
class PortRules:
    """The rules of one port. The nodes that have the same endpoints for it have the same rules."""

    port: ProxiedPort
    usable: UsableEndpoints
    config: ProxyConfig
    with_comments: bool = True
    _captures: dict[tuple[str, str], list[Rule]] | None = None
    _chains: dict[str, list[Rule]] | None = None
    _entries: tuple[str, ...] | None = None

    def captures(self) -> Mapping[tuple[str, str], Sequence[Rule]]:
        """What the port adds to the chains that all Services share, by table and chain."""
        if self._captures is None:
            self._captures = {}
            self._capture_cluster_ip()
            self._capture_external_ips()
            self._capture_load_balancer_ips()
            self._capture_node_port()
            self._accept_health_checks()
        return self._captures

    def entry_chains(self) -> tuple[str, ...]:
        """The chains of the port's own, but for those of its endpoints, which only they lead to."""
        if self._entries is None:
            names = [self.port.cluster_chain] if self._needs_cluster_chain else []
            names += [self.port.local_chain] if self._needs_local_chain else []
            names += [self.port.external_chain] if self._needs_external_chain else []
            names += [self.port.firewall_chain] if self._uses_firewall else []
            self._entries = tuple(names)
        return self._entries

    def chains(self) -> dict[str, Chain]:
        """All chains of the port's own, in the nat table; each call makes new ones of the same rules."""
        if self._chains is None:
            self._chains = {}
            self._write_chains()
        return {name: Chain(name, RuleList(rules)) for name, rules in self._chains.items()}

    def _write_chains(self) -> None:
        if self._has_internal:
            self._masquerade_internal()
        if self._needs_external_chain:
            self._write_external_chain()
        if self._uses_firewall:
            self._write_firewall_chain()
        if self._needs_cluster_chain:
            self._write_choice(self.port.cluster_chain, self.usable.cluster)
        if self._needs_local_chain:
            self._write_choice(self.port.local_chain, self.usable.local)
        for backend in self.usable.reachable:
            self._write_endpoint_chain(backend)

    def _capture(self, table: str, chain: str, target: Target, matches: tuple[Match, ...]) -> None:
        assert self._captures is not None
        self._captures.setdefault((table, chain), []).append(Rule(matches, target))

    def _append(self, chain: str, target: Target, *matches: Match) -> None:
        assert self._chains is not None
        self._chains.setdefault(chain, []).append(Rule(matches, target))

    @property
    def _needs_cluster_chain(self) -> bool:
        return bool(self.usable.cluster and self.port.uses_cluster_endpoints)

    @property
    def _needs_local_chain(self) -> bool:
        return bool(self.usable.local and self.port.uses_local_endpoints)

    @property
    def _needs_external_chain(self) -> bool:
        return self.usable.exist_anywhere and self.port.externally_accessible

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
        where: tuple[Match, ...] = () if address is None else (Destination(host_network(address)),)
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
            self._capture("nat", "KUBE-SERVICES", Jump(self._internal_chain), matches)
        else:
            target, comment = self._refusal
            self._capture("filter", "KUBE-SERVICES", target, self._to(self.port.cluster_ip, comment))

    def _capture_external_ips(self) -> None:
        for address in self.port.external_ips:
            if self.usable.exist_anywhere:
                matches = self._to(address, f"{self.port.name} external IP")
                self._capture("nat", "KUBE-SERVICES", Jump(self.port.external_chain), matches)
            self._refuse_external(address)

    def _capture_load_balancer_ips(self) -> None:
        chain = self.port.firewall_chain if self._uses_firewall else self.port.external_chain
        for address in self.port.load_balancer_ips:
            if self.usable.exist_anywhere:
                matches = self._to(address, f"{self.port.name} loadbalancer IP")
                self._capture("nat", "KUBE-SERVICES", Jump(chain), matches)
            if self._uses_firewall:
                comment = f"{self.port.name} traffic not accepted by {self.port.firewall_chain}"
                self._capture("filter", "KUBE-PROXY-FIREWALL", Drop(), self._to(address, comment))
        for address in self.port.load_balancer_ips:
            self._refuse_external(address)

    def _refuse_external(self, address: IPAddress) -> None:
        if not self._has_external:
            target, comment = self._refusal
            self._capture("filter", "KUBE-EXTERNAL-SERVICES", target, self._to(address, comment))

    def _capture_node_port(self) -> None:
        number = self.port.node_port
        if number is None:
            return
        if self.usable.exist_anywhere:
            matches = self._to(None, self.port.name, port=number)
            self._capture("nat", "KUBE-NODEPORTS", Jump(self.port.external_chain), matches)
        if not self._has_external:
            target, comment = self._refusal
            matches = self._to(None, comment, DestinationIsLocal(), port=number)
            self._capture("filter", "KUBE-EXTERNAL-SERVICES", target, matches)

    def _accept_health_checks(self) -> None:
        number = self.port.health_check_node_port
        if number is not None:
            comment = Comment(f"{self.port.name} health check node port")
            matches = (ProtocolIs(Protocol.TCP), comment, DestinationPort(Protocol.TCP, number))
            self._capture("filter", "KUBE-NODEPORTS", Accept(), matches)

    def _masquerade_internal(self) -> None:
        """Traffic to the ClusterIP from outside the Pods, whose answer might take another way back."""
        matches = self._to(self.port.cluster_ip, f"{self.port.name} cluster IP")
        chain = self._internal_chain
        if self.config.masquerade_all:
            self._append(chain, MARK_MASQUERADE, *matches)
        elif (from_elsewhere := self.config.pod_traffic(negate=True)) is not None:
            self._append(chain, MARK_MASQUERADE, *_in_order(from_elsewhere, matches))

    def _write_external_chain(self) -> None:
        chain = self.port.external_chain
        what = f"{self.port.name} external destinations"
        if not self.port.external_local:
            self._append(chain, MARK_MASQUERADE, Comment(f"masquerade traffic for {what}"))
        else:
            any_endpoint = Jump(self.port.cluster_chain)
            from_pods = self.config.pod_traffic()
            if from_pods is not None:
                self._append(chain, any_endpoint, from_pods, Comment(f"pod traffic for {what}"))
            self._append(chain, MARK_MASQUERADE, Comment(f"masquerade LOCAL traffic for {what}"), SourceIsLocal())
            self._append(chain, any_endpoint, Comment(f"route LOCAL traffic for {what}"), SourceIsLocal())
        if self._has_external:
            self._append(chain, Jump(self.port.local_chain if self.port.external_local else self.port.cluster_chain))

    def _write_firewall_chain(self) -> None:
        """loadBalancerSourceRanges; the balancer's own address too where the node is allowed."""
        chain = self.port.firewall_chain
        comment = Comment(f"{self.port.name} loadbalancer IP")
        sources = list(self.port.source_ranges)
        if self.config.node_ip is not None and any(self.config.node_ip in each for each in sources):
            sources += [host_network(address) for address in self.port.load_balancer_ips]
        for source in sources:
            self._append(chain, Jump(self.port.external_chain), Source(source), comment)
        self._append(
            chain, Continue(), Comment(f"other traffic to {self.port.name} will be dropped by KUBE-PROXY-FIREWALL")
        )

    def _write_choice(self, chain: str, backends: tuple[Backend, ...]) -> None:
        """Remembered clients first, then an even choice: 1/n, 1/(n-1), …, and the last endpoint for the rest."""
        jumps = [
            (Jump(self.port.endpoint_chain(str(each))), self._comment(f"{self.port.name} -> {each}"))
            for each in backends
        ]
        if self.port.affinity_seconds is not None:
            for jump, comment in jumps:
                seen = RecentlySeen(jump.chain, self.port.affinity_seconds, self.config.version)
                self._append(chain, jump, *comment, seen)
        for left, (jump, comment) in zip(range(len(jumps), 0, -1), jumps, strict=True):
            chance: tuple[Match, ...] = (Statistic(probability(left)),) if left > 1 else ()
            self._append(chain, jump, *comment, *chance)

    def _write_endpoint_chain(self, backend: Backend) -> None:
        name = self.port.endpoint_chain(str(backend))
        comment = self._comment(self.port.name)
        self._append(name, MARK_MASQUERADE, Source(host_network(backend.address)), *comment)
        remember: tuple[Match, ...] = ()
        if self.port.affinity_seconds is not None:
            remember = (RememberSource(name, self.config.version),)
        protocol = self.port.protocol
        self._append(
            name,
            Dnat(backend.address, backend.port),
            ProtocolIs(protocol), *comment, *remember, TransportModule(protocol),
        )  # fmt: skip

    def _comment(self, words: str) -> tuple[Match, ...]:
        return (Comment(words),) if self.with_comments else ()
