"""Every plugin with every backend, on two nodes of one subnet: what is on the node, in the Pod and on the wire.

n1 192.168.1.11 ── shop/client 10.244.1.2, shop/near 10.244.1.3        n2 192.168.1.12 ── shop/far 10.244.2.2
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, permutations

import pytest

from netsim import Exchange, Probe, Simulation, load_cluster
from netsim.build import CNI_PLUGINS
from netsim.packet import Packet
from netsim.trace import Hop, Point, Trace
from tests.kernel.scenario import CLUSTERS

PODS = ("client", "near", "far")


@dataclass(frozen=True, slots=True)
class Plane:
    """``devices`` are those of the node beside ``lo``, ``eth0`` and the Pods' cables, which are called ``cable…``;
    ``wire`` is what the underlay sees of a SYN to the other node: kind of header, destination port or tunnel number,
    length, TTL and DF; ``ttls`` those at a server on the same node and on the other."""

    written: str
    devices: tuple[str, ...]
    cable: str
    mtu: int
    ttls: tuple[int, int]
    wire: tuple[str, int | None, int, int, bool]
    proxy: str = "iptables"

    @property
    def name(self) -> str:
        return self.written.split(", options")[0]


PLAIN = ("Tcp", 8080, 60, 63, True)
PLANES = (
    Plane("bridge, options: {ipMasq: false}", ("cni0",), "veth", 1500, (64, 62), PLAIN),
    Plane("flannel, backend: vxlan", ("flannel.1", "cni0"), "veth", 1450, (64, 62), ("Vxlan", 8472, 110, 64, False)),
    Plane("flannel, backend: host-gw", ("cni0",), "veth", 1500, (64, 62), PLAIN),
    Plane("flannel, backend: wireguard", ("flannel-wg", "cni0"), "veth", 1420, (64, 62),
          ("Wireguard", 51820, 124, 64, False)),
    Plane("flannel, backend: ipip", ("flannel.ipip", "cni0"), "veth", 1480, (64, 62), ("IpInIp", None, 80, 63, True)),
    Plane("calico, backend: none", (), "cali", 1500, (63, 62), PLAIN),
    Plane("calico, backend: ipip", ("tunl0",), "cali", 1480, (63, 62), ("IpInIp", None, 80, 63, True)),
    Plane("calico, backend: vxlan", ("vxlan.calico",), "cali", 1450, (63, 62), ("Vxlan", 4789, 110, 64, False)),
    Plane("calico, backend: cross-subnet", ("vxlan.calico",), "cali", 1450, (63, 62), PLAIN),
    Plane("weave, backend: fastdp", ("weave", "datapath", "vethwe-bridge", "vethwe-datapath", "vxlan-6784"),
          "vethwepl", 1376, (64, 64), ("Vxlan", 6784, 110, 64, True)),
    Plane("weave, backend: sleeve", ("weave", "vethwe-bridge", "vethwe-pcap"), "vethwepl", 1376, (64, 64),
          ("Sleeve", 6783, 122, 64, True)),
    Plane("cilium, backend: vxlan", ("cilium_net", "cilium_host", "cilium_vxlan"), "lxc", 1450, (63, 63),
          ("Vxlan", 8472, 110, 64, False), proxy="none"),
    Plane("cilium, backend: native", ("cilium_net", "cilium_host"), "lxc", 1500, (63, 60),
          ("Tcp", 8080, 60, 62, True), proxy="none"),
)  # fmt: skip
LABELLED = {"ids": lambda plane: plane.name}


@cache
def simulation_of(plane: Plane, *faults: str) -> Simulation:
    text = (CLUSTERS / "one-rack.yaml").read_text(encoding="utf-8")
    text = text.replace("{plugin: flannel, backend: vxlan}", f"{{plugin: {plane.written}}}")
    text = text.replace("{mode: iptables}", f"{{mode: {plane.proxy}}}")
    return Simulation(load_cluster([("one-rack.yaml", text)], faults=faults))


def exchange(plane: Plane, source: str, target: str, **words: object) -> Exchange:
    port = {} if "protocol" in words else {"port": 8080}
    return simulation_of(plane).trace(Probe(f"pod/shop/{source}", f"pod/shop/{target}", **port, **words))


def traces(found: Exchange) -> list[Trace]:
    return [found.request, *([found.reply] if found.reply is not None else [])]


def innermost(packet: Packet) -> Packet:
    while packet.inner is not None:
        packet = packet.inner
    return packet


def test_every_plane_that_can_be_built_is_in_the_table():
    written = {f"{plugin}, backend: {backend}" if backend else str(plugin) for plugin, backend in CNI_PLUGINS}
    assert {plane.name for plane in PLANES} == written


@pytest.mark.parametrize("proxy", ["nftables", "ipvs"])
@pytest.mark.parametrize("plane", [plane for plane in PLANES if plane.proxy != "none"], **LABELLED)
def test_the_other_modes_of_kube_proxy_let_its_packets_through(plane, proxy):
    assert exchange(replace(plane, proxy=proxy), "client", "far").client_sees == "connected"


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_a_node_has_the_plugins_devices_and_a_cable_for_each_pod(plane):
    names = [name for name in simulation_of(plane).network.namespaces["n1"].interfaces if name not in ("lo", "eth0")]
    cables = [name for name in names if name.startswith(plane.cable) and name not in plane.devices]
    assert tuple(name for name in names if name not in cables) == plane.devices
    assert len(cables) == 2


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_a_pod_has_the_mtu_that_the_encapsulation_leaves(plane):
    assert simulation_of(plane).network.namespaces["shop/client"].interfaces["eth0"].mtu == plane.mtu


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_without_policy_and_fault_every_pod_reaches_every_other_with_its_own_address(plane):
    cluster = simulation_of(plane).cluster
    for source, target in permutations(PODS, 2):
        if target == "client":
            continue
        found = exchange(plane, source, target)
        assert found.client_sees == "connected", (source, target, found.reason)
        assert found.seen_by_server is not None
        assert found.seen_by_server.source == cluster.pod("shop", source).pod_ips[0]


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_a_server_sees_how_often_the_packet_was_routed(plane):
    near, far = exchange(plane, "client", "near"), exchange(plane, "client", "far")
    assert near.seen_by_server is not None
    assert far.seen_by_server is not None
    assert (near.seen_by_server.ttl, far.seen_by_server.ttl) == plane.ttls


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_the_underlay_sees_the_planes_own_outer_header(plane):
    hops = exchange(plane, "client", "far").request.hops
    packet = next(hop.packet for hop in hops if hop.namespace == "n1" and hop.interface == "eth0")
    port = None if packet.ports is None else packet.ports[1]
    kind = type(packet.transport).__name__
    assert (kind, port, packet.length, packet.ttl, packet.dont_fragment) == plane.wire
    assert packet.inner is not None or kind == "Tcp"


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
@pytest.mark.parametrize("size", [0, 1300, 2000], ids=["small", "near the MTU", "in fragments"])
def test_nothing_leaves_an_interface_larger_than_its_mtu(plane, size):
    namespaces = simulation_of(plane).network.namespaces
    for trace in traces(exchange(plane, "client", "far", protocol="icmp", size=size)):
        for hop in trace.hops:
            if hop.direction is Point.OUT and hop.interface is not None:
                assert max(hop.packet.pieces) <= namespaces[hop.namespace].interfaces[hop.interface].mtu, hop


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_the_ttl_of_the_packet_that_was_sent_never_rises(plane):
    for trace in traces(exchange(plane, "client", "far")):
        assert all(after <= before for before, after in pairwise(innermost(hop.packet).ttl for hop in trace.hops))


@pytest.mark.parametrize("plane", PLANES, **LABELLED)
def test_the_outer_ttl_falls_at_no_switch_and_starts_anew_at_no_one_but_the_node(plane):
    hops = exchange(plane, "client", "far").request.hops
    outer = [hop for hop in hops if _is_on_the_wire(hop)]
    assert len({hop.packet.ttl for hop in outer}) == 1


TUNNELS = tuple(plane for plane in PLANES if plane.wire[0] != "Tcp")


@pytest.mark.parametrize("plane", TUNNELS, **LABELLED)
def test_a_firewall_that_knows_the_tunnel_parts_the_nodes_and_nothing_else(plane):
    broken = simulation_of(plane, "tunnel-port-blocked")
    seen = [broken.trace(Probe("pod/shop/client", f"pod/shop/{pod}:8080")).client_sees for pod in ("near", "far")]
    assert seen == ["connected", "timeout"]


def _is_on_the_wire(hop: Hop) -> bool:
    return hop.namespace == "underlay" or (
        hop.node is not None and hop.interface == "eth0" and "/" not in hop.namespace
    )
