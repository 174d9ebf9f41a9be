"""Real traffic: one client that opens one flow, and the listeners of all namespaces."""

from __future__ import annotations

import errno
import fcntl
import os
import selectors
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from netsim.linux.namespace import Socket
from netsim.packet import IPAddress, Protocol
from tests.kernel.decoding import ANSWER_TOS
from tests.kernel.namespaces import inside

PMTUDISC_DO = 2
SIOCOUTQ = 0x5411
"""How many bytes the peer has not acknowledged yet (include/uapi/linux/sockios.h)."""


SO_MARK, IP_TRANSPARENT = 36, 19
"""include/uapi/asm-generic/socket.h, include/uapi/linux/in.h"""


@contextmanager
def acting_as(uid: int) -> Iterator[None]:
    """What is opened meanwhile belongs to another user, in the group of the same number (``xt_owner``)."""
    if uid:
        os.setegid(uid)
        os.seteuid(uid)
    try:
        yield
    finally:
        if uid:
            os.seteuid(0)
            os.setegid(0)


@dataclass(frozen=True, slots=True)
class Family:
    """The numbers of one IP version: socket options of include/uapi/linux/in.h and in6.h, and what a client needs to
    know of ICMP. ``origin`` and ``time_exceeded`` stand in struct sock_extended_err."""

    number: socket.AddressFamily
    level: int
    ttl: int
    service: int
    mtu_discover: int
    receive_errors: int
    icmp: int
    echo: int
    echo_reply: int
    origin: int
    time_exceeded: int
    raw_header: bool


FAMILIES = {
    4: Family(socket.AF_INET, socket.IPPROTO_IP, socket.IP_TTL, socket.IP_TOS, 10, 11, socket.IPPROTO_ICMP, 8, 0, 2, 11,
              raw_header=True),
    6: Family(socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, socket.IPV6_TCLASS, 23, 25,
              socket.IPPROTO_ICMPV6, 128, 129, 3, 3, raw_header=False),
}  # fmt: skip

IP_PKTINFO = 8
RECEIVE_PACKET_INFO = {4: IP_PKTINFO, 6: socket.IPV6_RECVPKTINFO}

SEEN = {
    0: "connected",
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EACCES: "permission denied",
    errno.EINVAL: "invalid argument",
    errno.EPERM: "not permitted",
    errno.EMSGSIZE: "message too long",
    errno.ETIMEDOUT: "timeout",
}
"""What a client's error number is called in ``netsim.trace.ClientSees``."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What the client does. ``source_port`` is the identifier of an ICMP echo; ``payload`` is bytes of data, with
    TCP written once the connection is there. ``uid`` is the user that opens the socket, ``mark`` its SO_MARK, ``bind``
    the address that it binds to, which need not be the namespace's own (IP_TRANSPARENT)."""

    namespace: str
    protocol: Protocol
    source_port: int
    destination: IPAddress
    destination_port: int
    ttl: int = 64
    payload: int = 0
    dont_fragment: bool = False
    uid: int = 0
    mark: int = 0
    bind: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """What a listener learned about its client."""

    namespace: str
    source: str
    source_port: int


