"""The lines of a Terminal are those of the real programs, in the namespaces that ``render`` builds.

Left out of the comparison: times, the numbers that a kernel gives to devices and namespaces, queue lengths (``qlen``,
which depend on the driver), the counters of rules, link-local IPv6 addresses, and the number of blanks between
columns.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from netsim import Simulation, Terminal, load_cluster
from netsim.render import namespace_names, render
from tests.kernel.lab import SEARCH_PATH, isolated, why_not

pytestmark = pytest.mark.kernel

CLUSTER = Path(__file__).parent / "clusters" / "two-racks.yaml"
SEPARATOR = "=" * 20

POD, NODE = "pod/shop/client", "node/n1"
COMMANDS = [
    (POD, "ip route"),
    (POD, "ip route get 10.244.2.2"),
    (POD, "ip route get 127.0.0.1"),
    (POD, "ip route show table local"),
    (POD, "ip rule"),
    (POD, "ip -4 addr show dev eth0"),
    (POD, "ip addr show eth0"),
    (POD, "hostname -I"),
    (POD, "sysctl net.ipv4.ip_forward net.ipv4.nonsense"),
    (POD, "iptables -L -n"),
    (POD, "ping -c 1 10.244.2.2"),
    (POD, "ping -c 1 10.244.1.1"),
    (POD, "ping -c 1 -s 2000 -M do 10.244.2.2"),
    (POD, "ping -c 1 -t 1 10.244.2.2"),
    (POD, "ping -c 1 10.99.9.9"),
    (POD, "ping"),
    (POD, "traceroute -n -q 1 10.244.2.2"),
    (POD, "traceroute -n -q 1 -I 10.244.2.2"),
    (POD, "tracepath -n 10.244.2.2"),
    (POD, "curl -sS http://10.244.2.2:81/"),
    (POD, "curl --frob"),
    (POD, "conntrack -C"),
    (NODE, "ip route"),
    (NODE, "ip route get 10.244.2.2"),
    (NODE, "ip link show cni0"),
    (NODE, "ip -br link show flannel.1"),
    (NODE, "ip -4 -br addr"),
    (NODE, "ip neigh show nud permanent"),
    (NODE, "ip addr show nonsense"),
    (NODE, "ip route nonsense"),
    (NODE, "ip nonsense"),
    (NODE, "bridge link"),
    (NODE, "sysctl -n net.ipv4.ip_forward"),
    (NODE, "iptables -S"),
    (NODE, "iptables -t nat -S KUBE-SERVICES"),
    (NODE, "iptables -t nat -L -n -v --line-numbers"),
    (NODE, "iptables -L -n"),
    (NODE, "iptables -L FORWARD -n --line-numbers"),
    (NODE, "iptables -L NONSENSE -n"),
    (NODE, "ping -c 1 10.244.2.2"),
]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return Simulation(load_cluster([(CLUSTER.name, CLUSTER.read_text(encoding="utf-8"))]))


@pytest.fixture(scope="module")
def printed(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """What the real programs print, each followed by its exit code."""
    directory = tmp_path_factory.mktemp("rendered")
    for name, text in render(simulation.network).items():
        (directory / name).write_text(text, encoding="utf-8")
    names = namespace_names(simulation.network)
    script = ["sh build.sh"]
    for where, command in COMMANDS:
        namespace = names[where.partition("/")[2]]
        script.append(f"ip netns exec {namespace} sh -c {shlex.quote(command)} 2>&1; echo $?; echo '{SEPARATOR}'")
    done = subprocess.run(
        isolated(["sh", "-c", "\n".join(script)]),
        cwd=directory, env={**os.environ, "PATH": SEARCH_PATH}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    parts = done.stdout.split(f"{SEPARATOR}\n")[:-1]
    return {key: part.splitlines() for key, part in zip(COMMANDS, parts, strict=True)}


ORDERED_BY_NUMBER = ("ip -4 -br addr", "ip route show table local")
"""Listings in the order in which the kernel met the devices."""

MASKS = (
    (r"= [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms", "= TIMES"),
    (r"\d+\.?\d* ?ms", "TIME ms"),
    (r"after \d+ ms", "after TIME ms"),
    (r"^\d+: (?=\S+: <)", ""),
    (r"@\w+", ""),
    (r" link-netns(id)? \S+", ""),
    (r" qlen \d+", ""),
    (r"(Chain .* \(policy \w+) \d+ packets, \d+ bytes", r"\1"),
    (r"^(\d+ +)\d+ +\d+ (?=.* -- )", r"\1"),
)


def normalized(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if "inet6 fe80" in line:
            continue
        if kept and kept[-1].startswith("inet6 fe80"):
            continue
        for pattern, replacement in MASKS:
            line = re.sub(pattern, replacement, line)
        line = " ".join(line.split())
        if line not in kept[-1:] or not line.startswith("1: "):  # tracepath may hear the first router twice
            kept.append(line)
    return kept


@pytest.mark.parametrize("command", COMMANDS, ids=lambda pair: f"{pair[0]}: {pair[1]}")
def test_the_terminal_prints_what_the_program_prints(simulation, printed, command):
    where, line = command
    output = Terminal(simulation, where).run(line)
    ours, real = normalized([*output.text.splitlines(), str(output.exit_code)]), normalized(printed[command])
    if line in ORDERED_BY_NUMBER:
        ours, real = sorted(ours), sorted(real)
    assert ours == real
