"""Where a packet is seen to pause. The cluster is drawn in exchanges.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from lessons.picture.itinerary import Stop, stops
from lessons.picture.packet_layers import endpoint, innermost
from lessons.picture.places import PlaceKind
from tests.lessons import exchanges
from tests.lessons.exchanges import CLIENT, exchange, parts


def name(stop: Stop) -> str:
    part = stop.place.interface or stop.place.kind.value
    return f"{stop.place.netns}:{'veth' if part.startswith('veth') else part}"


def names(found: tuple[Stop, ...], leg: str) -> list[str]:
    return [name(stop) for stop in found if stop.leg == leg]


def test_a_request_across_nodes_stops_at_every_device_and_where_it_is_translated() -> None:
    assert names(stops(parts(exchanges.across_nodes())), "request") == [
        "ops/client:process",
        "ops/client:eth0",
        "n1:veth",
        "n1:netfilter",
        "n1:cni0",
        "n1:flannel.1",
        "n1:eth0",
        "underlay:link",
        "n2:eth0",
        "n2:flannel.1",
        "n2:cni0",
        "n2:veth",
        "app/two:eth0",
        "app/two:process",
    ]


def test_the_reply_is_translated_back_on_the_node_of_the_client() -> None:
    reply = names(stops(parts(exchanges.across_nodes())), "reply")
    assert reply.index("n1:netfilter") > reply.index("n1:flannel.1")
    assert reply[-1] == "ops/client:process"


def test_every_step_of_the_engine_belongs_to_exactly_one_stop() -> None:
    document = exchanges.across_nodes()
    told = [step for stop in stops(parts(document)) for step in stop.steps]
    made = [step for leg in ("request", "reply") for hop in document[leg]["hops"] for step in hop["steps"]]
    assert told == made


def test_every_tap_of_the_engine_is_a_stop_or_part_of_one() -> None:
    document = exchanges.across_nodes()
    seen = {(stop.leg, stop.place.netns) for stop in stops(parts(document))}
    taps = {(leg, hop["netns"]) for leg in ("request", "reply") for hop in document[leg]["hops"]}
    assert seen == taps


def test_at_netfilter_the_packet_is_shown_as_it_leaves() -> None:
    (stop,) = [
        s for s in stops(parts(exchanges.across_nodes())) if s.place.kind is PlaceKind.NETFILTER and s.leg == "request"
    ]
    assert endpoint(stop.packet, "destination") == "10.244.2.2:8080"


def test_a_tunnel_device_shows_the_frame_wrapped_and_the_far_one_unwrapped() -> None:
    near, far = [
        s for s in stops(parts(exchanges.across_nodes())) if s.place.interface == "flannel.1" and s.leg == "request"
    ]
    assert near.packet["inner"] is not None
    assert far.packet["inner"] is None
    assert innermost(near.packet)["ip"]["destination"] == far.packet["ip"]["destination"]


def test_two_translations_of_one_packet_are_two_stops() -> None:
    document = exchanges.exchange("external", "node/n1", 30080, server="two", changes=exchanges.NODE_PORT)
    translations = [step["what"] for stop in stops(parts(document)) if stop.leg == "request" for step in stop.events
                    if step["kind"] == "nat"]  # fmt: skip
    at_netfilter = [
        stop for stop in stops(parts(document)) if stop.leg == "request" and stop.place.kind is PlaceKind.NETFILTER
    ]
    assert translations == ["DNAT", "SNAT"]
    assert len(at_netfilter) == 2


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param(exchanges.without_endpoints, "n1:netfilter", id="a rule rejects"),
        pytest.param(exchanges.not_forwarded, "n2:routing", id="no forwarding, after rules that accepted"),
        pytest.param(partial(exchange, CLIENT, "pod/app/two", 81), "app/two:process", id="no listener"),
        pytest.param(partial(exchange, CLIENT, "10.96.0.99"), "router:router", id="no route"),
        pytest.param(partial(exchange, CLIENT, "pod/app/two", 8080, ttl=1), "n1:routing", id="TTL"),
    ],
)  # fmt: skip
def test_a_packet_is_lost_where_the_kernel_decides_it(document: Callable[[], dict[str, Any]], place: str) -> None:
    last = [stop for stop in stops(parts(document())) if stop.leg == "request"][-1]
    assert last.events[-1]["kind"] == "drop"
    assert name(last) == place


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        pytest.param((exchanges.CLIENT, "pod/app/two", 81), "app/two:process", id="a Pod's reset"),
        pytest.param((exchanges.CLIENT, "node/n1", 81), "n1:routing", id="a node's reset"),
        pytest.param(("node/n1", "pod/app/one", 8080), "app/one:process", id="a process's answer"),
    ],
)
def test_what_the_kernel_sends_itself_starts_in_its_stack(arguments: tuple[str, str, int], first: str) -> None:
    reply = [stop for stop in stops(parts(exchanges.exchange(*arguments))) if stop.leg == "reply"]
    assert names(tuple(reply), "reply")[0] == first


def test_a_request_without_an_answer_has_one_leg() -> None:
    document = exchanges.across_nodes() | {"reply": None}
    assert {stop.leg for stop in stops(parts(document))} == {"request"}


def test_the_engine_s_document_is_not_changed() -> None:
    document = exchanges.across_nodes()
    before = repr(document)
    stops(parts(document))
    assert repr(document) == before
