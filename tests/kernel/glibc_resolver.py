"""glibc's resolver in a network and mount namespace of its own, before a name server that says what it is told.

Run as a program inside ``lab.isolated``: reads cases as JSON on standard input, writes what each name server was
asked, in order.
"""

from __future__ import annotations

import contextlib
import json
import platform
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.kernel import lab

PROJECT = Path(__file__).resolve().parents[2]
TYPES = {1: "A", 28: "AAAA"}
RCODES = {"NOERROR": 0, "NODATA": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
TRUNCATED = 0x0200
PLAIN_UDP_SIZE = 512


def why_not() -> str | None:
    """Why this machine has no resolver to compare with, or None when it has."""
    if platform.libc_ver()[0] != "glibc" or shutil.which("getent") is None:
        return "the C library is not glibc"
    return lab.why_not()


def ask(cases: list[dict]) -> list[list[list[str]]]:
    """For each case the questions as [name, type, protocol], in the order in which they came."""
    done = subprocess.run(
        lab.isolated([sys.executable, "-m", "tests.kernel.glibc_resolver"]), cwd=PROJECT,
        input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


class NameServer:
    """Listens on UDP and TCP; ``answers`` maps "name type" to an rcode and addresses; the rest is NXDOMAIN."""

    def __init__(self, address: str, answers: dict[str, list], heard: list, silent: bool) -> None:
        self.answers, self.heard, self.silent = answers, heard, silent
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 53))
        self.tcp = socket.create_server((address, 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Free the address: a thread that is still inside a call of a socket keeps it."""
        with contextlib.suppress(OSError):  # it was never connected, and hears it all the same
            self.udp.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for listener in (self.udp, self.tcp):
            listener.close()

    def serve(self) -> None:
        """Datagrams first: what was sent before a connection began is heard before what is asked over it."""
        connections: list[socket.socket] = []
        while True:
            ready = select.select([self.udp, self.tcp, *connections], [], [])[0]
            if self.udp in ready:
                query, client = self.udp.recvfrom(2000)
                if not query:  # what a socket that is shut down hears
                    break
                if answer := self.answer(query, "udp"):
                    self.udp.sendto(answer, client)
            elif self.tcp in ready:
                connections.append(self.tcp.accept()[0])
            elif not self.serve_connection(ready[0]):
                connections.remove(ready[0])
        for connection in connections:
            connection.close()

    def serve_connection(self, connection: socket.socket) -> bool:
        """Answers one question. False where the client is gone."""
        prefix = connection.recv(2)
        if not prefix:
            connection.close()
            return False
        if answer := self.answer(connection.recv(struct.unpack("!H", prefix)[0]), "tcp"):
            connection.sendall(struct.pack("!H", len(answer)) + answer)
        return True

    def answer(self, query: bytes, protocol: str) -> bytes | None:
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = ".".join(labels), struct.unpack("!H", query[at + 1 : at + 3])[0]
        self.heard.append([name, TYPES[kind], protocol])
        if self.silent:
            return None
        rcode, addresses = self.answers.get(f"{name} {TYPES[kind]}", ["NXDOMAIN", []])
        family = socket.AF_INET if kind == 1 else socket.AF_INET6
        data = [socket.inet_pton(family, address) for address in addresses]
        records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 5, len(each)) + each for each in data)
        whole = self.message(query, at + 5, RCODES[rcode], len(data), records)
        if protocol == "udp" and len(whole) > PLAIN_UDP_SIZE:
            return self.message(query, at + 5, RCODES[rcode] | TRUNCATED, 0, b"")
        return whole

    def message(self, query: bytes, end: int, flags: int, count: int, records: bytes) -> bytes:
        return query[:2] + struct.pack("!HHHHH", 0x8180 | flags, 1, count, 0, 0) + query[12:end] + records


def run(case: dict, resolv_conf: Path) -> list[list[str]]:
    resolv_conf.write_text(case["resolv_conf"])
    heard: list[list[str]] = []
    servers = [NameServer(address, case["answers"], heard, address in case["silent"]) for address in case["listening"]]
    subprocess.run(["getent", "ahosts", case["name"]], capture_output=True, check=False, timeout=20)
    for server in servers:
        server.close()
    return heard


def main() -> None:
    cases = json.load(sys.stdin)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", "fd00::1/128", "dev", "lo", "nodad"], check=True)
    for address in sorted({"192.0.2.1"} | {address for case in cases for address in case["nameservers"]}):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    with tempfile.NamedTemporaryFile("w") as file:
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        json.dump([run(case, Path(file.name)) for case in cases], sys.stdout)


if __name__ == "__main__":
    main()
