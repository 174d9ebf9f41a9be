"""The programs that are installed on the cluster's machines, and how a line of words runs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netsim.errors import NetsimError
from netsim.tools import (
    bridge,
    conntrack,
    curl,
    dig,
    files,
    ip,
    netcat,
    nslookup,
    ping,
    rulesets,
    sockets,
    tcpdump,
    traceroute,
)
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

Program = Callable[[Machine, list[str]], Output]

INSTALLED: Mapping[str, Program] = {
    "arp": files.arp,
    "bridge": bridge.run,
    "cat": files.cat,
    "conntrack": conntrack.run,
    "curl": curl.run,
    "dig": dig.run,
    "hostname": files.hostname,
    "ip": ip.run,
    "ip6tables": rulesets.ip6tables,
    "ip6tables-save": rulesets.ip6tables_save,
    "ipset": rulesets.ipset,
    "iptables": rulesets.iptables,
    "iptables-save": rulesets.iptables_save,
    "ipvsadm": rulesets.ipvsadm,
    "nc": netcat.run,
    "nft": rulesets.nft,
    "nslookup": nslookup.run,
    "ping": ping.run,
    "ss": sockets.run,
    "sysctl": files.sysctl,
    "tcpdump": tcpdump.run,
    "tracepath": traceroute.tracepath,
    "traceroute": traceroute.run,
}
"""What every Pod and node has."""


def program_of(programs: Mapping[str, Program], name: str) -> Program | None:
    """A program by its name or its path; None where it is not installed."""
    return programs.get(name.rpartition("/")[2])


def run_program(program: Program, machine: Machine, name: str, words: list[str]) -> Output:
    """What is wrong with the words is a message and an exit code."""
    try:
        return program(machine, words)
    except UsageError as error:
        return Output(error.text, error.exit_code)
    except NetsimError as error:
        return Output(f"{name}: {error}\n", 1)
