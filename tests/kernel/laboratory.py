"""A rendered network in the kernel, with its listeners and observers: sends one flow at a time, reports what it saw."""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from netsim.linux.namespace import Socket
from tests.kernel.capture import Sighting, Tap
from tests.kernel.flows import Client, Flow, Served, open_listeners
from tests.kernel.namespaces import inside
from tests.kernel.nftlog import NftLog
from tests.kernel.rulelog import LoggedRule, RuleLog

SETTLE = 0.02
"""Seconds without an event after which a finished flow is over."""

QUIET = 0.4
"""Seconds without an event after which an unfinished flow counts as lost; well below TCP's first retransmission."""

HYGIENE = {
    "net.ipv4.icmp_ratelimit": 0,
    "net.ipv4.tcp_synack_retries": 0,
    "net.ipv4.icmp_ratemask": 0,
    "net.ipv4.conf.all.accept_redirects": 0,
    "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv6.icmp.ratelimit": 0,
    "net.ipv6.conf.all.accept_redirects": 0,
    "net.ipv6.conf.all.accept_ra": 0,
}
"""What would make one flow depend on those before it."""

NEIGHBOURS = {"retrans_time_ms": 60, "base_reachable_time_ms": 3_600_000, "proxy_delay": 0}
"""An address that nobody has is given up after three questions; one that answered stays reachable; proxy ARP answers
at once.

A bridge sends a translated frame out by way of its own device (one more sighting) where the neighbour is merely stale.
"""

DISCARD_PORT = 9
FORBIDDEN = (errno.EACCES, errno.EINVAL, errno.EHOSTUNREACH, errno.ENETUNREACH)
"""How sending fails where a route of the scenario leads nowhere."""
INTRODUCTION = 0.25
"""Seconds of silence after which all neighbours have answered or been given up."""

TRACERS = {"iptables-legacy": "rules.v4", "ip6tables-legacy": "rules.v6"}
"""Which program traces the rules of which rendered file."""

