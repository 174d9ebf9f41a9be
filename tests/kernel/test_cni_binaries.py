"""The modelled reference plugins against the real ones of Debian's containernetworking-plugins (1.1.1).

    machine ── cni0 ─┬─ veth… ── eth0 of c1
                     └─ veth… ── eth0 of c2          (ptp: the cable ends in the machine itself)

Each scenario is a list of invocations. After each, standard output, the IPAM store, the links, addresses and routes of
all namespaces, the nat rules and the forwarding sysctls must be equal. Made equal first: MAC addresses and the names of
host ends, which the plugins draw at random, and the destination in "failed to add route", which Go prints as bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from netsim import Network
from netsim.cni.protocol import Binaries, CniError, Environment, Machine
from netsim.linux.interfaces import Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import Route
from netsim.tools.iptables_save import iptables_save
from tests.kernel.cni_binaries import BINARIES, CONTAINERS, PREVIOUS, STORE, SYSCTLS, Account, netns
from tests.kernel.lab import PROJECT, SEARCH_PATH, isolated, why_not

pytestmark = pytest.mark.kernel

NEEDED = ("bridge", "host-local", "loopback", "portmap", "ptp", "static")
Step = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def binaries() -> None:
    missing = [name for name in NEEDED if not (BINARIES / name).is_file()]
    if missing:
        pytest.skip(f"not in {BINARIES}: {', '.join(missing)} (Debian: apt-get install containernetworking-plugins)")
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)


def step(plugin: str, command: str, configuration: object, container: str = "c1", **variables: str) -> Step:
    """One invocation. A configuration that is text is given as it is."""
    given = {
        "CNI_COMMAND": command, "CNI_CONTAINERID": container, "CNI_NETNS": netns(container), "CNI_IFNAME": "eth0",
        "CNI_PATH": str(BINARIES),
    }  # fmt: skip
    stdin = configuration if isinstance(configuration, str) else json.dumps(configuration)
    return {"plugin": plugin, "variables": given | variables, "stdin": stdin}


def network(kind: str, version: str = "1.0.0", **more: object) -> dict[str, object]:
    return {"cniVersion": version, "name": "net", "type": kind, **more}


def host_local(*subnets: str, **more: object) -> dict[str, object]:
    return {"type": "host-local", "dataDir": str(STORE), "ranges": [[{"subnet": s}] for s in subnets], **more}


DEFAULT_ROUTE = [{"dst": "0.0.0.0/0"}]
FLANNEL = network(
    "bridge", bridge="cni0", isDefaultGateway=True, ipMasq=True, hairpinMode=True, mtu=1450,
    ipam=host_local("10.244.1.0/24", routes=[{"dst": "10.244.0.0/16"}]),
)  # fmt: skip
DUAL = network(
    "bridge", isGateway=True, ipMasq=True, ipam=host_local("10.1.0.0/24", "fd00:1::/64", routes=DEFAULT_ROUTE)
)
SMALL = network("ptp", ipMasq=True, mtu=1400, ipam=host_local("10.9.0.0/30", routes=DEFAULT_ROUTE),
                dns={"nameservers": ["10.1.1.1"], "search": ["cluster.local"]})  # fmt: skip
STATIC = {"type": "static", "addresses": [{"address": "10.7.0.2/24", "gateway": "10.7.0.1"}]}
PORTS = network(
    "portmap", capabilities={"portMappings": True}, prevResult=PREVIOUS,
    runtimeConfig={"portMappings": [
        {"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
        {"hostPort": 8443, "containerPort": 443, "protocol": "tcp"},
        {"hostPort": 5353, "containerPort": 53, "protocol": "udp", "hostIP": "10.0.0.1"},
    ]},
)  # fmt: skip
DELETED = FLANNEL | {"prevResult": PREVIOUS}

SCENARIOS: dict[str, list[Step]] = {
    "bridge with a gateway, masquerade and a default route": [
        step("bridge", "ADD", FLANNEL), step("bridge", "ADD", FLANNEL, "c2"), step("bridge", "DEL", DELETED),
        step("bridge", "DEL", DELETED), step("bridge", "ADD", FLANNEL, "c3"),
    ],
    "bridge in two families": [step("bridge", "ADD", DUAL), step("bridge", "DEL", DUAL)],
    "bridge without addresses": [step("bridge", "ADD", network("bridge", bridge="br9")),
                                 step("bridge", "DEL", network("bridge", bridge="br9"))],
    "bridge that already has another address": [
        step("bridge", "ADD", FLANNEL),
        step("bridge", "ADD", FLANNEL | {"name": "other", "ipam": host_local("10.244.9.0/24")}, "c2"),
        step("bridge", "ADD", FLANNEL | {"name": "third", "forceAddress": True, "ipam": host_local("10.244.8.0/24")},
             "c3"),
    ],
    "bridge with a static address": [step("bridge", "ADD", network("bridge", ipam=STATIC))],
    "bridge whose default route IPAM sends elsewhere": [
        step("bridge", "ADD", network("bridge", isDefaultGateway=True, ipam=host_local(
            "10.1.0.0/24", routes=[{"dst": "0.0.0.0/0", "gw": "10.1.0.9"}])))],
    "bridge whose default route IPAM gives without a gateway": [
        step("bridge", "ADD", network("bridge", isDefaultGateway=True, ipam=host_local(
            "10.1.0.0/24", routes=DEFAULT_ROUTE)))],
    "the namespace is gone before DEL": [
        step("bridge", "ADD", FLANNEL), step("bridge", "DEL", DELETED, CNI_NETNS=netns("gone")),
    ],
    "ptp until the range is empty": [
        step("ptp", "ADD", SMALL), step("ptp", "ADD", SMALL, "c2"), step("ptp", "DEL", SMALL),
        step("ptp", "ADD", SMALL, "c3"),
    ],
    "portmap behind the bridge": [
        step("bridge", "ADD", FLANNEL), step("portmap", "ADD", PORTS), step("portmap", "DEL", PORTS),
        step("portmap", "DEL", PORTS),
    ],
    "portmap of two containers": [
        step("bridge", "ADD", FLANNEL), step("portmap", "ADD", PORTS), step("bridge", "ADD", FLANNEL, "c2"),
        step("portmap", "ADD", PORTS | {"runtimeConfig": {"portMappings": [
            {"hostPort": 9090, "containerPort": 90, "protocol": "tcp"}]}}, "c2"),
        step("portmap", "DEL", PORTS),
    ],
    "portmap with no ports": [step("bridge", "ADD", FLANNEL),
                              step("portmap", "ADD", network("portmap", prevResult=PREVIOUS))],
    "loopback": [step("loopback", "ADD", network("loopback"), CNI_IFNAME="lo"),
                 step("loopback", "DEL", network("loopback"), CNI_IFNAME="lo")],
    "host-local in turn, with a hole": [
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/29")), f"h{n}") for n in range(4)
    ] + [
        step("host-local", "DEL", network("bridge", ipam=host_local("10.1.0.0/29")), "h1"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/29")), "h4"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/29")), "h5"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/29")), "h6"),
    ],
    "host-local asked twice": [step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/29")))] * 2,
    "host-local asked for an address": [
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/24")), CNI_ARGS="IP=10.1.0.77"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/24")), "c2", CNI_ARGS="IP=10.1.0.77"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/24")), "c2", CNI_ARGS="IP=10.1.0.1"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/24")), "c2", CNI_ARGS="IP=10.2.0.1"),
        step("host-local", "ADD", network("bridge", ipam=host_local("10.1.0.0/24")), "c2"),
    ],
    "host-local with two ranges in a set": [
        step("host-local", "ADD", network("bridge", ipam={"type": "host-local", "dataDir": str(STORE), "ranges": [
            [{"subnet": "10.1.0.0/24", "rangeStart": "10.1.0.5", "rangeEnd": "10.1.0.6", "gateway": "10.1.0.6"},
             {"subnet": "10.2.0.0/24", "rangeStart": "10.2.0.9", "rangeEnd": "10.2.0.9"}]]}), f"h{n}")
        for n in range(3)
    ],
    **{f"host-local in version {version}": [step("host-local", "ADD", network(
        "bridge", version, ipam=host_local("10.1.0.0/24", "fd00:1::/64", routes=DEFAULT_ROUTE)))]
       for version in ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0")},
    "CHECK of what is there, and of what is not": [
        step("ptp", "ADD", SMALL | {"ipam": STATIC}), step("ptp", "CHECK", SMALL | {"ipam": STATIC} | {
            "prevResult": PREVIOUS}),
        {"shell": "ip -n c1 addr flush dev eth0 scope global"},
        step("ptp", "CHECK", SMALL | {"ipam": STATIC, "prevResult": PREVIOUS}),
    ],
}  # fmt: skip

REFUSED: dict[str, Step] = {
    "an unknown version": step("bridge", "ADD", network("bridge", "2.0.0")),
    "no name": step("bridge", "ADD", {"cniVersion": "1.0.0", "type": "bridge"}),
    "a bad name": step("bridge", "ADD", network("bridge", name="-x")),
    "JSON that ends": step("bridge", "ADD", '{"cniVersion":'),
    "no container": step("bridge", "ADD", network("bridge"), CNI_CONTAINERID=""),
    "a bad container": step("bridge", "ADD", network("bridge"), CNI_CONTAINERID="-a"),
    "no interface and no namespace": step("bridge", "ADD", network("bridge"), CNI_IFNAME="", CNI_NETNS=""),
    "an interface with a slash": step("bridge", "ADD", network("bridge"), CNI_IFNAME="a/b"),
    "an interface with a long name": step("bridge", "ADD", network("bridge"), CNI_IFNAME="a" * 16),
    "an interface called ..": step("bridge", "ADD", network("bridge"), CNI_IFNAME=".."),
    "a namespace that is not there": step("bridge", "ADD", network("bridge"), CNI_NETNS=netns("none")),
    "an unknown command": step("bridge", "FOO", network("bridge")),
    "CHECK before it was there": step("bridge", "CHECK", network("bridge", "0.3.1")),
    "an IPAM plugin that is not there": step("bridge", "ADD", network("bridge", ipam={"type": "nope"})),
    "hairpin and promiscuous mode": step("bridge", "ADD", network("bridge", hairpinMode=True, promiscMode=True)),
    "a VLAN out of range": step("bridge", "ADD", network("bridge", vlan=5000)),
    "IPAM without a range": step("host-local", "ADD", network("bridge", ipam={"type": "host-local"})),
    "a range with host bits": step("host-local", "ADD", network("bridge", ipam=host_local("10.0.0.5/24"))),
    "a range too small": step("host-local", "ADD", network("bridge", ipam=host_local("10.0.0.0/31"))),
    "portmap first in the chain": step("portmap", "ADD", network("portmap")),
    "portmap of port 0": step("portmap", "ADD", network("portmap", runtimeConfig={"portMappings": [
        {"hostPort": 0, "containerPort": 80, "protocol": "tcp"}]},
        prevResult={"cniVersion": "1.0.0", "ips": [{"address": "1.2.3.4/24"}]})),
}  # fmt: skip

CHECKED = "CHECK of what is there, and of what is not"


def real(steps: list[Step]) -> list[Account]:
    done = subprocess.run(
        isolated([sys.executable, "-m", "tests.kernel.cni_binaries"]),
        cwd=PROJECT, env={**os.environ, "PATH": SEARCH_PATH}, input=json.dumps(steps), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    accounts: list[Account] = json.loads(done.stdout)
    return accounts


def modelled(steps: list[Step]) -> list[Account]:
    machine = Machine(Network(), NetworkNamespace("n1", node="n1"))
    machine.network.add(machine.host)
    for container in CONTAINERS:
        machine.make_sandbox(netns(container), container)
    binaries, previous, accounts = Binaries(machine), {}, []
    for each in steps:
        if "shell" in each:
            _flush(machine)
            continue
        variables = each["variables"]
        container = variables["CNI_CONTAINERID"]
        environment = Environment(
            variables["CNI_COMMAND"], container, variables["CNI_NETNS"], variables["CNI_IFNAME"],
            variables.get("CNI_ARGS", ""), variables["CNI_PATH"],
        )  # fmt: skip
        stdin = each["stdin"].replace(f'"{PREVIOUS}"', previous.get(container, "null"))
        try:
            stdout, failed = binaries.run(each["plugin"], environment, stdin), False
        except CniError as error:
            stdout, failed = json.dumps(error.document()), True
        if environment.command == "ADD" and not failed:
            previous[container] = stdout
        accounts.append(_modelled_account(machine, stdout, failed))
    return accounts


def _flush(machine: Machine) -> None:
    """``ip addr flush``, as the shell step of CHECKED does."""
    sandbox = machine.sandboxes[netns("c1")]
    device = sandbox.interfaces["eth0"]
    sandbox.remove_interface("eth0")
    sandbox.add_interface(replace(device, addresses=()))


def _modelled_account(machine: Machine, stdout: str, failed: bool) -> Account:
    host = machine.host
    lines = [line for version in (4, 6) for line in _nat_lines(host, version)]
    return {
        "failed": failed,
        "stdout": json.loads(stdout) if stdout else None,
        "store": dict(machine.files),
        "host": _namespace(host),
        "containers": {name: _namespace(machine.sandboxes[netns(name)]) for name in CONTAINERS},
        "rules": lines,
        "sysctls": {name: host.sysctls[name] for name in SYSCTLS},
    }


def _nat_lines(host: NetworkNamespace, version: int) -> list[str]:
    lines = iptables_save(host, version).splitlines()
    return sorted(line.split()[0] for line in lines if line.startswith(":CNI")) + [
        line for line in lines if line.startswith("-A ")
    ]


def _namespace(namespace: NetworkNamespace) -> Account:
    return {
        "links": {
            name: {
                "mtu": interface.mtu,
                "up": interface.up,
                "master": interface.master,
                "hairpin": interface.hairpin if isinstance(interface, Veth) and interface.master else None,
                "addresses": sorted(map(str, interface.addresses)),
            }
            for name, interface in namespace.interfaces.items()
        },
        "routes": sorted(_route(route) for route in namespace.routes),
    }


def _route(route: Route) -> str:
    """iproute2 shows neither scope nor source of an IPv6 route that the kernel made."""
    text = route.text()
    return text.split(" scope ")[0] if route.destination.version == 6 else text


def normalized(account: Account) -> list[str]:
    """Lines without random MAC addresses and host ends; rules by chain."""
    account["rules"].sort(key=lambda rule: rule.split()[:2] if rule.startswith("-A") else [])
    text = re.sub(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC", json.dumps(account, indent=1))
    text = re.sub(r"add route '.* via", "add route 'DESTINATION via", text)
    names: dict[str, str] = {}
    for found in re.findall(r"veth[0-9a-f]{8}", text):
        names.setdefault(found, f"veth#{len(names)}")
    plain = json.loads(re.sub(r"veth[0-9a-f]{8}", lambda match: names[match[0]], text))
    return json.dumps(plain, indent=1, sort_keys=True).splitlines()


def without_versions(account: Account) -> Account:
    """What an error says of the versions that this plugin speaks is its own."""
    account["stdout"].pop("details", None) if account["stdout"] and account["stdout"].get("code") == 1 else None
    return account


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != CHECKED])
def test_plugins_do_what_the_real_ones_do(name: str) -> None:
    steps = SCENARIOS[name]
    for number, (ours, theirs) in enumerate(zip(modelled(steps), real(steps), strict=True), start=1):
        assert normalized(ours) == normalized(theirs), f"step {number}"


def test_plugins_refuse_what_the_real_ones_refuse_in_their_words() -> None:
    ours = [modelled([refused])[0] for refused in REFUSED.values()]
    theirs = real(list(REFUSED.values()))
    said = {name: without_versions(account)["stdout"] for name, account in zip(REFUSED, ours, strict=True)}
    assert said == {name: without_versions(account)["stdout"] for name, account in zip(REFUSED, theirs, strict=True)}


def test_check_finds_what_the_real_ones_find() -> None:
    ours, theirs = (side(SCENARIOS[CHECKED]) for side in (modelled, real))
    assert [account["failed"] for account in ours] == [account["failed"] for account in theirs] == [False, False, True]
