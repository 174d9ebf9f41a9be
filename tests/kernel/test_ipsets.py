"""IP sets as the engine prints them: the kernel loads the text, lists it back equal, and rules can ask the sets."""

from __future__ import annotations

import re
import subprocess
from ipaddress import ip_address, ip_network
from shutil import which

import pytest

from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import Accept, Hook
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol
from netsim.tools.ipset import ipset_save
from netsim.tools.iptables_save import iptables_save
from tests.kernel.lab import SEARCH_PATH, isolated, why_not

pytestmark = pytest.mark.kernel

POD, RANGE = ip_address("10.244.1.9"), ip_network("10.0.0.0/8")


def _sets() -> list[tuple[IpSet, tuple[str, ...]]]:
    """A set of each type with the directions that a rule asks it by."""
    names = IpSet("T-IP", SetType.HASH_IP, 4, [Entry(POD, comment="shop/web-0")], comments=True)
    return [
        (names, ("src",)),
        (IpSet("T-IP6", SetType.HASH_IP, 6, [Entry(ip_address("fd00::9"))]), ("dst",)),
        (IpSet("T-NET", SetType.HASH_NET, 4, [Entry(RANGE, nomatch=True)]), ("src",)),
        (IpSet("T-IP-PORT", SetType.HASH_IP_PORT, 4, [Entry(POD, Protocol.SCTP, 80)]), ("dst", "dst")),
        (IpSet("T-LOOP", SetType.HASH_IP_PORT_IP, 4, [Entry(POD, Protocol.TCP, 80, POD)]), ("dst", "dst", "src")),
        (IpSet("T-CIDR", SetType.HASH_IP_PORT_NET, 4, [Entry(POD, Protocol.UDP, 53, RANGE)]), ("dst", "dst", "src")),
        (IpSet("T-PORTS", SetType.BITMAP_PORT, 4, [Entry(port=30080), Entry(port=31000)]), ("dst",)),
        (IpSet("T-LIST", SetType.LIST_SET, 4, members=[names]), ("src",)),
    ]


@pytest.fixture(scope="module")
def namespace() -> NetworkNamespace:
    made = NetworkNamespace("n1")
    for each, directions in _sets():
        made.add_ipset(each)
        for negate in (False, True):
            made.netfilter.table("filter", each.version).chain(Hook.FORWARD).append(
                Accept(), InSet(each, directions, negate)
            )
    return made


@pytest.fixture(scope="module")
def listed(namespace: NetworkNamespace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``ipset save`` and ``iptables-save`` print after the engine's text was restored."""
    reason = why_not() if which("ipset", path=SEARCH_PATH) else "ipset is not installed (Debian: apt-get install ipset)"
    if reason is not None:
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("sets")
    (directory / "sets").write_text(ipset_save(namespace), encoding="utf-8")
    (directory / "v4").write_text(iptables_save(namespace, 4), encoding="utf-8")
    (directory / "v6").write_text(iptables_save(namespace, 6), encoding="utf-8")
    restore = "ipset restore < sets && iptables-restore < v4 && ip6tables-restore < v6"
    script = f"{restore} && ipset -s save && iptables-save && ip6tables-save"
    done = subprocess.run(
        isolated(["sh", "-ec", script]), cwd=directory, env={"PATH": SEARCH_PATH}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_kernel_lists_the_sets_that_netsim_saves(namespace: NetworkNamespace, listed: str) -> None:
    kernel = [re.sub(r" initval \S+", "", line) for line in listed.splitlines() if re.match("create|add", line)]
    assert sorted(kernel) == sorted(ipset_save(namespace).splitlines())


def test_the_kernel_lists_the_rules_that_ask_them(namespace: NetworkNamespace, listed: str) -> None:
    saved = iptables_save(namespace, 4) + iptables_save(namespace, 6)
    wanted = [line for line in saved.splitlines() if line.startswith("-A")]
    assert [line for line in listed.splitlines() if line.startswith("-A")] == wanted
