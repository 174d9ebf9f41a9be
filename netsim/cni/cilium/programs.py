"""Cilium's programs on the devices of a node, as they run with legacy host routing and without endpoint routes.

    Pod ── lxc… cil_from_container ──┬── another Pod of the node: its lxc…
                                     ├── a Pod of another node: cilium_vxlan (tunnel mode)
                                     └── anybody else: the machine's stack

Sources: cilium/cilium bpf/bpf_lxc.c (handle_ipv4_from_lxc), bpf/bpf_overlay.c (handle_ipv4), bpf/bpf_host.c
(cil_from_netdev, cil_from_host, handle_ipv4).
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.cni.cilium.balancing import TUNNEL, NodePortBalancer
from netsim.cni.cilium.maps import HOST_IDENTITY, REMOTE_NODE_IDENTITY, Endpoint, NodeMaps
from netsim.cni.cilium.packets import (
    TTL_EXCEEDED,
    by_the_fib,
    host_delivery,
    is_answer_to_translated,
    local_delivery,
    translate_back,
)
from netsim.linux.bpf import DeviceVerdict, PacketContext, Pass, Redirect, Shot, TunnelKey
from netsim.packet import Packet


@dataclass(slots=True)
class FromContainer:
    """What a Pod sends, at the node's end of its cable."""

    maps: NodeMaps
    endpoint: Endpoint
    tunneled: bool
    name: str = "cil_from_container"

    def run(self, context: PacketContext) -> DeviceVerdict:
        packet = context.packet
        if packet.source != self.endpoint.address:
            return Shot(f"Invalid source ip: {packet.source} is not the address of {self.endpoint.name}")
        if is_answer_to_translated(context) and context.connection is not None:
            answer = translate_back(packet, context.connection)
            return by_the_fib(context, answer, f"NodePort, reverse: the source becomes {answer.source} again")
        local = self.maps.endpoints.get(packet.destination)
        if local is not None:
            return local_delivery(packet, local, "")
        if packet.destination in self.maps.own:
            return self._to_stack(packet, f"{packet.destination} is an address of {self.maps.node}")
        remote = self.maps.cluster.tunnel_endpoint(packet.destination) if self.tunneled else None
        if remote is None:
            identity = self.maps.cluster.identity(packet.destination)
            return self._to_stack(packet, f"no endpoint here and no tunnel (identity {identity})")
        text = f"identity {self.endpoint.identity}, behind {remote}: redirect to {TUNNEL}"
        return Redirect(TUNNEL, packet, text, tunnel=TunnelKey(self.endpoint.identity, remote))

    def _to_stack(self, packet: Packet, why: str) -> DeviceVerdict:
        """pass_to_stack: with routing done by the program it is a hop already."""
        if packet.ttl <= 1:
            return Shot(TTL_EXCEEDED)
        return Pass(packet.with_ttl(packet.ttl - 1), f"{why}: to the stack")


@dataclass(slots=True)
class FromOverlay:
    """What comes out of the tunnel; the VNI is the sender's identity."""

    maps: NodeMaps
    balancer: NodePortBalancer
    host_mac: str
    net_mac: str
    name: str = "cil_from_overlay"

    def run(self, context: PacketContext) -> DeviceVerdict:
        answered = self.balancer.answer(context)
        if answered is not None:
            return answered
        packet = context.packet
        local = self.maps.endpoints.get(packet.destination)
        if local is not None:
            number = "unknown" if context.tunnel is None else str(context.tunnel.number)
            return local_delivery(packet, local, f"from identity {number}; ")
        return host_delivery(self.maps, packet, self.host_mac, self.net_mac)


@dataclass(slots=True)
class FromNetdev:
    """What comes in by the machine's network card."""

    maps: NodeMaps
    balancer: NodePortBalancer
    name: str = "cil_from_netdev"

    def run(self, context: PacketContext) -> DeviceVerdict:
        decided = self.balancer.answer(context) or self.balancer.request(context)
        return decided or Pass(context.packet, "no Service: to the stack")


@dataclass(slots=True)
class FromHost:
    """What the machine's stack routes to cilium_host: packets of its own processes, and those from other machines."""

    maps: NodeMaps
    tunneled: bool
    name: str = "cil_from_host"

    def run(self, context: PacketContext) -> DeviceVerdict:
        packet = context.packet
        local = self.maps.endpoints.get(packet.destination)
        if local is not None:
            return local_delivery(packet, local, "")
        remote = self.maps.cluster.tunnel_endpoint(packet.destination) if self.tunneled else None
        if remote is None or remote == self.maps.node_address:
            return Shot(f"Unroutable packet: no endpoint has {packet.destination}")
        identity = self._identity(packet)
        text = f"identity {identity}, behind {remote}: redirect to {TUNNEL}"
        return Redirect(TUNNEL, packet, text, tunnel=TunnelKey(identity, remote))

    def _identity(self, packet: Packet) -> int:
        """Other nodes know this one as a remote node."""
        identity = HOST_IDENTITY if packet.source in self.maps.own else self.maps.cluster.identity(packet.source)
        return REMOTE_NODE_IDENTITY if identity == HOST_IDENTITY else identity
