"""``ss`` of iproute2: the sockets that listen."""

from __future__ import annotations

from netsim.linux.namespace import Socket
from netsim.packet import Protocol
from netsim.tools.machine import Machine, Output
from netsim.tools.options import parse

SHOWN = {"-t": Protocol.TCP, "-u": Protocol.UDP, "-S": Protocol.SCTP}


def run(machine: Machine, words: list[str]) -> Output:
    options = parse("ss", words, "lntuSap46H", ("listening", "numeric", "tcp", "udp", "processes"), exit_code=255)
    chosen = {protocol for flag, protocol in SHOWN.items() if flag in options}
    chosen |= {Protocol(name) for name in ("tcp", "udp") if f"--{name}" in options}
    protocols = chosen or set(SHOWN.values())
    listening = options.any("-l", "--listening", "-a")
    sockets = [s for s in machine.kernel.sockets if s.protocol in protocols] if listening else []
    rows = [_row(socket, options.any("-p", "--processes")) for socket in sockets]
    heading: tuple[str, ...] = (
        "Netid",
        "State",
        "Recv-Q",
        "Send-Q",
        "Local Address:Port",
        "Peer Address:Port",
        "Process",
    )
    if len(protocols) == 1:
        heading, rows = heading[1:], [row[1:] for row in rows]
    table = [heading, *sorted(rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heading))]
    lines = [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return Output("".join(f"{line}\n" for line in (lines[1:] if "-H" in options else lines)))


def _row(socket: Socket, processes: bool) -> tuple[str, ...]:
    """A datagram socket is never in the state LISTEN."""
    listens = socket.protocol is not Protocol.UDP
    address = "*" if socket.address is None else str(socket.address)
    local = f"[{address}]:{socket.port}" if ":" in address else f"{address}:{socket.port}"
    process = f'users:(("{socket.process}"))' if processes else ""
    state, backlog = ("LISTEN", "4096") if listens else ("UNCONN", "0")
    return str(socket.protocol), state, "0", backlog, local, "*:*", process
