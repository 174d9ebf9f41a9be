"""Lesson 4 says about plugins and about Harbour's rack A what the engine says."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

import netsim
from tests.content.claims import addresses_in, blocks, dialed, known_addresses, lesson_named, table

LESSON = lesson_named("cni-the-contract")
CONTENT_OF_FILES_AND_RESULTS = {
    "0.0.0.0",
    "0.0.0.0/0",
    "10.244.1.2",
    "10.244.1.1/24",
    "10.244.1.2/24",
    "10.244.1.3",
    "10.244.1.4",
}
OF_QUESTIONS = {
    "10.244.1.8", "10.244.1.10", "10.244.2.29", "10.244.2.30", "10.244.2.31",
    "10.244.3.0/24", "10.244.3.1", "10.244.3.2", "10.244.3.253", "10.244.3.254",
    "10.244.4.0/25", "10.244.4.1", "10.244.4.2", "10.244.4.125", "10.244.4.126",
}  # fmt: skip


@cache
def born() -> dict[str, Any]:
    """What ADD of the list in the text did."""
    [run] = LESSON.played(LESSON.experiment("one-add"))["runs"]
    return dict(run)


def at(path: str, document: Any) -> Any:
    for part in path.replace("[", ".").replace("]", "").split("."):
        document = document[int(part) if part.isdigit() else part]
    return document


def test_the_list_in_the_text_is_that_of_the_experiment() -> None:
    spec = LESSON.experiment("one-add").cni
    assert spec is not None
    assert json.loads("\n".join(blocks(LESSON, "json"))) == json.loads(spec.conflist)


@pytest.mark.parametrize("row", table(LESSON, "variable"), ids=lambda row: row[0])
def test_the_first_plugin_gets_these_variables(row: list[str]) -> None:
    assert born()["invocations"][0]["environment"].get(row[0], "not set") == row[2]


@pytest.mark.parametrize("row", table(LESSON, "field of the result"), ids=lambda row: row[0])
def test_the_result_has_these_values(row: list[str]) -> None:
    assert at(row[0], born()["invocations"][-1]["stdout"]) == row[1]


def test_the_mtu_goes_in_as_a_setting_and_does_not_come_out() -> None:
    bridge = born()["invocations"][1]
    assert bridge["stdin"]["mtu"] == 1450
    assert "mtu" not in json.dumps(bridge["stdout"])


@pytest.mark.parametrize(
    ("place", "plugin", "depth"),
    [(0, "flannel", 0), (1, "bridge", 1), (2, "host-local", 2), (3, "portmap", 0)],
    ids=["flannel", "bridge", "host-local", "portmap"],
)
def test_plugins_run_in_this_order_and_delegate_this_deep(place: int, plugin: str, depth: int) -> None:
    run = born()["invocations"][place]
    assert (run["plugin"], run["depth"]) == (plugin, depth)


def test_portmap_gets_what_flannel_said_as_prev_result() -> None:
    flannel, *_, portmap = born()["invocations"]
    assert portmap["stdin"]["prevResult"] == flannel["stdout"]


def test_a_missing_binary_is_reported_in_the_words_of_the_table() -> None:
    failed = LESSON.played(LESSON.experiment("missing-binary"))["runs"][0]
    [[_, _, place]] = [row for row in table(LESSON, "symptom") if "failed to find plugin" in row[0]]
    assert "failed to find plugin" in failed["error"]["msg"]
    assert place in failed["error"]["msg"]


def test_a_full_range_is_reported_in_the_words_of_the_table() -> None:
    failed = LESSON.played(LESSON.experiment("garbage"))["runs"][0]
    [symptom] = [row[0] for row in table(LESSON, "symptom") if "range set" in row[0]]
    assert symptom.removeprefix("Pod in ContainerCreating, ") in failed["error"]["msg"]


def test_the_store_of_the_network_is_where_the_table_says() -> None:
    spec = LESSON.experiment("garbage").cni
    [place] = [row[2] for row in table(LESSON, "symptom") if "range set" in row[0]]
    assert spec is not None
    assert all(path.startswith(f"{place}/") for path in spec.files)


NEXT = [
    ("10.244.1.0/24", "10.244.1.9", "10.244.1.10"),
    ("10.244.2.0/24", "10.244.2.30", "10.244.2.31"),
    ("10.244.3.0/24", "10.244.3.254", "10.244.3.2"),
]


@pytest.mark.parametrize(("subnet", "last", "expected"), NEXT, ids=[each[1] for each in NEXT])
def test_host_local_goes_on_behind_the_last_address_as_the_quiz_says(subnet: str, last: str, expected: str) -> None:
    ipam = {"type": "host-local", "ranges": [[{"subnet": subnet}]]}
    conflist = {
        "cniVersion": "1.1.0", "name": "cbr0",
        "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": ipam}],
    }  # fmt: skip
    files = {"/var/lib/cni/networks/cbr0/last_reserved_ip.0": last}
    attachment = netsim.Attachment("c1", "/var/run/netns/c1")
    [run] = netsim.run_commands("list", json.dumps(conflist), ["ADD"], attachment, files)
    [address] = json.loads(run.invocations[0].stdout)["ips"]
    assert address["address"] == f"{expected}/24"
    [question] = [q for q in LESSON.questions() if q.slug == "next-address" and last in q.spec.prompt]
    assert str(question.spec.answer.value) == expected


def test_portmap_masks_neighbors_and_no_client_outside() -> None:
    neighbor = dialed(LESSON, "pod/ops/probe", "node/n1", port=443)
    outside = dialed(LESSON, "external", "node/n1", port=443)
    assert neighbor["seen_by_server"]["source_ip"] == "10.244.1.1"
    assert outside["seen_by_server"]["source_ip"] == "203.0.113.50"


def test_every_address_in_the_text_is_one_of_harbours() -> None:
    unknown = addresses_in(LESSON) - known_addresses(LESSON.simulation())
    assert unknown - CONTENT_OF_FILES_AND_RESULTS - OF_QUESTIONS == set()
