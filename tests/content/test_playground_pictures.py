"""The pictures of the shipped playgrounds with other data planes and proxy modes."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from lessons.content.schema import parse, read_yaml
from lessons.playground import cluster
from lessons.playground.data_planes import DATA_PLANES
from lessons.playground.schema import PlaygroundContent
from lessons.playground.state import Setup, Side
from lessons.runs import scenarios
from tests.content.shipped import COURSE, LESSONS, ShippedLesson
from tests.lessons import pictures

SHARE = 4
"""Of how many pairs one is drawn; all take four times as long."""


def setups(content: PlaygroundContent) -> list[Setup]:
    """Every pair that the playground offers; "" is what the scene has."""
    own = [Setup(proxy=proxy) for proxy in ("", *content.proxies)]
    other = [
        Setup(data_plane=plane, proxy=proxy)
        for plane in content.data_planes
        for proxy in (("",) if DATA_PLANES[plane].replaces_proxy else ("", *content.proxies))
    ]
    return own + other


def cases() -> dict[str, tuple[ShippedLesson, PlaygroundContent, Setup]]:
    found = {}
    for lesson in LESSONS:
        file = COURSE / lesson.folder / "playground.yaml"
        content = parse(PlaygroundContent, read_yaml(file.read_text(), str(file)))
        for setup in setups(content):
            name = f"{lesson.text.slug} {setup.data_plane or 'own'} {setup.proxy or 'own'}"
            found[name] = lesson, content, setup
    return dict(islice(found.items(), 0, None, SHARE))


CASES = cases()


def drawn(lesson: ShippedLesson, content: PlaygroundContent, setup: Setup) -> dict[str, Any]:
    asked = cluster.scenario(lesson.scene, content, Side(content.start, setup))
    return dict(scenarios.play("diagram", cluster.request(asked))["diagram"])


@pytest.mark.parametrize(("lesson", "content", "setup"), CASES.values(), ids=CASES.keys())
def test_nothing_covers_or_crosses_anything(lesson: ShippedLesson, content: PlaygroundContent, setup: Setup) -> None:
    assert pictures.blemishes(drawn(lesson, content, setup)) == {}


def test_every_data_plane_and_proxy_mode_is_drawn() -> None:
    seen = {setup.data_plane for _, _, setup in CASES.values()}, {setup.proxy for _, _, setup in CASES.values()}
    offered = {plane for lesson, content, _ in CASES.values() for plane in content.data_planes}
    assert seen == ({"", *offered}, {"", "iptables", "nftables", "ipvs"})
