"""A connection through DNAT whose server sends a segment from beyond the window, for real.

c 10.1.0.2 ── n (10.96.0.1:80 → 10.2.0.2:8080) ── s 10.2.0.2

Run in a network namespace of its own; prints JSON: from where the segment reached the client, and how its next write
ended. The arguments are the commands that change n.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import subprocess
import sys

from tests.kernel.namespaces import inside

CLIENT, SERVER, SERVICE = "10.1.0.2", "10.2.0.2", "10.96.0.1"
BEYOND = 50_000_000
PSH_ACK = 0x18
PATIENCE = 0.3
"""Seconds."""

TOPOLOGY = f"""
ip netns add c; ip netns add n; ip netns add s
ip link add c0 netns c type veth peer name toc netns n
ip link add s0 netns s type veth peer name tos netns n
ip -n c addr add {CLIENT}/24 dev c0; ip -n n addr add 10.1.0.1/24 dev toc
ip -n s addr add {SERVER}/24 dev s0; ip -n n addr add 10.2.0.1/24 dev tos
for link in c:c0 n:toc n:tos s:s0; do ip -n ${{link%:*}} link set ${{link#*:}} up; done
ip -n c route add default via 10.1.0.1; ip -n s route add default via 10.2.0.1
ip netns exec n sysctl -qw net.ipv4.ip_forward=1
ip netns exec n iptables -t nat -A PREROUTING -p tcp -d {SERVICE} --dport 80 -j DNAT --to-destination {SERVER}:8080
"""


def main(changes: list[str]) -> None:
    for script in (TOPOLOGY, *(f"ip netns exec n {change}" for change in changes)):
        subprocess.run(["sh", "-ec", script], check=True)
    with inside("s"):
        listener = socket.create_server((SERVER, 8080))
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    with inside("c"):
        client = socket.socket()
        watch = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
    client.settimeout(PATIENCE)
    client.connect((SERVICE, 80))
    accepted, (_, port) = listener.accept()
    server_sequence, client_sequence = _sequences(tap, port)
    raw.sendto(_segment(8080, port, server_sequence + BEYOND, client_sequence), (CLIENT, 0))
    sys.stdout.write(json.dumps({"from": _source(watch), "then": _write(client, accepted)}))


def _packets(tap: socket.socket) -> list[bytes]:
    found = []
    while select.select([tap], [], [], PATIENCE)[0]:
        found.append(tap.recv(2048))
    return found


def _sequences(tap: socket.socket, port: int) -> tuple[int, int]:
    """The next sequence numbers of the server and of the client, from the SYN,ACK."""
    for packet in _packets(tap):
        if packet[9] == 6 and struct.unpack_from("!H", packet, 22)[0] == port and packet[33] == 0x12:
            sequence, acknowledged = struct.unpack_from("!II", packet, 24)
            return sequence + 1, acknowledged
    raise RuntimeError("no SYN,ACK was seen")


def _segment(source_port: int, destination_port: int, sequence: int, acknowledged: int) -> bytes:
    numbers = (source_port, destination_port, sequence % 2**32, acknowledged, 5 << 4, PSH_ACK, 1000)
    body = struct.pack("!HHIIBBHHH", *numbers, 0, 0) + b"late"
    pseudo = socket.inet_aton(SERVER) + socket.inet_aton(CLIENT) + struct.pack("!BBH", 0, 6, len(body))
    total = sum(struct.unpack(f"!{(len(pseudo) + len(body)) // 2}H", pseudo + body))
    folded = (total & 0xFFFF) + (total >> 16)
    return body[:16] + struct.pack("!H", ~(folded + (folded >> 16)) & 0xFFFF) + body[18:]


def _source(watch: socket.socket) -> str | None:
    """Where the segment seems to come from, at the client."""
    for packet in _packets(watch):
        if packet[9] == 6 and packet[33] == PSH_ACK and packet[12:16] != socket.inet_aton(CLIENT):
            return f"{socket.inet_ntoa(packet[12:16])}:{struct.unpack_from('!H', packet, 20)[0]}"
    return None


def _write(client: socket.socket, accepted: socket.socket) -> str:
    """What becomes of the client's next segment."""
    try:
        client.send(b"more")
        accepted.settimeout(PATIENCE)
        if accepted.recv(10) == b"more":
            return "connected"
    except ConnectionResetError:
        pass
    try:
        client.recv(10)
    except ConnectionResetError:
        return "reset"
    return "connected, then stalled"


if __name__ == "__main__":
    main(sys.argv[1:])