DELETE_ALL_CONNECTIONS = (1 << 8) | 2
"""NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE (include/uapi/linux/netfilter/nfnetlink_conntrack.h)."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What to build: rendered files, the kernel's name of each namespace, the sockets that listen.

    ``links`` are pairs of a namespace and the address of a neighbour on one of its links.
    """

    files: dict[str, str]
    names: dict[str, str]
    sockets: tuple[tuple[str, Socket], ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """One flow on the real kernel: what the client and the server experienced, every sighting, every rule hit."""

    client_sees: str
    served: tuple[Served, ...]
    sightings: tuple[Sighting, ...]
    rules: tuple[LoggedRule, ...]


class Laboratory:
    """A network in the kernel with its listeners and observers."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.names = blueprint.names
        _build(blueprint.files)
        self.taps: list[Tap] = []
        self.logs: list[RuleLog | NftLog] = []
        for namespace, name in self.names.items():
            with inside(name):
                _tune()
                self.taps.append(Tap(namespace))
                traced = [program for program, part in TRACERS.items() if f"{name}.{part}" in blueprint.files]
                for program in traced:
                    _trace_all_packets(program)
                if traced:
                    self.logs.append(RuleLog(namespace))
                if f"{name}.nft" in blueprint.files:
                    self.logs.append(NftLog(namespace))
        self.listeners = open_listeners(blueprint.sockets, self.names)
        self._introduce_neighbours(blueprint.links)

    def _introduce_neighbours(self, links: tuple[tuple[str, str], ...]) -> None:
        """Fill the neighbour and forwarding tables, as machines have them that have been running for a while."""
        for namespace, address in links:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with inside(self.names[namespace]), socket.socket(family, socket.SOCK_DGRAM) as sender:
                try:
                    sender.sendto(b"", (address, DISCARD_PORT))
                except OSError as failure:
                    if failure.errno not in FORBIDDEN:
                        raise
            self._drain()
        last = time.monotonic()
        while time.monotonic() - last < INTRODUCTION:
            time.sleep(INTRODUCTION / 10)
            if self._drain():
                last = time.monotonic()

    def send(self, flow: Flow) -> Observation:
        """One flow from an empty connection table."""
        for listener in self.listeners:
            listener.hang_up()
        for name in self.names.values():
            with inside(name):
                _forget_what_was()
        self._drain()
        client = Client(self.names[flow.namespace], flow)
        try:
            observation = self._watch(client)
        finally:
            client.close()
        return observation

    def _watch(self, client: Client) -> Observation:
        """Collect events until the flow has been over, or silent, for long enough."""
        sources = (*self.listeners, *self.taps, *self.logs)
        events: list[Served | Sighting | LoggedRule] = []
        with selectors.DefaultSelector() as selector:
            selector.register(client, client.interest)
            for source in sources:
                selector.register(source, selectors.EVENT_READ)
            outcome, last = client.poll(), time.monotonic()
            while time.monotonic() - last < (QUIET if outcome is None else SETTLE):
                selector.select(SETTLE / 2)
                new = [event for source in sources for event in source.read()]
                if outcome is None and (outcome := client.poll()) is not None:
                    selector.unregister(client)
                if new:
                    events += new
                    last = time.monotonic()
        return Observation(
            outcome or client.silence,
            tuple(event for event in events if isinstance(event, Served)),
            tuple(sorted((e for e in events if isinstance(e, Sighting)), key=lambda sighting: sighting.time)),
            tuple(event for event in events if isinstance(event, LoggedRule)),
        )

    def _drain(self) -> int:
        """Throw away what belongs to packets before; how many events that was."""
        return sum(1 for source in (*self.listeners, *self.taps, *self.logs) for _event in source.read())


def _build(files: dict[str, str]) -> None:
    """Run the rendered ``build.sh``; RuntimeError with what it printed when it fails."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "IPTABLES_RESTORE": "iptables-legacy-restore",
                   "IP6TABLES_RESTORE": "ip6tables-legacy-restore"}  # fmt: skip
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            Path(directory, name).write_text(text, encoding="utf-8")
        done = subprocess.run(["sh", "build.sh"], cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"build.sh failed with status {done.returncode}: {done.stdout}{done.stderr}")


def _tune() -> None:
    """Settle what would vary, and let TCP hand over single segments (no segmentation offload)."""
    devices = "".join(f"link set dev {name} gso_max_segs 1\n" for _, name in socket.if_nameindex())
    subprocess.run(["ip", "-batch", "-"], input=devices, text=True, check=True)
    for key, value in HYGIENE.items():
        _set_sysctl(key, value)
    for version in (4, 6):
        for device in Path(f"/proc/sys/net/ipv{version}/neigh").iterdir():
            for setting, value in NEIGHBOURS.items():
                (device / setting).write_text(str(value), encoding="ascii")


def _set_sysctl(key: str, value: int) -> None:
    Path("/proc/sys", key.replace(".", "/")).write_text(str(value), encoding="ascii")


def _trace_all_packets(program: str) -> None:
    for chain in ("PREROUTING", "OUTPUT"):
        subprocess.run([program, "-t", "raw", "-I", chain, "-j", "TRACE"], check=True)


def _forget_what_was() -> None:
    """Empty this namespace's route cache, with its path MTUs, and its connection table (``conntrack -F`` without the
    program)."""
    Path("/proc/sys/net/ipv4/route/flush").write_text("1", encoding="ascii")
    Path("/proc/sys/net/ipv6/route/flush").write_text("1", encoding="ascii")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
        netlink.bind((0, 0))
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, 0)
        netlink.send(struct.pack("=IHHII", 16 + len(body), DELETE_ALL_CONNECTIONS, 0x5, 0, 0) + body)
        result = -struct.unpack_from("=i", netlink.recv(4096), 16)[0]
        if result:
            raise OSError(result, "the kernel refused to flush the connection table")
