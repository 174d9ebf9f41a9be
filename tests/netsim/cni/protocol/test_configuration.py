"""Network configuration lists: what is read, and what is refused with the key that is wrong."""

from __future__ import annotations

import json

import pytest

from netsim import InputError
from netsim.cni.protocol import read_configuration_list


def test_a_single_configuration_is_a_list_of_one() -> None:
    found = read_configuration_list("10-net.conf", '{"cniVersion": "0.4.0", "name": "net", "type": "ptp"}')

    assert (found.name, found.version, [plugin.type for plugin in found.plugins]) == ("net", "0.4.0", ["ptp"])


def test_only_capabilities_that_are_switched_on_count() -> None:
    text = '{"name": "n", "plugins": [{"type": "portmap", "capabilities": {"portMappings": true, "ips": false}}]}'

    assert read_configuration_list("n", text).plugins[0].capabilities == ("portMappings",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('{\n"name": }', r"^net:2: not JSON: Expecting value \(column 9\)$", id="no JSON"),
        pytest.param("[]", r"^net:1: must be a JSON object$", id="no object"),
        pytest.param("[" * 100_000, r"^net:1: not JSON", id="nested without end"),
        pytest.param('{"name": ' + "9" * 5000 + "}", r"^net:1: not JSON that can be read", id="a number without end"),
        pytest.param('{"name": "\\ud800"}', r"^net:1: not JSON that can be read", id="half a surrogate pair"),
        pytest.param(" " * 1_100_000, r"more than 1048576 characters", id="too long"),
        pytest.param('{"name": "n"}', r"plugins: must list at least one plugin", id="no plugins"),
        pytest.param('{"name": "n", "plugins": []}', r"plugins: must list at least one plugin", id="empty"),
        pytest.param('{"name": "n", "plugins": {}}', r"plugins: must be a list", id="plugins no list"),
        pytest.param('{"name": "n", "plugins": [1]}', r"plugins\[0\]: must be an object", id="a plugin no object"),
        pytest.param('{"name": "n", "plugins": [{}]}', r"plugins\[0\]\.type: must be the name", id="no type"),
        pytest.param('{"name": "n", "plugins": [{"type": "a/b"}]}', r"plugins\[0\]\.type: must be", id="a path"),
        pytest.param('{"plugins": [{"type": "ptp"}]}', r"name: must be given", id="no name"),
        pytest.param('{"name": "/n", "plugins": [{"type": "ptp"}]}', r"name: must be given", id="bad name"),
        pytest.param(
            '{"name": "n", "cniVersion": "9", "plugins": [1]}', r"cniVersion: '9' is no version", id="version"
        ),
        pytest.param(
            '{"name": "n", "plugins": [{"type": "ptp", "capabilities": {"ips": 1}}]}',
            r"plugins\[0\]\.capabilities\.ips: must be true or false",
            id="a capability that is a number",
        ),
    ],
)
def test_a_wrong_list_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_configuration_list("net", text)


def test_a_type_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(InputError, match="disableCheck: must be true or false"):
        read_configuration_list("net", json.dumps({"name": "n", "disableCheck": "no", "plugins": [{"type": "ptp"}]}))
