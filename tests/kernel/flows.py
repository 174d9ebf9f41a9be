"""Real traffic: one client that opens one flow, and the listeners of all namespaces."""

from __future__ import annotations

import errno
import selectors
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from netsim.linux.namespace import Socket
from netsim.packet import IcmpKind, Protocol
from tests.kernel.decoding import ANSWER_TOS, decode_ip
from tests.kernel.namespaces import inside

IP_MTU_DISCOVER, PMTUDISC_DO = 10, 2
IP_RECVERR = 11
TIME_EXCEEDED = 11
ERROR_FROM_ICMP = 2

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
    """What the client does. ``source_port`` is an ICMP echo's identifier; ``payload`` is bytes of application data."""

    namespace: str
    protocol: Protocol
    source_port: int
    destination: IPv4Address
    destination_port: int
    ttl: int = 64
    payload: int = 0
    dont_fragment: bool = False


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
        self.error: int | None = None
        kind = {Protocol.TCP: socket.SOCK_STREAM, Protocol.UDP: socket.SOCK_DGRAM}.get(flow.protocol, socket.SOCK_RAW)
        protocol = socket.IPPROTO_ICMP if flow.protocol is Protocol.ICMP else 0
        with inside(namespace):
            self.socket = socket.socket(socket.AF_INET, kind, protocol)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, flow.ttl)
        self.socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
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
            self.socket.bind(("", flow.source_port))
            result = self.socket.connect_ex(target)
            self.error = None if result == errno.EINPROGRESS else result
            return
        if flow.dont_fragment:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)
        if flow.protocol is Protocol.UDP:
            self.socket.bind(("", flow.source_port))
        message = b"\0" * flow.payload if flow.protocol is Protocol.UDP else _echo_request(flow)
        try:
            self.socket.connect(target)
            self.socket.send(message)
        except OSError as failure:
            self.error = failure.errno

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
        return 0

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
        decoded = decode_ip(data)
        icmp = None if decoded is None else decoded.packet.transport
        return getattr(icmp, "kind", None) is IcmpKind.ECHO_REPLY and getattr(icmp, "identifier", 0) == (
            self.flow.source_port
        )

    def _ttl_ran_out(self) -> bool:
        """Whether the error that came in was ICMP time exceeded (struct sock_extended_err in the error queue)."""
        try:
            ancillary = self.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)[1]
        except BlockingIOError:
            return False
        for level, kind, data in ancillary:
            if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
                _number, origin, icmp_type = struct.unpack_from("=IBB", data)
                return origin == ERROR_FROM_ICMP and icmp_type == TIME_EXCEEDED
        return False

    def close(self) -> None:
        """End the flow at once, a TCP connection with a reset, so that its ports are free again."""
        self.socket.close()


def _echo_request(flow: Flow) -> bytes:
    body = struct.pack("!BBHHH", 8, 0, 0, flow.source_port, 1) + b"\0" * flow.payload
    words = struct.unpack(f"!{len(body + b'0') // 2}H", body + b"\0" * (len(body) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return body[:2] + struct.pack("!H", ~total & 0xFFFF) + body[4:]


class Listener:
    """One real socket in the place of one of the network's."""

    def __init__(self, namespace: str, kernel_namespace: str, socket_: Socket) -> None:
        self.namespace = namespace
        self.protocol = socket_.protocol
        kind = socket.SOCK_STREAM if socket_.protocol is Protocol.TCP else socket.SOCK_DGRAM
        with inside(kernel_namespace):
            self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((str(socket_.address or ""), socket_.port))
        if self.protocol is Protocol.TCP:
            self.socket.listen(16)
        else:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, ANSWER_TOS)

    def fileno(self) -> int:
        return self.socket.fileno()

    def read(self) -> Iterator[Served]:
        """Take what is waiting: close each connection, answer each datagram with as many bytes."""
        while True:
            try:
                if self.protocol is Protocol.TCP:
                    connection, peer = self.socket.accept()
                    connection.close()
                else:
                    data, peer = self.socket.recvfrom(65536)
                    self.socket.sendto(data, peer)
            except BlockingIOError:
                return
            yield Served(self.namespace, peer[0], peer[1])


def open_listeners(sockets: Iterable[tuple[str, Socket]], names: dict[str, str]) -> list[Listener]:
    """A listener for each (namespace, socket) of TCP or UDP over IPv4; ``names`` maps to the kernel's namespaces."""
    return [
        Listener(namespace, names[namespace], listening)
        for namespace, listening in sockets
        if listening.protocol in (Protocol.TCP, Protocol.UDP)
        and (listening.address is None or listening.address.version == 4)
    ]
