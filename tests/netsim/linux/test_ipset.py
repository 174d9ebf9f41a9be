"""IP sets answer as the kernel's do, print as ``ipset save`` prints them, and are asked by ``-m set``."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import RuleContext
from netsim.linux.netfilter.sets import InSet
from netsim.network import Network
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Sctp, Tcp
from netsim.render import render
from netsim.tools.ipset import ipset_save
from netsim.tools.show import show

CLIENT, SERVER = ip_address("10.244.1.9"), ip_address("10.96.41.80")
PACKET = Packet(CLIENT, SERVER, Protocol.TCP, Tcp(41000, 80))
PING = Packet(CLIENT, SERVER, Protocol.ICMP, Icmp(IcmpKind.ECHO_REQUEST, 7))


def context(packet: Packet) -> RuleContext:
    return RuleContext(
        packet, in_interface=None, out_interface=None, states=frozenset(),
        is_local=lambda address: False, decide=lambda probability: True,
    )  # fmt: skip


def net(text: str) -> Entry:
    return Entry(ip_network(text))


def port(address, number: int, other=None, protocol: Protocol = Protocol.TCP) -> Entry:
    return Entry(address, protocol, number, other)


PODS = ip_network("10.244.0.0/16")
EXCEPT_PODS = Entry(ip_network("10.244.1.0/24"), nomatch=True)
EXCEPT_TEN = Entry(ip_network("10.0.0.0/8"), nomatch=True)
HASH_IP, HASH_NET, BITMAP = SetType.HASH_IP, SetType.HASH_NET, SetType.BITMAP_PORT
CASES = [
    ("source address", HASH_IP, [Entry(CLIENT)], "src", True),
    ("other end", HASH_IP, [Entry(CLIENT)], "dst", False),
    ("more directions than dimensions", HASH_IP, [Entry(CLIENT)], "src,dst", True),
    ("network around", HASH_NET, [net("10.244.0.0/16")], "src", True),
    ("network elsewhere", HASH_NET, [net("10.245.0.0/16")], "src", False),
    ("network of one address", HASH_NET, [Entry(CLIENT)], "src", True),
    ("narrower exception", HASH_NET, [net("10.0.0.0/8"), EXCEPT_PODS], "src", False),
    ("narrower than the exception", HASH_NET, [EXCEPT_TEN, net("10.244.1.0/24")], "src", True),
    ("address and port", SetType.HASH_IP_PORT, [port(SERVER, 80)], "dst,dst", True),
    ("source address, destination port", SetType.HASH_IP_PORT, [port(CLIENT, 80)], "src,dst", True),
    ("another protocol", SetType.HASH_IP_PORT, [port(SERVER, 80, protocol=Protocol.UDP)], "dst,dst", False),
    ("fewer directions than dimensions", SetType.HASH_IP_PORT, [port(SERVER, 80)], "dst", False),
    ("hairpin", SetType.HASH_IP_PORT_IP, [port(SERVER, 80, SERVER)], "dst,dst,src", False),
    ("third address", SetType.HASH_IP_PORT_IP, [port(SERVER, 80, CLIENT)], "dst,dst,src", True),
    ("third network", SetType.HASH_IP_PORT_NET, [port(SERVER, 80, PODS)], "dst,dst,src", True),
    ("third network, other port", SetType.HASH_IP_PORT_NET, [port(SERVER, 81, PODS)], "dst,dst,src", False),
    ("port", BITMAP, [Entry(port=80)], "dst", True),
    ("other port", BITMAP, [Entry(port=81)], "dst", False),
]  # fmt: skip


@pytest.mark.parametrize(("type", "entries", "directions", "holds"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_packet_is_in_a_set(type, entries, directions, holds):
    match = InSet(IpSet("S", type, 4, entries), tuple(directions.split(",")))
    assert match.matches(context(PACKET)) is holds


def test_a_negated_match_holds_where_the_set_does_not():
    match = InSet(IpSet("S", HASH_IP, 4, [Entry(CLIENT)]), ("src",), negate=True)
    assert (match.matches(context(PACKET)), match.text) == (False, "-m set ! --match-set S src")


def test_a_port_bitmap_knows_tcp_and_udp_only():
    match = InSet(IpSet("S", BITMAP, 4, [Entry(port=80)]), ("dst",))
    sctp = Packet(CLIENT, SERVER, Protocol.SCTP, Sctp(41000, 80))
    assert [match.matches(context(packet)) for packet in (PACKET, sctp, PING)] == [True, False, False]


def test_an_address_is_only_in_sets_of_its_own_ip_version():
    same_number = Packet(ip_address(f"::{CLIENT}"), ip_address("fd00::80"), Protocol.TCP, Tcp(41000, 80))
    clients = InSet(IpSet("S", HASH_IP, 4, [Entry(CLIENT)]), ("src",))
    assert [clients.matches(context(packet)) for packet in (PACKET, same_number)] == [True, False]


def test_a_list_of_sets_holds_what_one_of_its_members_holds():
    empty, clients = IpSet("A", HASH_IP), IpSet("B", HASH_IP, 4, [Entry(CLIENT)])
    listed = IpSet("L", SetType.LIST_SET, members=[empty, clients])
    assert InSet(listed, ("src",)).matches(context(PACKET))
    clients.flush()
    assert not InSet(listed, ("src",)).matches(context(PACKET))


def test_an_element_can_be_taken_out_again():
    networks = IpSet("S", HASH_NET, 4, [net("10.0.0.0/8"), net("10.244.0.0/16")])
    networks.remove(net("10.244.0.0/16"))
    assert [entry.text for entry in networks] == ["10.0.0.0/8"]
    with pytest.raises(KeyError):
        networks.remove(net("10.244.0.0/16"))


def test_an_element_is_there_once():
    assert len(IpSet("S", HASH_IP, 4, [Entry(CLIENT), Entry(CLIENT, comment="again")])) == 1


@pytest.mark.parametrize(
    ("type", "entry"),
    [
        (HASH_IP, net("10.0.0.0/8")),
        (HASH_IP, Entry(ip_address("fd00::1"))),
        (SetType.HASH_IP_PORT_IP, port(CLIENT, 80)),
        (BITMAP, Entry(CLIENT)),
        (SetType.LIST_SET, Entry(CLIENT)),
    ],
    ids=["network among addresses", "IPv6 among IPv4", "third part missing", "no port", "address in a list of sets"],
)
def test_an_element_of_another_kind_is_refused(type, entry):
    with pytest.raises(ValueError, match="cannot be an element of S"):
        IpSet("S", type, 4, [entry])


@pytest.mark.parametrize("directions", [(), ("source",), ("src",) * 7], ids=["none", "unknown word", "too many"])
def test_directions_that_iptables_does_not_take_are_refused(directions):
    with pytest.raises(ValueError, match="one to six of src and dst"):
        InSet(IpSet("S", HASH_IP), directions)


def sets() -> NetworkNamespace:
    namespace = NetworkNamespace("n1", node="n1")
    clients = IpSet("CLIENTS", HASH_IP, 6, [Entry(ip_address("fd00::9"), comment="shop/client")], comments=True)
    namespace.add_ipset(IpSet("ALL", SetType.LIST_SET, members=[clients]))
    namespace.add_ipset(IpSet("PORTS", BITMAP, 4, [Entry(port=30080)]))
    namespace.add_ipset(IpSet("LOOP", SetType.HASH_IP_PORT_IP, 4, [port(CLIENT, 80, CLIENT)]))
    namespace.add_ipset(IpSet("NETS", HASH_NET, 4, [net("10.0.0.0/8"), net("10.1.1.1/32")]))
    namespace.add_ipset(clients)
    return namespace


SAVED = """\
create CLIENTS hash:ip family inet6 hashsize 1024 maxelem 65536 comment bucketsize 12
add CLIENTS fd00::9 comment "shop/client"
create LOOP hash:ip,port,ip family inet hashsize 1024 maxelem 65536 bucketsize 12
add LOOP 10.244.1.9,tcp:80,10.244.1.9
create NETS hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12
add NETS 10.0.0.0/8
add NETS 10.1.1.1
create PORTS bitmap:port range 0-65535
add PORTS 30080
create ALL list:set size 8
add ALL CLIENTS
"""


def test_sets_are_saved_with_lists_of_sets_last():
    assert ipset_save(sets()) == SAVED


def test_sets_are_shown():
    assert show(sets(), "ipset").text == SAVED


def test_sets_are_rendered_and_loaded_before_the_rules():
    namespace = sets()
    namespace.netfilter.table("filter")
    network = Network()
    network.add(namespace)
    files = render(network)
    script = files["build.sh"]
    assert files["hop-n1.ipset"] == SAVED
    assert 0 < script.index("ipset restore < hop-n1.ipset") < script.index("hop-n1.rules.v4")
