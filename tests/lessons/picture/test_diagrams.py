"""The picture: what is drawn, where it stands, and the way between two stops. The cluster is drawn in exchanges.py."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest

import netsim
from lessons.picture.drawing import draw
from tests.lessons import exchanges
from tests.lessons.exchanges import parts
from tests.lessons.planes import harbour, packet

ONLY_N1 = {"nodes": ["n1"], "pods": ["ops/client"], "services": [], "external": False}
BEHIND = ("node", "netns", "pod")


def boxes(diagram: dict[str, Any]) -> dict[str, tuple[str, float, float, float, float]]:
    """id → (kind, left, top, right, bottom) of everything that has a size."""
    found = {}
    for element in diagram["elements"]:
        data = element["data"]
        if "w" in data:
            x, y = element["position"]["x"], element["position"]["y"]
            w, h = data["w"], data["h"]
            found[data["id"]] = (element["classes"], x - w / 2, y - h / 2, x + w / 2, y + h / 2)
    return found


def ids(diagram: dict[str, Any]) -> set[str]:
    return {element["data"]["id"] for element in diagram["elements"]}


def whole() -> dict[str, Any]:
    return draw(exchanges.simulation(), [], {})


def played() -> dict[str, Any]:
    return draw(exchanges.simulation(), parts(exchanges.across_nodes()), {})


def test_without_limits_everything_is_drawn() -> None:
    assert ids(whole()) >= {
        "node:n1", "node:n2", "pod:ops/client", "pod:app/one", "pod:app/two", "service:app/api",
        "interface:n1:cni0", "netfilter:n1:", "routing:n1:", "interface:n1:flannel.1", "router:router:",
        "outside:external:",
    }  # fmt: skip


def test_only_what_the_author_names_is_drawn() -> None:
    drawn = boxes(draw(exchanges.simulation(), [], ONLY_N1))
    assert {name for name, (kind, *_) in drawn.items() if kind in ("node", "pod", "service", "machine")} == {
        "node:n1", "pod:ops/client",
    }  # fmt: skip


def test_what_a_packet_visits_is_drawn_even_if_it_was_left_out() -> None:
    diagram = draw(exchanges.simulation(), parts(exchanges.across_nodes()), ONLY_N1)
    assert {"node:n2", "pod:app/two"} <= ids(diagram)


@pytest.mark.parametrize(
    ("show", "message"),
    [
        ({"nodes": ["n9"]}, "no Node n9"),
        ({"pods": ["app/nobody"]}, "no Pod app/nobody"),
        ({"services": ["app/nothing"]}, "no Service app/nothing"),
    ],
    ids=["node", "Pod", "Service"],
)
def test_a_name_that_the_cluster_does_not_have_is_refused(show: dict[str, list[str]], message: str) -> None:
    with pytest.raises(netsim.NetsimError, match=message):
        draw(exchanges.simulation(), [], show)


def test_the_picture_stays_the_same_when_the_packet_comes() -> None:
    assert played()["elements"] == whole()["elements"]


def test_the_picture_is_deterministic() -> None:
    assert played() == played()


def test_nothing_overlaps() -> None:
    drawn = {name: box for name, box in boxes(whole()).items() if box[0] not in BEHIND}
    for (one, a), (other, b) in combinations(drawn.items(), 2):
        apart = a[3] <= b[1] or b[3] <= a[1] or a[4] <= b[2] or b[4] <= a[2]
        assert apart, f"{one} overlaps {other}"


def test_everything_is_inside_the_picture() -> None:
    diagram = whole()
    width, height = diagram["size"]
    for name, (_, left, top, right, bottom) in boxes(diagram).items():
        assert 0 <= left < right <= width, name
        assert 0 <= top < bottom <= height, name


def test_a_pod_stands_inside_its_node() -> None:
    drawn = boxes(whole())
    for pod, node in (("pod:ops/client", "node:n1"), ("pod:app/two", "node:n2")):
        (_, left, top, right, bottom), (_, x1, y1, x2, y2) = drawn[pod], drawn[node]
        assert x1 < left < right < x2
        assert y1 < top < bottom < y2


def test_edges_join_what_is_drawn() -> None:
    diagram = whole()
    for element in diagram["elements"]:
        if "source" in element["data"]:
            assert {element["data"]["source"], element["data"]["target"]} <= ids(diagram)


def test_every_stop_is_at_something_that_is_drawn() -> None:
    diagram = played()
    for stop in diagram["stops"]:
        assert {stop["element"], *stop["path"], *stop["edges"]} <= ids(diagram)


@pytest.mark.parametrize("source", [exchanges.CLIENT, "node/n1"])
def test_a_packet_to_the_loopback_address_stays_at_what_is_drawn(source: str) -> None:
    to_itself = exchanges.exchange(source, "127.0.0.1", 8080)
    diagram = draw(exchanges.simulation(), parts(to_itself), {})
    assert len(diagram["stops"]) > 1
    assert {stop["element"] for stop in diagram["stops"]} <= ids(diagram)


def test_a_way_leads_from_the_stop_before_to_this_one_along_its_edges() -> None:
    stops = played()["stops"]
    for before, stop in pairwise(stops):
        assert stop["path"][-1] == stop["element"]
        assert len(stop["edges"]) == len(stop["path"]) - 1
        assert stop["path"][0] in (before["element"], stop["element"])


def test_from_the_bridge_to_the_tunnel_the_packet_crosses_netfilter_and_routing() -> None:
    (stop,) = [stop for stop in played()["stops"] if stop["path"][:1] == ["interface:n1:cni0"]
               and stop["element"] == "interface:n1:flannel.1"]  # fmt: skip
    assert stop["path"] == ["interface:n1:cni0", "netfilter:n1:", "routing:n1:", "interface:n1:flannel.1"]


def test_a_packet_of_a_node_starts_at_a_process_of_that_node() -> None:
    document = exchanges.exchange("node/n1", "pod/app/two", 8080)
    diagram = draw(exchanges.simulation(), parts(document), {})
    assert diagram["stops"][0]["element"] == "process:n1:"


def test_a_service_without_endpoints_is_tied_to_nothing() -> None:
    diagram = draw(exchanges.simulation(exchanges.WITHOUT_ENDPOINTS), [], {})
    assert not [element for element in diagram["elements"] if element["classes"] == "selects"]
    assert any("has no ready endpoint" in sentence for sentence in diagram["summary"])


def test_the_picture_is_told_in_words() -> None:
    summary = " ".join(whole()["summary"])
    assert "n1" in summary
    assert "ops/client (10.244.1.2), app/one (10.244.1.3)" in summary
    assert "Service app/api (10.96.0.50:80) stands for app/one, app/two." in summary


def test_the_view_of_a_narrow_screen_holds_the_stop() -> None:
    for stop in played()["stops"]:
        left, right = stop["view"]
        assert left <= stop["at"][0] <= right


def test_on_the_underlay_a_narrow_screen_still_shows_the_column_above_the_packet() -> None:
    diagram = played()
    drawn = boxes(diagram)
    at = next(number for number, stop in enumerate(diagram["stops"]) if stop["element"].startswith("link:"))
    _, left, _, right, _ = drawn[f"node:{diagram['stops'][at]['path'][-2].split(':')[1]}"]
    assert diagram["stops"][at]["view"] == [left, right]


def test_the_packet_rests_on_the_edge_of_its_element() -> None:
    diagram = played()
    drawn = boxes(diagram)
    for stop in diagram["stops"]:
        x, y = stop["at"]
        _, left, top, right, _ = drawn[stop["element"]]
        assert left <= x <= right
        assert top <= y <= top + 4


def test_on_the_underlay_the_packet_rests_where_it_came_in() -> None:
    diagram = played()
    stop = next(stop for stop in diagram["stops"] if stop["element"].startswith("link:"))
    _, left, _, right, _ = boxes(diagram)[stop["path"][-2]]
    assert left <= stop["at"][0] <= right


def test_what_a_program_leaves_to_the_stack_is_seen_to_pass_routing() -> None:
    simulation = harbour("cilium, backend: native")
    diagram = draw(simulation, packet(simulation, netsim.Probe("pod/ops/probe", "pod/shop/web-1", 8080)), {})
    stop = next(stop for stop in diagram["stops"] if stop["element"] == "interface:n1:eth0")
    assert stop["path"][1:] == ["programs:n1:", "netfilter:n1:", "routing:n1:", "interface:n1:eth0"]
