"""What kube-proxy's rules on one node do to a new packet, found by walking the node's own rules.

Every branch of a random choice is walked, as the tracers of kube-proxy's tests do (pkg/proxy/iptables/proxier_test.go,
pkg/proxy/nftables/helpers_test.go), and what other programs' rules decide is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from netsim.choices import Choices, every_branch
from netsim.linux.ipvs import VirtualAddress, VirtualServer
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    BaseChain,
    ConnectionState,
    Dnat,
    Drop,
    Hook,
    Jump,
    Masquerade,
    Reject,
    Rule,
    RuleContext,
    RuleHit,
    Verdict,
)
from netsim.packet import IPAddress, Packet, Protocol, Sctp, Tcp, Udp

CLIENT_PORT = 32768
"""Any unprivileged port: no rule of kube-proxy asks for it."""
NEW_PACKETS = {Protocol.TCP: Tcp, Protocol.UDP: Udp, Protocol.SCTP: Sctp}


class ProxyVerdict(StrEnum):
    """Whether the rules translate, refuse, discard or accept the packet; NONE where no rule of kube-proxy decides."""

    DNAT = "DNAT"
    REJECT = "REJECT"
    DROP = "DROP"
    ACCEPT = "ACCEPT"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class EndpointChance:
    """An endpoint as ``address:port`` and how likely the rules pick it, between 0 and 1."""

    address: str
    probability: float


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """``masquerade`` is whether the source is translated on some branch; ``rules`` are those hit on any, in order."""

    verdict: ProxyVerdict
    masquerade: bool
    endpoints: tuple[EndpointChance, ...]
    rules: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    """One branch: the packet as the rules have changed it so far, and the rules that it hit."""

    namespace: NetworkNamespace
    packet: Packet
    choose: Callable[[float], bool]
    hits: list[RuleHit]
    verdict: ProxyVerdict = ProxyVerdict.NONE
    masquerade: bool = False
    virtual: VirtualAddress | None = None

    def run(self) -> None:
        """Through the hooks that a new packet from its source passes: a process of this node, or the wire."""
        from_us = self.namespace.is_local(self.packet.source)
        self._pass(Hook.OUTPUT if from_us else Hook.PREROUTING)
        for_us = self.namespace.is_local(self.packet.destination)
        service = self._virtual_server()
        if not from_us:
            self._pass(Hook.INPUT if for_us else Hook.FORWARD)
        if service is not None:
            self._balance(service)
            self._pass(Hook.OUTPUT)
        elif from_us and for_us:
            self._pass(Hook.INPUT)
        self._pass(Hook.POSTROUTING)

    def _virtual_server(self) -> VirtualServer | None:
        packet = self.packet
        if packet.ports is None or not self.namespace.is_local(packet.destination):
            return None
        return self.namespace.ipvs.find(packet.protocol, packet.destination, packet.ports[1])

    def _balance(self, service: VirtualServer) -> None:
        """IPVS, which picks any of its servers: nobody knows where round robin stands."""
        if not self._goes_on:
            return
        if not service.servers:
            self.verdict = ProxyVerdict.REJECT
            return
        left = len(service.servers)
        server = service.servers[-1]
        for each in service.servers[:-1]:
            if self.choose(1 / left):
                server = each
                break
            left -= 1
        before = self.packet.ports or (0, 0)
        self.packet = self.packet.with_endpoints(self.packet.source, before[0], server.address, server.port)
        self.virtual = service.virtual
        self.verdict = ProxyVerdict.DNAT

    @property
    def _goes_on(self) -> bool:
        return self.verdict in (ProxyVerdict.NONE, ProxyVerdict.DNAT)

    def _pass(self, hook: Hook) -> None:
        """Through the rules at a hook, unless the packet has met its end."""
        if not self._goes_on:
            return
        for entry in self.namespace.hook_entries(self.packet.version, hook):
            for base in entry.chains:
                self._walk(base)
                if not self._goes_on:
                    return

    def _walk(self, base: BaseChain) -> None:
        states = {ConnectionState.NEW} | ({ConnectionState.DNAT} if self.verdict is ProxyVerdict.DNAT else set())
        context = RuleContext(
            self.packet, in_interface=None, out_interface=None, states=frozenset(states),
            is_local=self.namespace.is_local, decide=self.choose, virtual_server=self.virtual,
        )  # fmt: skip
        hits: list[RuleHit] = []
        outcome = base.walk(context, hits)
        self.packet = self.packet.marked(context.mark)
        self.hits += [hit for hit in hits if _is_of_proxy(hit)]
        if outcome.by_rule and _is_of_proxy(hits[-1]):
            self._apply(outcome.verdict, base.is_nat)

    def _apply(self, verdict: Verdict, in_nat: bool) -> None:
        """Note what a rule decided; ACCEPT in the nat table only ends the search for a translation."""
        match verdict:
            case Dnat(address, port):
                before = self.packet.ports or (0, 0)
                self.packet = self.packet.with_endpoints(self.packet.source, before[0], address, port or before[1])
                self.verdict = ProxyVerdict.DNAT
            case Masquerade():
                self.masquerade = True
            case Reject():
                self.verdict = ProxyVerdict.REJECT
            case Drop():
                self.verdict = ProxyVerdict.DROP
            case Accept() if self.verdict is ProxyVerdict.NONE and not in_nat:
                self.verdict = ProxyVerdict.ACCEPT


def _is_of_proxy(hit: RuleHit) -> bool:
    """kube-proxy's table of nftables, or one of its chains in iptables' tables, or a jump to one."""
    if hit.table.endswith(" kube-proxy") or hit.chain.startswith("KUBE-"):
        return True
    target = hit.rule.target if isinstance(hit.rule, Rule) else None
    return isinstance(target, Jump) and target.chain.startswith("KUBE-")


def new_packet_verdict(
    namespace: NetworkNamespace, source: IPAddress, destination: IPAddress, port: int, protocol: Protocol
) -> ProxyAnswer:
    """What the node's rules do to the first packet of a connection from ``source`` to ``destination``:``port``.

    Raises ValueError for addresses of two IP families and for a protocol without ports.
    """
    if source.version != destination.version:
        raise ValueError(f"{source} and {destination} are of different IP versions")
    if protocol not in NEW_PACKETS:
        raise ValueError(f"{protocol} has no ports; use tcp, udp or sctp")
    packet = Packet(source, destination, protocol, NEW_PACKETS[protocol](CLIENT_PORT, port))

    def walk_once(choices: Choices) -> _Walk:
        walk = _Walk(namespace, packet, choices.decide, [])
        walk.run()
        return walk

    walks = list(every_branch(walk_once))
    chances: dict[str, float] = {}
    for walk, chance in walks:
        if walk.verdict is ProxyVerdict.DNAT:
            chances[_endpoint(walk.packet)] = chances.get(_endpoint(walk.packet), 0.0) + chance
    verdicts = {walk.verdict for walk, _ in walks}
    return ProxyAnswer(
        verdict=next(verdict for verdict in ProxyVerdict if verdict in verdicts),
        masquerade=any(walk.masquerade for walk, _ in walks),
        endpoints=tuple(EndpointChance(address, round(chance, 12)) for address, chance in chances.items()),
        rules=_merged([[hit.text for hit in walk.hits] for walk, _ in walks]),
    )


def _merged(branches: list[list[str]]) -> tuple[str, ...]:
    """Each line once, where it is hit first: what only one branch hits stands before what follows for all."""
    merged: list[str] = []
    known: set[str] = set()
    for branch in branches:
        at = len(merged)
        for line in reversed(dict.fromkeys(branch)):
            if line in known:
                at = merged.index(line)
            else:
                merged.insert(at, line)
        known.update(branch)
    return tuple(merged)


def _endpoint(packet: Packet) -> str:
    host = f"[{packet.destination}]" if packet.version == 6 else str(packet.destination)
    return f"{host}:{packet.ports[1]}" if packet.ports else host
