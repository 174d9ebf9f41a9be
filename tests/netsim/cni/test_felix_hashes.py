"""The hashes in the comments of Felix's rules, as in a dump of a node that Felix programmed
(projectcalico/calico felix/fv/cali-iptables-dump.txt) and as on nodes with the default marks."""

from __future__ import annotations

import pytest

from netsim.cni.felix import FelixChain
from netsim.linux.netfilter import (
    Accept,
    Comment,
    DestinationPort,
    Drop,
    InInterface,
    Jump,
    MarkIs,
    Masquerade,
    NoTrack,
    OutInterface,
    ProtocolIs,
    ReversePathFails,
    SetMark,
    SourceIsLocal,
    iptables_table,
)
from netsim.packet import Protocol

UDP = Protocol.UDP
RULES = {
    "cali-POSTROUTING": [
        ("Z-c7XtVd2Bq7s_hA", Jump("cali-fip-snat"), ()),
        ("nYKhEzDlr11Jccal", Jump("cali-nat-outgoing"), ()),
        ("e9dnSgSVNmIcpVhP", Masquerade(random_fully=True),
         (OutInterface("vxlan.calico"), SourceIsLocal(negate=True, on_out_interface=True), SourceIsLocal())),
    ],
    "cali-PREROUTING": [
        ("DQ6LK2guiBRMyrLK", SetMark(0, 0x1B0000), ()),
        ("sIsu2aAqNN6K3YYn", NoTrack(), (ProtocolIs(UDP), DestinationPort(UDP, 4789))),
        ("W0qKAga6QivxLxL1", SetMark(0x80000, 0x80000), (InInterface("cali+"),)),
        ("QOYCZUivPyJL6Dp1", Jump("cali-rpf-skip"), (MarkIs(0x80000, 0x80000),)),
        ("uvipz_NmQPrGYnTB", Drop(), (MarkIs(0x80000, 0x80000), ReversePathFails())),
        ("pj4jqF0K2OCNLmzX", Jump("cali-from-host-endpoint"), (MarkIs(0, 0x80000),)),
        ("Jefg6QI5khJcHnVl", Accept(), (MarkIs(0x10000, 0x10000),)),
    ],
    "cali-from-wl-dispatch": [("zTj6P0TIgYvgz-md", Drop(), (Comment("Unknown interface"),))],
    "cali-nat-outgoing": [],
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_chains_rules_have_the_hashes_that_felix_gives_them(name):
    table = iptables_table("filter", 4)
    chain = FelixChain(table, name)
    for _, target, matches in RULES[name]:
        chain.append(target, *matches)

    comments = [next(m.words for m in rule.matches if isinstance(m, Comment)) for rule in table.chains[name].rules]
    assert comments == [f"cali:{digest}" for digest, _, _ in RULES[name]]


def test_the_comment_stands_behind_what_needs_no_module():
    table = iptables_table("raw", 4)
    FelixChain(table, "cali-OUTPUT").append(NoTrack(), ProtocolIs(UDP), DestinationPort(UDP, 4789))
    text = table.chains["cali-OUTPUT"].rules[0].text
    assert text.startswith("-p udp -m comment --comment ")
    assert text.endswith(" -m udp --dport 4789 -j NOTRACK")


def test_inserted_rules_keep_their_order_ahead_of_others():
    table = iptables_table("nat", 4)
    table.chain("POSTROUTING").append(Jump("KUBE-POSTROUTING"))
    chain = FelixChain(table, "POSTROUTING")
    chain.insert(Jump("cali-POSTROUTING"))
    chain.insert(Jump("cali-second"))
    assert [rule.target for rule in table.chains["POSTROUTING"].rules] == [
        Jump("cali-POSTROUTING"), Jump("cali-second"), Jump("KUBE-POSTROUTING"),
    ]  # fmt: skip
    assert 'cali:O3lYWMrLQYEMJtB5"' in table.chains["POSTROUTING"].rules[0].text
