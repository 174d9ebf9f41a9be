"""The real kernel as a context manager: ``with Lab(network) as lab: lab.send(flow)``."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from netsim.linux.namespace import NetworkNamespace
from netsim.linux.routing import IPNetwork
from netsim.network import Network
from netsim.render import namespace_names, render
from tests.kernel.flows import Flow
from tests.kernel.laboratory import Blueprint, Observation
from tests.kernel.serving import serve

PROJECT = Path(__file__).resolve().parents[2]
PROGRAMS = ("ip", "bridge", "sysctl", "unshare", "mount", "iptables-legacy", "iptables-legacy-restore", "nft")
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
FORKS = multiprocessing.get_context("forkserver")
"""Laboratories are forked from one process that has imported what they need, which takes longer than building one."""
FORKS.set_forkserver_preload(["tests.kernel.serving"])
FRESH_RUN = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"'

NEEDED = """
ip netns add a
ip netns add b
ip -n a link add v type veth peer name v netns b
ip -n a link add x type vxlan id 1 dstport 8472 local 127.0.0.1
ip -n a link add y type bridge
ip netns exec a sysctl -q -w net.bridge.bridge-nf-call-iptables=1 net.netfilter.nf_log.2=nfnetlink_log
ip netns exec a iptables-legacy -t raw -A OUTPUT -j TRACE
ip netns exec a nft add table ip t
ip netns exec a ip6tables-legacy -t raw -A OUTPUT -j TRACE
"""
"""A rehearsal of everything that the suite asks of the kernel."""


def why_not() -> str | None:
    """Why this machine cannot build namespaces, or None when it can."""
    missing = [program for program in PROGRAMS if shutil.which(program, path=SEARCH_PATH) is None]
    if missing:
        packages = "iproute2 iptables nftables procps util-linux"
        return f"not installed: {', '.join(missing)} (Debian: apt-get install {packages})"
    attempt = subprocess.run(
        isolated(["sh", "-ec", NEEDED]), env={**os.environ, "PATH": SEARCH_PATH}, capture_output=True, text=True
    )
    if attempt.returncode:
        return f"this machine does not permit network namespaces: {attempt.stderr.strip() or attempt.returncode}"
    return None


def isolated(command: list[str]) -> list[str]:
    """The command with namespaces of its own; whoever is not root becomes root inside a user namespace."""
    flags = "-nm" if os.geteuid() == 0 else "-Urnm"
    return ["unshare", flags, "sh", "-c", FRESH_RUN, "sh", *command]


def _links(network: Network) -> Iterator[tuple[str, str]]:
    """Each namespace with each address that another one has in a subnet of its own."""
    own = [
        (namespace.name, address)
        for namespace in network.namespaces.values()
        for interface in namespace.interfaces.values()
        for address in interface.addresses
        if interface.name != "lo" and _reaches(namespace, address.network)
    ]
    for namespace, address in own:
        for other, neighbour in own:
            if other != namespace and neighbour.ip in address.network:
                yield namespace, str(neighbour.ip)


def _reaches(namespace: NetworkNamespace, network: IPNetwork) -> bool:
    """Whether the namespace has its connected route to the subnet."""
    return any(route.destination == network for route in namespace.routes)


class Lab:
    """One network in namespaces of the kernel, for the length of a ``with`` block.

    RuntimeError with the laboratory's traceback when something there fails.
    """

    def __init__(self, network: Network) -> None:
        sockets = {
            (namespace.name, listening.protocol, listening.port, listening.address): listening
            for namespace in network.namespaces.values()
            for listening in namespace.sockets
        }
        self._blueprint = Blueprint(
            render(network),
            namespace_names(network),
            tuple((key[0], value) for key, value in sockets.items()),
            tuple(_links(network)),
        )

    def __enter__(self) -> Lab:
        self._connection, theirs = FORKS.Pipe()
        with theirs:
            self._process = FORKS.Process(target=serve, args=(theirs, SEARCH_PATH), daemon=True)
            self._process.start()
        self._ask("build", self._blueprint)
        return self

    def send(self, flow: Flow) -> Observation:
        """Send the flow with real packets."""
        observation = self._ask("send", flow)
        if not isinstance(observation, Observation):
            raise TypeError(f"the laboratory answered {observation!r}")
        return observation

    def _ask(self, *command: object) -> object:
        self._connection.send(command)
        try:
            outcome, result = self._connection.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"the laboratory ended with status {self._process.exitcode}") from None
        if outcome != "done":
            raise RuntimeError(result)
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the laboratory's process end; its namespaces end with it."""
        self._connection.close()
        self._process.join(timeout=30)
