"""Cilium in kube-proxy's place: at connect() for clients of the cluster, at the network card for everybody else.

Sources: cilium/cilium bpf/bpf_sock.c (__sock4_xlate_fwd, sock4_skip_xlate), bpf/lib/nodeport.h (nodeport_lb4,
tail_nodeport_nat_egress_ipv4), bpf/lib/lb.h (lb4_select_backend_id_random); Documentation kubeproxy-free.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from netsim.cni.cilium.maps import WORLD_IDENTITY, Frontend, FrontendKind, NodeMaps
from netsim.cni.cilium.packets import by_the_fib, is_answer_to_translated, translate, translate_back
from netsim.linux.bpf import (
    ConnectCall,
    DeviceVerdict,
    PacketContext,
    Pass,
    Proceed,
    ProgramMap,
    Redirect,
    Refuse,
    Reject,
    Shot,
    TunnelKey,
)
from netsim.packet import Icmp, IPAddress, Packet, Protocol
from netsim.proxy.endpoints import Backend

NODE_PORT_SNAT_FIRST, NODE_PORT_SNAT_LAST = 32768, 65535
"""NODEPORT_PORT_MIN_NAT and _MAX_NAT: the source ports of translated connections; the client's own where it is one."""
SOCKET_PROTOCOLS = (Protocol.TCP, Protocol.UDP)
TUNNEL = "cilium_vxlan"


def choose(
    frontend: Frontend, backends: tuple[Backend, ...], client: Hashable, decide: Callable[[float], bool],
    kept: ProgramMap,
) -> Backend:  # fmt: skip
    """The backend that the client had before, where the Service has session affinity, else one at random, all alike."""
    before = kept.get((frontend.name, client)) if frontend.affinity else None
    chosen = next((backend for backend in backends if (backend.address, backend.port) == before), None)
    if chosen is None:
        places = range(len(backends) - 1)
        index = next((n for n in places if decide(1 / (len(backends) - n))), len(backends) - 1)
        chosen = backends[index]
    if frontend.affinity:
        kept[frontend.name, client] = chosen.address, chosen.port
    return chosen


@dataclass(slots=True)
class SocketBalancer:
    """``cil_sock4_connect``: the process gets a connection to a backend, and no packet ever names the Service.

    It leaves alone what only somebody outside should use: an external IP that is not the machine's own.
    """

    maps: NodeMaps
    in_host: bool
    name: str = "cil_sock4_connect"

    def run(self, call: ConnectCall) -> Proceed | Reject:
        frontend = self._frontend(call)
        if frontend is None:
            return Proceed(call.destination, call.port)
        if not frontend.internal:
            return Reject(f"{frontend.text} has no backend on {self.maps.node}")
        backend = choose(frontend, frontend.internal, call.client, call.decide, call.kept)
        return Proceed(backend.address, backend.port, f"a backend of {frontend.text}")

    def _frontend(self, call: ConnectCall) -> Frontend | None:
        if call.port is None or call.protocol not in SOCKET_PROTOCOLS:
            return None
        found = self.maps.frontends.get((call.destination, call.port, call.protocol))
        if found is not None:
            foreign = found.kind is FrontendKind.EXTERNAL_IP and call.destination not in self.maps.own
            return None if foreign else found
        if call.destination in self.maps.own or (self.in_host and call.destination.is_loopback):
            return self.maps.on_own_address(call.port, call.protocol)
        to_a_node = self.maps.is_node(call.destination)
        return self.maps.node_ports.get((call.port, call.protocol)) if to_a_node else None


@dataclass(slots=True)
class NodePortBalancer:
    """What the programs at eth0 and at the tunnel do for connections from outside."""

    maps: NodeMaps
    tunneled: bool

    def answer(self, context: PacketContext) -> DeviceVerdict | None:
        """Translate an answer back and send it to the client; None for every other packet."""
        if not is_answer_to_translated(context) or context.connection is None:
            return None
        packet = translate_back(context.packet, context.connection)
        return by_the_fib(context, packet, f"NodePort, reverse: from {packet.source} to {packet.destination}")

    def request(self, context: PacketContext) -> DeviceVerdict | None:
        """Balance a packet for a Service; None for every other packet."""
        packet, connection = context.packet, context.connection
        frontend = self._frontend(packet)
        if frontend is None or connection is None:
            return None
        if frontend.kind is FrontendKind.CLUSTER_IP:
            return Shot(f"Is a ClusterIP: {frontend.text} is not for packets from outside")
        if frontend.source_ranges and not any(packet.source in each for each in frontend.source_ranges):
            return Shot(f"Not in the source ranges of {frontend.text}: {packet.source}")
        if not connection.confirmed:
            if not frontend.external:
                return Refuse(f"Service backend not found: {frontend.text} has none for packets from outside")
            backend = choose(frontend, frontend.external, packet.source, context.decide, context.kept)
            self._translate(context, backend)
        return self._forward(context, frontend, translate(packet, connection))

    def _frontend(self, packet: Packet) -> Frontend | None:
        if isinstance(packet.transport, Icmp) or packet.ports is None or packet.inner is not None:
            return None
        port = packet.ports[1]
        found = self.maps.frontends.get((packet.destination, port, packet.protocol))
        if found is None and packet.destination in self.maps.own:
            return self.maps.on_own_address(port, packet.protocol)
        return found

    def _translate(self, context: PacketContext, backend: Backend) -> None:
        """Enter the backend as destination and, unless it is on this node, an address of this node as source."""
        connection = context.connection
        assert connection is not None
        reply = connection.reply._replace(source=backend.address, source_port=backend.port)
        if backend.address not in self.maps.endpoints and backend.address not in self.maps.own:
            reply = reply._replace(destination=self._source(backend.address))
            port = reply.destination_port
            if not NODE_PORT_SNAT_FIRST <= port <= NODE_PORT_SNAT_LAST or context.connections.in_use(reply):
                port = context.port(f"NodePort {self.maps.node}", NODE_PORT_SNAT_FIRST, NODE_PORT_SNAT_LAST)
            reply = reply._replace(destination_port=port)
        connection.reply = reply

    def _source(self, backend: IPAddress) -> IPAddress:
        """cilium_host's address into the tunnel, the node's own address without one."""
        tunneled = self.tunneled and self.maps.cluster.tunnel_endpoint(backend) is not None
        return self.maps.router if tunneled else self.maps.node_address

    def _forward(self, context: PacketContext, frontend: Frontend, packet: Packet) -> DeviceVerdict:
        said = f"{frontend.text}: backend {packet.destination}:{packet.ports[1] if packet.ports else ''}"
        if packet.destination in self.maps.endpoints or packet.destination in self.maps.own:
            return Pass(packet, f"{said} is here; the client's address stays; to the stack")
        remote = self.maps.cluster.tunnel_endpoint(packet.destination) if self.tunneled else None
        said = f"{said} is on another node: source becomes {packet.source}"
        if remote is None:
            return by_the_fib(context, packet, said)
        return Redirect(TUNNEL, packet, said, tunnel=TunnelKey(WORLD_IDENTITY, remote))
