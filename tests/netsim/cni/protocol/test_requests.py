"""What every plugin checks before it does anything: environment and standard input."""

from __future__ import annotations

import pytest

from netsim.cni.protocol import CniError, Code, Environment
from netsim.cni.protocol.requests import read_request

ADD = Environment("ADD", "c1", "/n/c1", "eth0")
NET = '{"name": "net", "cniVersion": "1.0.0"}'


@pytest.mark.parametrize(
    ("environment", "stdin", "code", "message"),
    [
        pytest.param(Environment("PUT"), NET, Code.INVALID_ENVIRONMENT, "unknown CNI_COMMAND: PUT", id="command"),
        pytest.param(
            Environment("ADD", "c1"), NET, Code.INVALID_ENVIRONMENT,
            "required env variables [CNI_NETNS,CNI_IFNAME] missing", id="missing variables",
        ),
        pytest.param(
            Environment("ADD", "/c1", "/n/c1", "eth0"), NET, Code.INVALID_ENVIRONMENT,
            "invalid characters in containerID; /c1", id="container",
        ),
        pytest.param(
            Environment("ADD", "c1", "/n/c1", "a/b"), NET, Code.INVALID_ENVIRONMENT,
            "interface name contains / or : or whitespace characters", id="interface",
        ),
        pytest.param(ADD, "", Code.DECODING_FAILURE, "unexpected end of JSON input", id="no input"),
        pytest.param(ADD, "[]", Code.DECODING_FAILURE, "it is not a JSON object", id="no object"),
        pytest.param(ADD, "[" * 100_000, Code.DECODING_FAILURE, "recursion", id="nested without end"),
        pytest.param(ADD, f"[{'9' * 5000}]", Code.DECODING_FAILURE, "Exceeds the limit", id="a number without end"),
        pytest.param(ADD, "{}", Code.INVALID_CONFIG, "missing network name", id="no name"),
        pytest.param(
            ADD, '{"name": "net", "cniVersion": "9"}', Code.INCOMPATIBLE_VERSION, 'config is "9"', id="version"
        ),
        pytest.param(
            Environment("STATUS"), NET, Code.INCOMPATIBLE_VERSION, "config version does not allow STATUS",
            id="a command that the version lacks",
        ),
    ],
)  # fmt: skip
def test_a_wrong_request_has_the_code_of_the_specification(
    environment: Environment, stdin: str, code: Code, message: str
) -> None:
    with pytest.raises(CniError) as raised:
        read_request(environment, stdin)

    assert raised.value.code == code
    assert message in str(raised.value)
