"""``python -m netsim cni``: a configuration list on a machine of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netsim.__main__ import main

LIST = {
    "cniVersion": "1.0.0",
    "name": "net",
    "plugins": [{"type": "bridge", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.1.0.0/24"}]]}}],
}


@pytest.fixture
def conflist(tmp_path: Path) -> str:
    path = tmp_path / "10-net.conflist"
    path.write_text(json.dumps(LIST))
    return str(path)


def test_commands_run_in_turn_on_one_machine(conflist: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cni", conflist, "ADD", "ADD", "DEL", "ADD", "--json"]) == 0

    runs = json.loads(capsys.readouterr().out)["commands"]
    assert [run["error"] and run["error"]["code"] for run in runs] == [None, 999, None, None]
    assert runs[3]["invocations"][0]["stdout"]["ips"][0]["address"] == "10.1.0.3/24"


def test_text_shows_what_goes_in_and_out(conflist: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cni", conflist, "ADD", "--container", "web"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("$ CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS=/var/run/netns/web CNI_IFNAME=eth0")
    assert lines[1].startswith('< {"cniVersion":"1.0.0"')
    assert lines[2].startswith('> {"cniVersion":"1.0.0"')
    assert lines[3].startswith("    $ CNI_COMMAND=ADD")
    assert lines[-1] == "ADD: done"


def test_an_error_is_marked_and_told(conflist: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cni", conflist, "ADD", "--interface", "a/b"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith('! {"code":4')
    assert lines[-1].startswith('ADD: plugin type="bridge" failed (add): interface name contains /')


@pytest.mark.parametrize(
    ("words", "message"),
    [(["FOO"], "'FOO' is no command of CNI"), (["ADD", "--container", "-"], "invalid characters in containerID")],
    ids=["an unknown command is bad input", "a bad container is the plugin's own error"],
)
def test_what_cannot_be_run_is_said(
    conflist: str, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["cni", conflist, *words])

    captured = capsys.readouterr()
    assert message in captured.out + captured.err


def test_files_can_be_put_on_the_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flannel, subnet = tmp_path / "10-flannel.conflist", tmp_path / "subnet.env"
    flannel.write_text('{"name": "cbr0", "cniVersion": "1.0.0", "plugins": [{"type": "flannel"}]}')
    subnet.write_text(
        "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.7.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"
    )
    main(["cni", str(flannel), "ADD", "--put", f"/run/flannel/subnet.env={subnet}"])

    assert '"address":"10.244.7.2/24"' in capsys.readouterr().out
