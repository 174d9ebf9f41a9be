"""Small programs: ``cat`` of the files that matter to the network, ``hostname``, ``sysctl``, ``arp``."""

from __future__ import annotations

from netsim.tools.machine import Machine, NeighbourEntry, Output
from netsim.tools.options import UsageError, parse


def cat(machine: Machine, words: list[str]) -> Output:
    """``/etc/resolv.conf``, ``/etc/hosts``, ``/etc/hostname`` and what is under ``/proc/sys``."""
    text, missing = "", False
    for name in words:
        content = _content(machine, name)
        missing = missing or content is None
        text += f"cat: {name}: No such file or directory\n" if content is None else content
    return Output(text, 1 if missing else 0)


def _content(machine: Machine, name: str) -> str | None:
    match name:
        case "/etc/resolv.conf":
            return machine.resolv_conf.text
        case "/etc/hosts":
            return machine.hosts_file.text
        case "/etc/hostname":
            return f"{machine.hostname}\n"
        case _ if name.startswith("/proc/sys/"):
            value = machine.kernel.sysctls.get(_key(machine, name.removeprefix("/proc/sys/")))
            return None if value is None else f"{value}\n"
        case _:
            return None


def _key(machine: Machine, path: str) -> str:
    """The sysctl of a path or name: where a device's name has dots, slashes separate."""
    dotted = path.replace("/", ".")
    return next((key for key in machine.kernel.sysctls if key in (path, dotted)), dotted)


def hostname(machine: Machine, words: list[str]) -> Output:
    options = parse("hostname", words, "Iif", ("all-ip-addresses", "fqdn"), exit_code=4)
    if options.any("-I", "--all-ip-addresses"):
        addresses = [
            str(address.ip)
            for interface in machine.kernel.interfaces.values()
            for address in interface.addresses
            if not (address.ip.is_loopback or address.ip.is_link_local)
        ]
        return Output("".join(f"{address} " for address in addresses) + "\n")
    if options.any("-i"):
        found = machine.hosts_file.addresses(machine.hostname)
        return Output(" ".join(str(address) for address in found) + "\n")
    return Output(f"{machine.hostname}\n")


def sysctl(machine: Machine, words: list[str]) -> Output:
    options = parse("sysctl", words, "anw", ("all", "values"), exit_code=1)
    known = machine.kernel.sysctls
    if any("=" in word for word in options.operands) or "-w" in options:
        raise UsageError("sysctl: permission denied: state is changed by faults and planners here, not by hand", 255)
    wanted = sorted(known) if options.any("-a", "--all") else options.operands
    lines, missing = [], False
    for name in wanted:
        key = _key(machine, name)
        if key not in known:
            missing = True
            path = key.replace(".", "/")
            lines.append(f"sysctl: cannot stat /proc/sys/{path}: No such file or directory")
        else:
            lines.append(str(known[key]) if options.any("-n", "--values") else f"{key} = {known[key]}")
    return Output("".join(f"{line}\n" for line in lines), 1 if missing else 0)


def arp(machine: Machine, words: list[str]) -> Output:
    parse("arp", words, "an", exit_code=4)
    entries = [entry for entry in machine.neighbours() if entry.address.version == 4]
    heading = "Address                  HWtype  HWaddress           Flags Mask            Iface"
    rows = [_arp_row(entry) for entry in entries]
    return Output("".join(f"{line}\n" for line in ([heading, *rows] if rows else [])))


def _arp_row(entry: NeighbourEntry) -> str:
    if entry.mac is None:
        return f"{entry.address!s:<24} {'':<7} {'(incomplete)':<41} {entry.device}"
    flags = "CM" if entry.state == "PERMANENT" else "C"
    return f"{entry.address!s:<24} {'ether':<7} {entry.mac:<19} {flags:<21} {entry.device}"
