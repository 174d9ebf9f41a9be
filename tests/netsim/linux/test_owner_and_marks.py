"""Matches and targets that ask for the sending process and for the mark of a connection."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.linux.netfilter import (
    ConnectionMarkIs,
    DestinationPortIsNot,
    GroupIs,
    RuleContext,
    SetConnectionMark,
    SocketExists,
    UserIs,
)
from netsim.packet import Packet, Protocol, Tcp

PACKET = Packet(ip_address("10.0.0.1"), ip_address("10.0.0.2"), Protocol.TCP, Tcp(41000, 80))


def context(uid: int | None = None, connection_mark: int = 0) -> RuleContext:
    return RuleContext(
        PACKET, in_interface=None, out_interface="lo", states=frozenset(), is_local=lambda address: False,
        decide=lambda probability: True, uid=uid, connection_mark=connection_mark,
    )  # fmt: skip


OWNERS = [
    (UserIs(1337), 1337, True),
    (UserIs(1337), 0, False),
    (UserIs(1337), None, False),
    (UserIs(1337, negate=True), 1337, False),
    (UserIs(1337, negate=True), 0, True),
    (UserIs(1337, negate=True), None, True),
    (GroupIs(1337), 1337, True),
    (GroupIs(1337, negate=True), 1337, False),
    (GroupIs(1337, negate=True), None, True),
    (SocketExists(), 0, True),
    (SocketExists(), None, False),
]


@pytest.mark.parametrize(("match", "uid", "holds"), OWNERS, ids=lambda value: getattr(value, "text", str(value)))
def test_a_match_asks_who_sent_the_packet(match, uid, holds):
    assert match.matches(context(uid)) is holds


@pytest.mark.parametrize(("mark", "holds"), [(0x111, True), (0x5111, True), (0x110, False), (0, False)])
def test_a_connections_mark_is_compared_under_its_mask(mark, holds):
    assert ConnectionMarkIs(0x111, 0xFFF).matches(context(connection_mark=mark)) is holds
    assert ConnectionMarkIs(0x111, 0xFFF, negate=True).matches(context(connection_mark=mark)) is not holds


def test_a_mark_is_set_under_its_mask():
    assert SetConnectionMark(0x111, 0xFFF).apply(0xABCDEF) == 0xABC111


@pytest.mark.parametrize(("port", "holds"), [(80, False), (81, True)])
def test_a_negated_port_holds_for_every_other(port, holds):
    assert DestinationPortIsNot(Protocol.TCP, port).matches(context()) is holds
