"""The rendered directory as its README describes it: build it, compare what the machine's tools list, destroy it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from netsim import Network, Simulation, load_cluster
from netsim.render import namespace_names, render
from netsim.tools.iptables_save import iptables_save
from tests.kernel.lab import SEARCH_PATH, isolated, why_not

pytestmark = pytest.mark.kernel

CLUSTER = Path(__file__).parent / "clusters" / "two-racks.yaml"
SEPARATOR = "=" * 20


@pytest.fixture(scope="module")
def network() -> Network:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return Simulation(load_cluster([(CLUSTER.name, CLUSTER.read_text(encoding="utf-8"))])).network


@pytest.fixture(scope="module")
def directory(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("rendered")
    for name, text in render(network).items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def _run(directory: Path, script: str) -> str:
    """What ``script`` prints after ``build.sh``, in namespaces of its own."""
    done = subprocess.run(
        isolated(["sh", "-ec", f"sh build.sh\n{script}"]),
        cwd=directory, env={**os.environ, "PATH": SEARCH_PATH}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _list_everywhere(network: Network, directory: Path, command: str) -> dict[str, list[str]]:
    """The lines that a command prints in each namespace; ``%s`` in it is the namespace's name there."""
    names = namespace_names(network)
    script = "\n".join(f"{command % name}; echo '{SEPARATOR}'" for name in names.values())
    parts = _run(directory, script).split(f"{SEPARATOR}\n")[:-1]
    return {
        namespace: [line.strip() for line in part.splitlines()] for namespace, part in zip(names, parts, strict=True)
    }


def test_the_kernel_lists_the_routes_that_netsim_lists(network: Network, directory: Path) -> None:
    listed = _list_everywhere(network, directory, "ip -n %s route show")
    assert listed == {name: [route.text() for route in space.routes] for name, space in network.namespaces.items()}


def test_the_kernel_saves_the_rules_that_netsim_saves(network: Network, directory: Path) -> None:
    saved = _list_everywhere(network, directory, "ip netns exec %s iptables-save")
    for name, namespace in network.namespaces.items():
        rules = [re.sub(r"\[\d+:\d+\]", "[0:0]", line) for line in saved[name] if line and not line.startswith("#")]
        assert rules == iptables_save(namespace).splitlines(), name


def test_the_kernel_has_the_tunnel_entries_that_netsim_has(network: Network, directory: Path) -> None:
    listed = _list_everywhere(network, directory, "bridge -n %s fdb show | grep ' dst ' || true")
    expected = {
        name: [f"{entry.mac} dev {entry.device} dst {entry.remote} self permanent" for entry in space.fdb.values()]
        for name, space in network.namespaces.items()
    }
    assert listed == expected


def test_destroy_leaves_no_namespace(directory: Path) -> None:
    assert _run(directory, "sh destroy.sh; ip netns list") == ""


def test_what_is_built_can_be_built_again_after_destroy(directory: Path) -> None:
    assert "hop-n1" in _run(directory, "sh destroy.sh; sh build.sh; ip netns list")
