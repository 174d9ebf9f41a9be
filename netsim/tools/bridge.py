"""``bridge`` of iproute2: forwarding entries and ports."""

from __future__ import annotations

from netsim.tools.ip_links import called
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError


def run(machine: Machine, words: list[str]) -> Output:
    words = [word for word in words if word not in ("-d", "-s", "show")]
    device = words[words.index("dev") + 1] if "dev" in words[:-1] else ""
    bridge = words[words.index("br") + 1] if "br" in words[:-1] else ""
    match words[:1]:
        case ["fdb"]:
            return Output(_fdb(machine, device, bridge))
        case ["link"]:
            return Output(_links(machine, device))
        case [name]:
            raise UsageError(f'Object "{name}" is unknown, try "bridge help".', 1)
        case _:
            raise UsageError("Usage: bridge { link | fdb } [ show ] [ br NAME ] [ dev NAME ]", 255)


def _fdb(machine: Machine, device: str, bridge: str) -> str:
    """Of each port its own address and what was learned behind it in this session; then the entries of tunnels."""
    kernel = machine.kernel
    learned = machine.learned_stations()
    lines: list[str] = []
    for port in kernel.interfaces.values():
        if port.master is None or device not in ("", port.name) or bridge not in ("", port.master):
            continue
        lines.append(f"{port.mac} dev {port.name} master {port.master} permanent")
        lines += [f"{mac} dev {port.name} master {port.master}" for mac, behind in learned if behind == port.name]
    lines += [
        f"{entry.mac} dev {entry.device} dst {entry.remote} self permanent"
        for entry in kernel.fdb.values()
        if device in ("", entry.device) and not bridge
    ]
    return "".join(f"{line}\n" for line in lines)


def _links(machine: Machine, device: str) -> str:
    lines: list[str] = []
    for index, interface in enumerate(machine.kernel.interfaces.values(), start=1):
        if interface.master is None or device not in ("", interface.name):
            continue
        state = "forwarding" if interface.up else "disabled"
        flags = "BROADCAST,MULTICAST,UP,LOWER_UP" if interface.up else "BROADCAST,MULTICAST"
        lines.append(
            f"{index}: {called(machine, interface)}: <{flags}> mtu {interface.mtu} master {interface.master} "
            f"state {state} priority 32 cost 2 "
        )
    return "".join(f"{line}\n" for line in lines)