class Client:
    """Opens the flow when it is made; ``poll`` tells the outcome once there is one."""

    def __init__(self, namespace: str, flow: Flow) -> None:
        self.flow = flow
        self.family = FAMILIES[flow.destination.version]
        self.error: int | None = None
        self.written = False
        kind = {Protocol.TCP: socket.SOCK_STREAM, Protocol.UDP: socket.SOCK_DGRAM}.get(flow.protocol, socket.SOCK_RAW)
        protocol = self.family.icmp if kind is socket.SOCK_RAW else 0
        with inside(namespace), acting_as(flow.uid):
            self.socket = socket.socket(self.family.number, kind, protocol)
        self.socket.setblocking(False)
        self.socket.setsockopt(self.family.level, self.family.ttl, flow.ttl)
        self.socket.setsockopt(self.family.level, self.family.receive_errors, 1)
        self._open()

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def interest(self) -> int:
        """The events to wait for: TCP says that it is connected by becoming writable."""
        tcp = self.flow.protocol is Protocol.TCP
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if tcp else 0)

    def _open(self) -> None:
        flow = self.flow
        target = (str(flow.destination), flow.destination_port)
        if flow.protocol is Protocol.TCP:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if flow.mark:
                self.socket.setsockopt(socket.SOL_SOCKET, SO_MARK, flow.mark)
            if flow.bind:
                self.socket.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
            self.socket.bind((flow.bind, flow.source_port))
            result = self.socket.connect_ex(target)
            self.error = None if result == errno.EINPROGRESS else result
            return
        if flow.dont_fragment:
            self.socket.setsockopt(self.family.level, self.family.mtu_discover, PMTUDISC_DO)
        if flow.protocol is Protocol.UDP:
            self.socket.bind(("", flow.source_port))
        message = b"\0" * flow.payload if flow.protocol is Protocol.UDP else _echo_request(flow, self.family.echo)
        try:
            self.socket.connect(target)
            self.socket.send(message)
        except OSError as failure:
            # A device that dropped the packet is reported only because we ask for extended errors (IP_RECVERR).
            self.error = None if failure.errno == errno.ENOBUFS else failure.errno

    def poll(self) -> str | None:
        """``ClientSees`` as text, or None while nothing has come back."""
        if self.error is None:
            self.error = self._connect_result() if self.flow.protocol is Protocol.TCP else self._receive()
        if self.error is None:
            return None
        if self.error in (errno.EHOSTUNREACH, errno.ENETUNREACH) and self._ttl_ran_out():
            return "ttl exceeded"
        return SEEN[self.error]

    def _connect_result(self) -> int | None:
        pending = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if pending:
            return pending
        try:
            self.socket.getpeername()
        except OSError:
            return None
        if self.flow.payload and not self.written:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.send(b"\0" * self.flow.payload)
            self.written = True
        return None if self.flow.payload and self._unacknowledged() else 0

    def _unacknowledged(self) -> int:
        return int.from_bytes(fcntl.ioctl(self.socket, SIOCOUTQ, bytes(4)), "little")

    @property
    def silence(self) -> str:
        """What it means when nothing more comes back."""
        return "connected, then stalled" if self.written else "timeout"

    def _receive(self) -> int | None:
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return None
            except OSError as failure:
                return failure.errno
            if self.flow.protocol is Protocol.UDP or self._is_answer(data):
                return 0

    def _is_answer(self, data: bytes) -> bool:
        """A raw socket hears every ICMP packet of its peer; the echo reply with our identifier is ours."""
        message = data[(data[0] & 0xF) * 4 :] if self.family.raw_header else data
        kind, _code, _checksum, identifier = struct.unpack_from("!BBHH", message)
        return (kind, identifier) == (self.family.echo_reply, self.flow.source_port)

    def _ttl_ran_out(self) -> bool:
        """Whether the error that came in was ICMP time exceeded (struct sock_extended_err in the error queue)."""
        try:
            ancillary = self.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)[1]
        except BlockingIOError:
            return False
        for level, kind, data in ancillary:
            if (level, kind) == (self.family.level, self.family.receive_errors):
                _number, origin, icmp_type = struct.unpack_from("=IBB", data)
                return (origin, icmp_type) == (self.family.origin, self.family.time_exceeded)
        return False

    def close(self) -> None:
        """End the flow at once, a TCP connection with a reset, so that its ports are free again."""
        self.socket.close()


def _echo_request(flow: Flow, kind: int) -> bytes:
    """The message with its checksum, which the kernel replaces by its own for ICMPv6."""
    body = struct.pack("!BBHHH", kind, 0, 0, flow.source_port, 1) + b"\0" * flow.payload
    words = struct.unpack(f"!{len(body + b'0') // 2}H", body + b"\0" * (len(body) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return body[:2] + struct.pack("!H", ~total & 0xFFFF) + body[4:]


class Listener:
    """One real socket of one IP version in the place of one of the network's."""

    def __init__(self, namespace: str, kernel_namespace: str, socket_: Socket, version: int) -> None:
        self.namespace = namespace
        self.protocol = socket_.protocol
        self.connections: list[socket.socket] = []
        family = FAMILIES[version]
        kind = socket.SOCK_STREAM if socket_.protocol is Protocol.TCP else socket.SOCK_DGRAM
        with inside(kernel_namespace):
            self.socket = socket.socket(family.number, kind)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if version == 6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind((str(socket_.address or ""), socket_.port))
        if self.protocol is Protocol.TCP:
            self.socket.listen(16)
        else:
            self.socket.setsockopt(family.level, family.service, ANSWER_TOS)
            self.socket.setsockopt(family.level, RECEIVE_PACKET_INFO[version], 1)

    def fileno(self) -> int:
        return self.socket.fileno()

    def read(self) -> Iterator[Served]:
        """Take what is waiting: accept each connection, answer each datagram with as many bytes."""
        while True:
            try:
                if self.protocol is Protocol.TCP:
                    connection, peer = self.socket.accept()
                    self.connections.append(connection)
                else:
                    peer = self._answer_datagram()
            except BlockingIOError:
                return
            yield Served(self.namespace, peer[0], peer[1])

    def _answer_datagram(self) -> tuple[str, int]:
        """Send a datagram back from the address that it came to, as servers on machines with several do."""
        data, information, _flags, peer = self.socket.recvmsg(65536, 128)
        back = []
        for level, kind, content in information:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                back.append((level, kind, struct.pack("=I4s4s", 0, content[8:12], bytes(4))))
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                back.append((level, kind, content[:16] + bytes(4)))
        self.socket.sendmsg([data], back, 0, peer)
        return peer[0], peer[1]

    def hang_up(self) -> None:
        """Forget the connections of the flow before."""
        while self.connections:
            self.connections.pop().close()


def open_listeners(sockets: Iterable[tuple[str, Socket]], names: dict[str, str]) -> list[Listener]:
    """Listeners for each (namespace, socket) of TCP or UDP; ``names`` maps to the kernel's namespaces."""
    return [
        Listener(namespace, names[namespace], listening, version)
        for namespace, listening in sockets
        if listening.protocol in (Protocol.TCP, Protocol.UDP)
        for version in ((4, 6) if listening.address is None else (listening.address.version,))
    ]
