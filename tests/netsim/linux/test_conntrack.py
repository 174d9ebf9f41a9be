"""Connections found by either tuple, and translation as a reply tuple that is not the mirror of the original."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.linux.conntrack import Connection, ConntrackTable, Direction, FlowTuple, flow_tuple
from netsim.packet import Icmp, IcmpKind, Packet, Protocol, Tcp

POD, SERVICE, ENDPOINT = (ip_address(text) for text in ("10.244.1.9", "10.96.41.80", "10.244.2.6"))
ORIGINAL = FlowTuple(POD, 41000, SERVICE, 80, Protocol.TCP)


def translated() -> Connection:
    return Connection(ORIGINAL, FlowTuple(ENDPOINT, 8080, POD, 41000, Protocol.TCP))


def test_an_untranslated_connection_answers_as_its_mirror():
    connection = Connection(ORIGINAL, ORIGINAL.mirrored)
    assert not connection.destination_translated
    assert not connection.source_translated


def test_a_reply_from_elsewhere_means_that_the_destination_was_translated():
    assert (translated().destination_translated, translated().source_translated) == (True, False)


@pytest.mark.parametrize("direction", list(Direction))
def test_a_confirmed_connection_is_found_from_both_sides(direction):
    table, connection = ConntrackTable(), translated()
    table.confirm(connection)
    wanted = connection.original if direction is Direction.ORIGINAL else connection.reply
    assert table.find(wanted) == (connection, direction)


def test_an_unknown_tuple_is_not_found():
    assert ConntrackTable().find(ORIGINAL) is None


def test_it_prints_as_conntrack_does():
    assert translated().text == (
        "tcp src=10.244.1.9 dst=10.96.41.80 sport=41000 dport=80 [UNREPLIED]"
        " src=10.244.2.6 dst=10.244.1.9 sport=8080 dport=41000"
    )


def test_an_icmp_error_has_no_tuple_of_its_own():
    about = Packet(POD, SERVICE, Protocol.TCP, Tcp(41000, 80))
    error = Packet(SERVICE, POD, Protocol.ICMP, Icmp(IcmpKind.PORT_UNREACHABLE, quoted=about))
    with pytest.raises(ValueError, match="no tuple of its own"):
        flow_tuple(error)
