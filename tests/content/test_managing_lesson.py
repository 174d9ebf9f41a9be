"""Lesson 14 says about ranges, proxy modes, tables and drains what the engine says."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import yaml

from netsim.linux.hooks import NAT_PRIORITY
from netsim.linux.netfilter import Hook, Priority
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("managing")
SETTINGS = next(document for document in yaml.safe_load_all(LESSON.scene) if document["kind"] == "ClusterNetwork")
RANGES_OF_QUESTIONS = {
    "10.0.0.0/14", "10.32.0.0/20", "10.128.0.0", "10.128.0.0/14", "10.128.0.0/15", "10.128.0.0/16", "10.128.0.0/17",
    "10.128.0.0/18", "10.128.0.0/19", "10.128.0.0/20", "127.0.0.1",
}  # fmt: skip
SENT_TO = {
    "127.0.0.1 and a node port": ("node/n1", "127.0.0.1", 30080),
    "a port that the Service does not have": ("pod/ops/probe", "10.96.41.80", 81),
    "an address of the Service range that nobody has": ("pod/ops/probe", "10.96.200.200", 80),
}
SEEN = {
    "answered": "connected", "refused": "refused", "times out": "timeout", "follows the routes": "unreachable",
}  # fmt: skip


def mode(name: str) -> str:
    """The scene's settings with this proxy mode."""
    return yaml.safe_dump(SETTINGS | {"spec": SETTINGS["spec"] | {"proxy": {"mode": name}}})


def test_the_ranges_in_the_table_are_those_of_the_scene() -> None:
    spec = SETTINGS["spec"]
    racks = [subnet["cidr"] for subnet in spec["underlay"]["subnets"]]
    assert [row[1] for row in table(LESSON, "on Harbour")] == [*racks, spec["podCIDR"], spec["serviceCIDR"]]


def test_the_ranges_in_the_table_do_not_overlap() -> None:
    ranges = [ip_network(row[1]) for row in table(LESSON, "on Harbour")]
    assert not [(a, b) for place, a in enumerate(ranges) for b in ranges[:place] if a.overlaps(b)]


def test_the_sizes_in_the_table_follow_from_the_prefixes() -> None:
    rack_a, rack_b, pods, services = (ip_network(row[1]) for row in table(LESSON, "on Harbour"))
    assert [row[2] for row in table(LESSON, "on Harbour")] == [
        f"{rack_a.num_addresses - 2} addresses",
        f"{rack_b.num_addresses - 2} addresses",
        f"{2 ** (24 - pods.prefixlen)} nodes with a /24 each",
        f"{services.num_addresses - 2:,} ClusterIPs",
    ]


@pytest.mark.parametrize("row", table(LESSON, "sent to"), ids=lambda row: row[0])
@pytest.mark.parametrize(("column", "name"), [(1, "iptables"), (2, "nftables")], ids=["iptables", "nftables"])
def test_the_answer_depends_on_the_mode_as_the_table_says(row: list[str], column: int, name: str) -> None:
    source, destination, port = SENT_TO[row[0]]
    assert dialed(LESSON, source, destination, mode(name), port=port)["client_sees"] == SEEN[row[column]]


def test_a_full_table_has_the_numbers_of_the_text() -> None:
    faults = LESSON.experiment("table-full").faults
    sysctls = LESSON.simulation("", faults).network.namespaces["n1"].sysctls
    told = dict(line.split(" = ") for line in blocks(LESSON, "sysctl"))
    assert {key: str(sysctls[key]) for key in told} == told


def test_n1_has_the_room_of_the_text() -> None:
    faults = LESSON.experiment("table-full").faults
    room = LESSON.simulation("", faults).network.namespaces["n1"].sysctls["net.netfilter.nf_conntrack_max"]
    assert f"n1 has room for {int(room):,}." in " ".join(LESSON.text.body.split())


def test_translation_comes_after_tracking_at_the_priorities_of_the_explanation() -> None:
    assert "priority −200, translation at −100" in LESSON.words()
    assert (Priority.CONNTRACK, NAT_PRIORITY[Hook.PREROUTING]) == (-200, -100)


def test_one_lookup_finds_the_service_in_nftables_mode() -> None:
    exchange = dialed(LESSON, "pod/ops/probe", "svc/shop/web", mode("nftables"), port=80, seed=1)
    steps = [step for hop in exchange["request"]["hops"] if hop["netns"] == "n1" for step in hop["steps"]]
    texts = [hit["text"] for step in steps if step["kind"] == "rules" for hit in step["hits"]]
    assert len([text for text in texts if "vmap @service-ips" in text]) == 1


def test_a_service_without_ready_endpoints_uses_those_that_terminate_and_serve() -> None:
    [drain] = [question for question in LESSON.questions() if question.slug == "all-terminating"]
    facts = LESSON.facts(drain)
    assert facts is not None
    assert (facts["server"]["name"], facts["probability"]) == ("web-1", 1.0)


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    assert addresses_in(LESSON) - known_addresses(LESSON.simulation()) - RANGES_OF_QUESTIONS == set()
