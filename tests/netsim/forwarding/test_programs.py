"""eBPF programs on devices and at connect().

left 10.0.0.1 eth0 ──── eth0 10.0.0.2 right  (listens on 80; tun, a VXLAN device without a remote of its own)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface

import pytest

from netsim.choices import Choices
from netsim.forwarding import Request, exchange
from netsim.linux.bpf import (
    AttachPoint,
    ConnectCall,
    DeviceVerdict,
    PacketContext,
    Pass,
    Proceed,
    Redirect,
    Refuse,
    Reject,
    Shot,
    TunnelKey,
)
from netsim.linux.interfaces import Geneve, Veth, Vxlan
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.network import LinkLayer, Network
from netsim.packet import Protocol
from netsim.serialize import exchange_document
from netsim.trace import ClientSees, Disposition, Exchange

LEFT, RIGHT, VIRTUAL = (ip_address(text) for text in ("10.0.0.1", "10.0.0.2", "10.96.0.1"))
OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass
class Device:
    """A program made of a function."""

    decide: Callable[[PacketContext], DeviceVerdict]
    name: str = "cil_test"

    def run(self, context: PacketContext) -> DeviceVerdict:
        return self.decide(context)


@dataclass
class Connect:
    verdict: Proceed | Reject
    name: str = "cil_sock4_connect"

    def run(self, call: ConnectCall) -> Proceed | Reject:
        return self.verdict


@pytest.fixture
def network() -> Network:
    network = Network()
    ends = {}
    for name, address in (("left", LEFT), ("right", RIGHT)):
        network.add(NetworkNamespace(name))
        ends[name] = Veth(
            name="eth0", mac=f"02:00:00:00:00:0{address.packed[-1]}", addresses=(ip_interface(f"{address}/24"),),
            peer_namespace=OTHER_SIDE[name], peer_name="eth0",
        )  # fmt: skip
        tunnel = Vxlan(
            name="tun", mac="02:00:00:00:00:ff", addresses=(), vni=0, port=8472, local=address, underlying="eth0",
            external=True,
        )  # fmt: skip
        network.namespaces[name].add_interface(tunnel)
    network.connect(network.namespaces["left"], ends["left"], network.namespaces["right"], ends["right"])
    network.namespaces["right"].sockets.append(Socket(Protocol.TCP, 80, "web"))
    return network


def send(network: Network, destination: object = RIGHT, port: int = 80) -> Exchange:
    request = Request("left", ip_address(str(destination)), port)
    return exchange(network, LinkLayer(network), request, Choices())


def steps(found: Exchange, kind: str) -> list[str]:
    return [step.text for hop in found.request.hops for step in hop.steps if step.kind == kind]


@pytest.mark.parametrize("point", list(AttachPoint))
def test_a_program_that_passes_a_packet_lets_it_arrive(network: Network, point: AttachPoint) -> None:
    where = "left" if point is AttachPoint.EGRESS else "right"
    network.namespaces[where].programs.attach("eth0", point, Device(lambda context: Pass(context.packet, "fine")))

    found = send(network)

    assert found.client_sees is ClientSees.CONNECTED
    assert steps(found, "bpf") == [f"cil_test on eth0 ({point}): fine"]


@pytest.mark.parametrize(
    ("verdict", "disposition", "sees"),
    [
        pytest.param(Shot("no"), Disposition.DROPPED, ClientSees.TIMEOUT, id="dropped: the client waits"),
        pytest.param(Refuse("no"), Disposition.REJECTED, ClientSees.REFUSED, id="refused: the client is told"),
    ],
)
def test_a_program_can_end_a_packet(
    network: Network, verdict: DeviceVerdict, disposition: Disposition, sees: ClientSees
) -> None:
    network.namespaces["right"].programs.attach("eth0", AttachPoint.INGRESS, Device(lambda context: verdict))

    found = send(network)

    assert (found.verdict, found.client_sees) == (disposition, sees)
    assert found.reason == "cil_test on eth0 of right: no"


def test_a_program_on_a_device_that_sends_sees_no_arriving_packet(network: Network) -> None:
    network.namespaces["right"].programs.attach("eth0", AttachPoint.EGRESS, Device(lambda context: Shot("no")))

    found = send(network)

    assert found.verdict is Disposition.ACCEPTED
    assert found.client_sees is ClientSees.TIMEOUT


def test_the_first_program_runs_before_those_that_were_there(network: Network) -> None:
    programs = network.namespaces["right"].programs
    programs.attach("eth0", AttachPoint.INGRESS, Device(lambda context: Shot("no"), "drops"))
    programs.attach("eth0", AttachPoint.INGRESS, Device(lambda c: Pass(c.packet, "ok"), "looks"), first=True)

    assert [text.split()[0] for text in steps(send(network), "bpf")] == ["looks", "drops"]


def test_programs_know_an_answer_from_a_new_connection(network: Network) -> None:
    states: list[str] = []

    def look(context: PacketContext) -> DeviceVerdict:
        states.append(f"{context.state} {context.direction}")
        return Pass(context.packet, "")

    programs = network.namespaces["right"].programs
    programs.attach("eth0", AttachPoint.INGRESS, Device(look))
    programs.attach("eth0", AttachPoint.EGRESS, Device(look))
    send(network)

    assert states == ["NEW original", "ESTABLISHED reply"]


def test_a_redirected_packet_leaves_by_the_tunnel_that_the_program_chose(network: Network) -> None:
    def into_the_tunnel(context: PacketContext) -> DeviceVerdict:
        if context.packet.inner is not None:
            return Pass(context.packet, "the outer packet")
        return Redirect("tun", context.packet, "tunneled", tunnel=TunnelKey(77, RIGHT))

    seen: list[TunnelKey | None] = []

    def arrives(context: PacketContext) -> DeviceVerdict:
        seen.append(context.tunnel)
        return Shot("enough")

    network.namespaces["left"].programs.attach("eth0", AttachPoint.EGRESS, Device(into_the_tunnel))
    network.namespaces["right"].programs.attach("tun", AttachPoint.INGRESS, Device(arrives))

    found = send(network)

    assert steps(found, "encapsulate") == ["tun wraps the frame in VXLAN (VNI 77) to 10.0.0.2"]
    assert seen == [TunnelKey(77)]


def test_a_tunnel_without_a_key_sends_nothing(network: Network) -> None:
    left = network.namespaces["left"]
    left.programs.attach("eth0", AttachPoint.EGRESS, Device(lambda c: Redirect("tun", c.packet, "")))

    assert send(network).reason == "tun of left got a packet without a tunnel key"


def test_a_redirect_to_a_next_hop_that_does_not_exist_is_lost(network: Network) -> None:
    programs = network.namespaces["right"].programs
    nobody = ip_address("10.0.0.9")
    programs.attach("eth0", AttachPoint.INGRESS, Device(lambda c: Redirect("eth0", c.packet, "", next_hop=nobody)))

    assert send(network).verdict is Disposition.NEIGHBOR_UNREACHABLE


def test_a_destination_replaced_at_connect_never_appears_in_a_packet(network: Network) -> None:
    network.namespaces["left"].programs.on_connect.append(Connect(Proceed(RIGHT, 80, "the only backend")))

    found = send(network, VIRTUAL, 8000)

    assert found.client_sees is ClientSees.CONNECTED
    assert steps(found, "socket-rewrite") == [
        "cil_sock4_connect at connect(): 10.96.0.1:8000 becomes 10.0.0.2:80 (the only backend)"
    ]
    assert {hop.packet.destination for hop in found.request.hops} == {RIGHT}


def test_a_refused_connect_sends_no_packet(network: Network) -> None:
    network.namespaces["left"].programs.on_connect.append(Connect(Reject("10.96.0.1:80 has no backend")))

    found = send(network, VIRTUAL)

    assert found.client_sees is ClientSees.UNREACHABLE
    assert [hop.interface for hop in found.request.hops] == [None]
    assert found.reason.startswith("connect() fails with EHOSTUNREACH: cil_sock4_connect: 10.96.0.1:80 has no backend")


def test_programs_are_part_of_the_document(network: Network) -> None:
    programs = network.namespaces["right"].programs
    programs.attach("eth0", AttachPoint.INGRESS, Device(lambda c: Pass(c.packet, "fine")))

    hop = exchange_document(send(network))["request"]["hops"][2]

    assert hop["steps"][0] == {
        "kind": "bpf", "text": "cil_test on eth0 (tcx/ingress): fine", "program": "cil_test", "device": "eth0",
        "point": "tcx/ingress", "outcome": "fine",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("port", "disposition"),
    [(6081, Disposition.ACCEPTED), (6082, Disposition.NO_LISTENER)],
    ids=["taken on its own port", "not on another"],
)
def test_geneve_goes_by_metadata_as_vxlan_does(network: Network, port: int, disposition: Disposition) -> None:
    for name, own in (("left", 6081), ("right", port)):
        local = LEFT if name == "left" else RIGHT
        network.namespaces[name].add_interface(Geneve(name="tun", mac="02:00:00:00:00:02", local=local, port=own))

    def into_the_tunnel(context: PacketContext) -> DeviceVerdict:
        if context.packet.inner is not None:
            return Pass(context.packet, "the outer packet")
        return Redirect("tun", context.packet, "tunneled", tunnel=TunnelKey(9, RIGHT))

    network.namespaces["left"].programs.attach("eth0", AttachPoint.EGRESS, Device(into_the_tunnel))
    found = send(network)

    assert steps(found, "encapsulate") == ["tun wraps the frame in Geneve (VNI 9) to 10.0.0.2"]
    assert found.request.disposition is disposition
