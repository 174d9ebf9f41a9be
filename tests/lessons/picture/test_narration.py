"""The rows of the hop table. The cluster is drawn in exchanges.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lessons.picture.itinerary import stops
from lessons.picture.narration import rows
from tests.lessons import exchanges
from tests.lessons.exchanges import parts

Row = dict[str, Any]


def words(found: list[Row], leg: str) -> list[str]:
    return [event["word"] for row in found if row["leg"] == leg for event in row["events"]]


def row_of(found: list[Row], where: str, leg: str = "request") -> Row:
    return next(row for row in found if row["where"] == where and row["leg"] == leg)


def test_there_is_one_row_for_each_stop() -> None:
    document = exchanges.across_nodes()
    assert len(rows(parts(document))) == len(stops(parts(document)))


def test_rows_are_numbered_from_one_through_both_legs() -> None:
    found = rows(parts(exchanges.across_nodes()))
    assert [row["number"] for row in found] == list(range(1, len(found) + 1))


def test_a_packet_that_never_leaves_its_pod_is_said_to_take_lo() -> None:
    found = rows(parts(exchanges.exchange(exchanges.CLIENT, "127.0.0.1", 8080)))
    assert {row["detail"] for row in found} == {"Pod ops/client on n1, through lo"}


def test_each_leg_says_where_it_starts() -> None:
    found = rows(parts(exchanges.across_nodes()))
    assert [(row["leg"], row["where"]) for row in found if row["starts_leg"]] == [
        ("request", "client"),
        ("reply", "two"),
    ]


@pytest.mark.parametrize(
    ("make", "leg", "expected"),
    [
        (exchanges.across_nodes, "request", ["DNAT", "encapsulated", "unwrapped", "delivered"]),
        (exchanges.across_nodes, "reply", ["encapsulated", "unwrapped", "un-DNAT", "delivered"]),
        (exchanges.without_endpoints, "request", ["rejected"]),
        (lambda: exchanges.exchange(exchanges.CLIENT, "pod/app/one", 81), "request", ["refused"]),
        (lambda: exchanges.exchange(exchanges.CLIENT, "10.96.0.99"), "request", ["SNAT", "no route"]),
        (lambda: exchanges.exchange("pod/app/one", exchanges.SERVICE, server="one"), "request",
         ["DNAT", "SNAT", "delivered"]),
    ],
    ids=["across nodes", "its reply", "no endpoints", "closed port", "unknown address", "hairpin"],
)  # fmt: skip
def test_what_happens_is_told_in_words(make: Callable[[], dict[str, Any]], leg: str, expected: list[str]) -> None:
    assert words(rows(parts(make())), leg) == expected


def test_every_event_has_an_icon_beside_its_word() -> None:
    assert all(
        event["icon"] and event["word"] for row in rows(parts(exchanges.across_nodes())) for event in row["events"]
    )


def test_the_translated_destination_is_marked_once() -> None:
    found = [row for row in rows(parts(exchanges.across_nodes())) if row["leg"] == "request"]
    assert [row["where"] for row in found if "destination" in row["changed"]] == ["netfilter"]


def test_each_node_that_forwards_takes_one_from_the_ttl() -> None:
    found = [row for row in rows(parts(exchanges.across_nodes())) if row["leg"] == "request"]
    assert [row["ttl"] for row in found if "ttl" in row["changed"]] == ["63", "62"]
    assert found[-1]["ttl"] == "62"


def test_the_first_frame_is_no_change_of_its_address() -> None:
    assert row_of(rows(parts(exchanges.across_nodes())), "eth0")["changed"] == []


def test_the_row_of_the_tunnel_shows_the_addresses_inside() -> None:
    row = row_of(rows(parts(exchanges.across_nodes())), "flannel.1")
    assert (row["source"].partition(":")[0], row["destination"]) == ("10.244.1.2", "10.244.2.2:8080")
    assert row["wrapped"]


def test_the_evidence_is_the_rules_as_iptables_prints_them() -> None:
    steps = row_of(rows(parts(exchanges.across_nodes())), "netfilter")["steps"]
    rules = [rule for step in steps for rule in step["rules"]]
    assert any(rule.startswith("-A KUBE-SERVICES -d 10.96.0.50/32") for rule in rules)
    assert any("DNAT --to-destination 10.244.2.2:8080" in rule for rule in rules)


def test_sentences_are_sentences() -> None:
    for make in (exchanges.across_nodes, exchanges.without_endpoints):
        for row in rows(parts(make())):
            assert row["sentence"].endswith((".", "”"))
            assert row["sentence"].strip()


def test_a_device_that_only_passes_the_frame_on_says_which_way() -> None:
    found = [row for row in rows(parts(exchanges.across_nodes())) if row["leg"] == "request"]
    said = [row["sentence"] for row in found if row["sentence"].startswith("The frame")]
    assert [sentence.replace(found[2]["where"], "veth") for sentence in said[:2]] == [
        "The frame leaves the Pod through eth0.",
        "The frame comes in on veth.",
    ]
    assert said[-1] == "The frame arrives in the Pod on eth0."


@pytest.mark.parametrize(
    ("where", "detail"),
    [("client", "Pod ops/client on n1"), ("netfilter", "node n1"), ("underlay", "the network between the nodes")],
)
def test_a_row_says_where_its_place_is(where: str, detail: str) -> None:
    assert row_of(rows(parts(exchanges.across_nodes())), where)["detail"] == detail


def test_the_packet_carries_the_name_of_what_it_is() -> None:
    found = rows(parts(exchanges.across_nodes()))
    assert {row["packet_label"] for row in found if row["leg"] == "request"} == {"SYN"}
    assert {row["packet_label"] for row in found if row["leg"] == "reply"} == {"SYN,ACK"}


def test_the_exchanges_of_one_playback_follow_each_other_under_their_titles() -> None:
    found = rows(parts(exchanges.across_nodes(), exchanges.without_endpoints()))
    assert [(row["part_title"], row["leg_title"]) for row in found if row["starts_leg"]] == [
        ("part 0", "Request"), ("part 0", "Reply: the way back"),
        ("part 1", "Request"), ("part 1", "Reply: the way back"),
    ]  # fmt: skip
    assert [row["part"] for row in found if row["starts_part"]] == [0, 1]
    assert [row["number"] for row in found] == list(range(1, len(found) + 1))


def test_the_data_after_a_handshake_is_told_too() -> None:
    found = rows(parts(exchanges.exchange(exchanges.CLIENT, "pod/app/two", 8080, size=1500)))
    assert [(row["turn"], row["leg"], row["leg_title"]) for row in found if row["starts_leg"]] == [
        (0, "request", "Request"), (1, "reply", "Reply: the way back"), (2, "request", "Data"),
        (3, "reply", "Answer to the data"),
    ]  # fmt: skip


def test_a_new_packet_is_not_compared_with_the_one_before() -> None:
    assert [row["changed"] for row in rows(parts(exchanges.across_nodes())) if row["starts_leg"]] == [[], []]
