"""docs/packet-path.md tells the first packet of lesson 7 as the engine does, and names the functions that there are."""

from __future__ import annotations

import re
from pkgutil import iter_modules, resolve_name
from typing import Any

import pytest

from netsim import forwarding
from netsim.forwarding.balancing import PRIORITIES
from netsim.linux.hooks import NAT_PRIORITY
from netsim.linux.netfilter import Hook, Priority
from tests.content.shipped import COURSE, LESSONS

DOCUMENT = COURSE.parents[1] / "docs" / "packet-path.md"
STAGES = re.findall(r"^\| ([^|]+) \| (`[^|]+`) \|([^|]*)\|$", DOCUMENT.read_text(), re.MULTILINE)
FUNCTIONS = [name for _stage, functions, _source in STAGES for name in re.findall(r"`([\w.]+)`", functions)]
MENTIONED = sorted(set(re.findall(r"`(netsim\.[\w.]+)`", DOCUMENT.read_text())))
WITHOUT_A_STAGE = {"flight"}
"""What the stages hand to each other is no stage."""
ROW = re.compile(r"^\| (\d+) \| (\S+) \| ([^|]+) \| (\S+ → \S+) \| (\d+) \|", re.MULTILINE)
[LESSON] = (lesson for lesson in LESSONS if lesson.text.slug == "services-a-virtual-ip-is-a-rule")


def tables() -> list[list[tuple[str, ...]]]:
    """The rows of the table of the request, and of that of the reply."""
    rows = ROW.findall(DOCUMENT.read_text())
    end_of_request = next(place for place in range(1, len(rows)) if int(rows[place][0]) < int(rows[place - 1][0]))
    return [rows[:end_of_request], rows[end_of_request:]]


def told(number: int, hop: dict[str, Any]) -> tuple[str, ...]:
    packet = hop["packet"]
    ports = packet["tcp"] if "tcp" in packet else packet["udp"]
    addresses = [f"{packet['ip'][end]}:{ports[f'{end}_port']}" for end in ("source", "destination")]
    tap = " ".join(filter(None, (hop["interface"], hop["direction"])))
    return str(number), hop["netns"], tap, " → ".join(addresses), str(packet["ip"]["ttl"])


@pytest.mark.parametrize(
    ("way", "rows"), list(zip(("request", "reply"), tables(), strict=True)), ids=["request", "reply"]
)
def test_the_table_has_the_hops_of_the_trace(way: str, rows: list[tuple[str, ...]]) -> None:
    hops = LESSON.played(LESSON.experiment("the-first-packet"))[way]["hops"]
    traced = [told(number, hop) for number, hop in enumerate(hops, start=1)]
    assert rows == traced[-len(rows) :]


def test_the_request_is_told_from_its_first_hop() -> None:
    assert tables()[0][0][0] == "1"


@pytest.mark.parametrize("name", [*MENTIONED, *FUNCTIONS])
def test_what_the_page_names_exists(name: str) -> None:
    assert resolve_name(name if name.startswith("netsim.") else f"netsim.forwarding.{name}")


def test_every_module_that_executes_packets_has_its_stage() -> None:
    modules = {module.name for module in iter_modules(forwarding.__path__)}
    assert modules - {name.split(".")[0] for name in FUNCTIONS} == WITHOUT_A_STAGE


def test_every_stage_of_a_kernel_has_a_source() -> None:
    without = [stage for stage, _functions, source in STAGES if not source.strip()]
    assert without == ["request, answer, branches", "what stays"]


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("raw", Priority.RAW),
        ("conntrack", Priority.CONNTRACK),
        ("mangle", Priority.MANGLE),
        ("nat DNAT", NAT_PRIORITY[Hook.PREROUTING]),
        ("nat SNAT", NAT_PRIORITY[Hook.POSTROUTING]),
        ("filter", Priority.FILTER),
    ],
)
def test_the_picture_has_the_priorities_of_the_hooks(word: str, priority: int) -> None:
    pictured = re.findall(rf"(?<!\w){word} +(-?\d+)", DOCUMENT.read_text())
    assert pictured
    assert {int(number) for number in pictured} == {priority}


def test_the_picture_has_ipvs_where_it_sits() -> None:
    pictured = re.findall(r"\bIPVS +(-?\d+)", DOCUMENT.read_text())
    assert sorted(map(int, pictured)) == sorted(PRIORITIES.values())
