from __future__ import annotations

from typing import Any

import pytest

from lessons.runs.expectations import holds, value_at

DOCUMENT: dict[str, Any] = {
    "client_sees": "refused",
    "server": None,
    "masquerade": False,
    "request": {"hops": [{"node": "n1", "packet": {"ip": {"ttl": 64}}}, {"node": "n2", "packet": {"ip": {"ttl": 62}}}]},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("client_sees", "refused", id="a top-level key"),
        pytest.param("request.hops.0.packet.ip.ttl", 64, id="an index into a list"),
        pytest.param("request.hops.-1.node", "n2", id="an index from the end"),
        pytest.param("request.hops.2.node", None, id="beyond the end of a list"),
        pytest.param("server.name", None, id="below null"),
        pytest.param("client_sees.length", None, id="below a string"),
        pytest.param("nothing", None, id="an unknown key"),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: Any) -> None:
    assert value_at(path, DOCUMENT) == value


@pytest.mark.parametrize(
    ("when", "truth"),
    [
        pytest.param({"client_sees": "refused"}, True, id="equal"),
        pytest.param({"client_sees": "timeout"}, False, id="different"),
        pytest.param({"client_sees": ["timeout", "refused"]}, True, id="any of a list"),
        pytest.param({"client_sees": []}, False, id="none of an empty list"),
        pytest.param({"client_sees": {"contains": "fuse"}}, True, id="a part of a text"),
        pytest.param({"client_sees": {"contains": "time"}}, False, id="no part of a text"),
        pytest.param({"server": {"contains": "a"}}, False, id="nothing contains nothing"),
        pytest.param({"client_sees": {"not": "timeout"}}, True, id="not another value"),
        pytest.param({"server": {"not": None}}, False, id="not null, but it is"),
        pytest.param({"request.hops.0.packet.ip.ttl": {"at_least": 64}}, True, id="at least, equal"),
        pytest.param({"request.hops.0.packet.ip.ttl": {"at_least": 65}}, False, id="at least, less"),
        pytest.param({"request.hops.0.packet.ip.ttl": {"at_most": 64}}, True, id="at most, equal"),
        pytest.param({"request.hops.0.packet.ip.ttl": {"at_most": 63}}, False, id="at most, more"),
        pytest.param({"client_sees": {"at_least": 1}}, False, id="a text is no number"),
        pytest.param({"request.hops": {"count": 2}}, True, id="entries of a list"),
        pytest.param({"request.hops": {"count": 3}}, False, id="another number of entries"),
        pytest.param({"client_sees": "refused", "request.hops.0.node": "n9"}, False, id="one of two fails"),
        pytest.param({"server": None}, True, id="null is a value"),
        pytest.param({"masquerade": 0}, False, id="false is not zero"),
        pytest.param({"masquerade": False}, True, id="false is false"),
        pytest.param({}, False, id="an empty condition never holds"),
    ],
)
def test_a_condition_holds_when_every_path_has_its_value(when: dict[str, Any], truth: bool) -> None:
    assert holds(when, DOCUMENT) is truth
