"""The real reference plugins in network namespaces of their own; run as a module, it reads steps and prints accounts.

    echo '[{"plugin": "bridge", "variables": {…}, "stdin": "…"}, …]' | python -m tests.kernel.cni_binaries

``@PREVIOUS@`` in a step's ``stdin`` stands for what the last ADD of the same container printed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BINARIES = Path("/usr/lib/cni")
"""Where Debian's containernetworking-plugins puts them."""
CONTAINERS = ("c1", "c2", "c3")
STORE = Path("/run/cni")
PREVIOUS = "@PREVIOUS@"
SYSCTLS = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")

Account = dict[str, Any]


def netns(container: str) -> str:
    """The path of a container's network namespace; that of a container with another name does not exist."""
    return f"/run/netns/{container}"


def main() -> None:
    """Run the steps, one account for each on standard output."""
    steps = json.load(sys.stdin)
    _run("sysctl", "-q", "-w", "net.ipv4.ip_forward=0", "net.ipv6.conf.default.accept_dad=0")
    _run("ip", "link", "set", "lo", "up")
    for container in CONTAINERS:
        _run("ip", "netns", "add", container)
    previous: dict[str, str] = {}
    accounts = []
    for step in steps:
        if "shell" in step:
            _run("sh", "-ec", step["shell"])
            continue
        accounts.append(_account(step, previous))
    json.dump(accounts, sys.stdout)


def _account(step: Account, previous: dict[str, str]) -> Account:
    variables = step["variables"]
    container = variables.get("CNI_CONTAINERID", "")
    stdin = step["stdin"].replace(f'"{PREVIOUS}"', previous.get(container, "null"))
    done = subprocess.run(
        [BINARIES / step["plugin"]], input=stdin, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], **variables},
    )  # fmt: skip
    if variables["CNI_COMMAND"] == "ADD" and done.returncode == 0:
        previous[container] = done.stdout
    return {
        "failed": done.returncode != 0,
        "stdout": json.loads(done.stdout) if done.stdout.strip() else None,
        "store": dict(_files()),
        "host": _namespace([]),
        "containers": {name: _namespace(["-n", name]) for name in CONTAINERS},
        "rules": _rules("iptables-save") + _rules("ip6tables-save"),
        "sysctls": {name: int(_run("sysctl", "-n", name)) for name in SYSCTLS},
    }


def _files() -> Iterator[tuple[str, str]]:
    for path in sorted(STORE.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes().decode()


def _namespace(where: list[str]) -> Account:
    """Links and addresses without what the kernel adds by itself (link-local ones), and routes."""
    links = {
        link["ifname"]: {
            "mtu": link["mtu"],
            "up": "UP" in link["flags"],
            "master": link.get("master"),
            "hairpin": link.get("linkinfo", {}).get("info_slave_data", {}).get("hairpin"),
            "addresses": sorted(
                f"{address['local']}/{address['prefixlen']}"
                for address in link["addr_info"]
                if not address["local"].startswith("fe80:")
            ),
        }
        for link in json.loads(_run("ip", *where, "-d", "-j", "addr"))
    }
    routes = [line.strip() for line in _run("ip", *where, "route").splitlines()]
    routes += [line.strip() for line in _run("ip", *where, "-6", "route").splitlines()]
    return {"links": links, "routes": sorted(r for r in map(_plain_route, routes) if not r.startswith("fe80:"))}


def _plain_route(text: str) -> str:
    """Without what iproute2 adds to IPv6 routes and to those whose device is down."""
    return re.sub(r" (linkdown|metric \d+|pref \w+|proto static)\b", "", text).replace("  ", " ").strip()


def _rules(program: str) -> list[str]:
    """The rules of the nat table, and the chains that are not built in."""
    lines = _run(program, "-t", "nat").splitlines()
    return sorted(line.split()[0] for line in lines if line.startswith(":CNI")) + [
        line for line in lines if line.startswith("-A ")
    ]


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
