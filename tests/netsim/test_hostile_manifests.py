"""No input makes the engine raise anything but its own error: Harbour's manifests with parts replaced at random."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netsim import NetsimError, Probe, Simulation, load_cluster
from tests.netsim.harbour import SCENE

CLUSTERS = Path(__file__).parents[1] / "kernel" / "clusters"
FILES = [SCENE, *sorted(CLUSTERS.glob("*.yaml"))]
DOCUMENTS = {path.stem: list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) for path in FILES}
PROBES = (
    Probe("external", "192.168.1.11:30081"), Probe("node/n1", "10.96.0.11:80"),
    Probe("pod/shop/client", "svc/shop/far:80"),
    Probe("pod/ops/probe", "svc/shop/web:80"), Probe("pod/ops/probe", "web.shop:80"), Probe("node/n1", "external:80"),
)  # fmt: skip
ADDRESSES = ("10.0.0.0/33", "10.0.0.1/8", "::", "::ffff:1.2.3.4", "fe80::1%eth0", "255.255.255.255", "0.0.0.0",
             "0.0.0.0/0",
             "::/0", "127.0.0.1", "224.0.0.1")  # fmt: skip
WORDS = ("", "0", "-1", "65536", "a" * 300, "../x", "None", "Local", "n9", "\u0000")
SHAPES = ([], {}, [[]], {"": ""}, 10**400, [None], ["10.96.0.11"], {"name": None})
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**33), st.text(max_size=12), st.floats(),
    st.sampled_from(ADDRESSES), st.sampled_from(WORDS), st.sampled_from(SHAPES),
)  # fmt: skip
CHANGES = ("replace", "replace", "delete", "double")
patient = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a document."""
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changed(documents: list[Any], path: tuple[Any, ...], change: str, strange: Any) -> None:
    """Replace, delete or double what is at a path."""
    *above, last = path
    holder: Any = documents
    for key in above:
        holder = holder[key]
    if change == "delete":
        del holder[last]
    elif change == "double" and isinstance(holder, list):
        holder.append(deepcopy(holder[last]))
    else:
        holder[last] = deepcopy(strange)


@pytest.mark.parametrize("name", DOCUMENTS)
@patient
@given(st.data())
def test_a_manifest_with_strange_parts_is_understood_or_refused_with_its_place(name: str, data: st.DataObject) -> None:
    documents = deepcopy(DOCUMENTS[name])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(documents)) or [(0,)]))
        if documents:
            changed(
                documents,
                path,
                data.draw(st.sampled_from(CHANGES)),
                data.draw(STRANGE),
            )
    attempt("\n---\n".join(json.dumps(document) for document in documents))


def attempt(text: str) -> str | None:
    """Load a cluster and send every probe through it; what was refused, or None."""
    refused = None
    try:
        simulation = Simulation(load_cluster([("strange.yaml", text)]))
    except NetsimError as error:
        return str(error)
    for probe in PROBES:
        try:
            simulation.trace(probe)
        except NetsimError as error:
            refused = str(error)
    return refused


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    refused = attempt(text)

    assert refused is None or refused.startswith(("strange.yaml", "source", "no ", "the ", "destination"))
