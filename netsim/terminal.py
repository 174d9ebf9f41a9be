"""A shell prompt on a machine of the cluster: the programs that people type, over the engine's state.

    terminal = netsim.Terminal(simulation, "pod/ops/probe")
    terminal.run("curl -s http://web.shop").text
    terminal.on("node/n1").run("tcpdump -ni cni0 port 53").text

There is no shell: a line is one program and its words, quoted as a shell would read them. Programs of one terminal, and
of those made from it with ``on``, share what kernels remember (conntrack entries, path MTUs) and what was captured.
There is no clock either: every time that a program prints is ``MILLISECONDS_PER_HOP`` for each hop of a trace.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from netsim.errors import NetsimError
from netsim.simulation import Session, Simulation
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
from netsim.tools.machine import Machine, Output, Record
from netsim.tools.options import UsageError

MAX_LINE = 1000
"""Characters of one line."""

Program = Callable[[Machine, list[str]], Output]

PROGRAMS: Mapping[str, Program] = {
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
"""What can be typed, besides ``help``."""


class Terminal:
    """One prompt: on ``pod/NAMESPACE/NAME``, ``node/NAME`` or ``external``."""

    def __init__(self, simulation: Simulation, where: str, session: Session | None = None) -> None:
        """``session`` is that of earlier probes, if they shall be remembered. NetsimError without such a machine."""
        self._machine = Machine(session or simulation.session(), where, Record())

    def on(self, where: str) -> Terminal:
        """A prompt elsewhere in the same session. NetsimError without such a machine."""
        terminal = object.__new__(Terminal)
        terminal._machine = self._machine.elsewhere(where)
        return terminal

    def run(self, line: str) -> Output:
        """Run one line. What is wrong with it is a message and an exit code, as in a shell; no exception."""
        try:
            words = shlex.split(line[: MAX_LINE + 1])
        except ValueError as error:
            return Output(f"sh: syntax error: {error}\n", 2)
        if len(line) > MAX_LINE:
            return Output(f"sh: the line is longer than {MAX_LINE} characters\n", 2)
        return self.run_words(words)

    def run_words(self, words: list[str]) -> Output:
        """Run one program with its words."""
        if not words:
            return Output("")
        name, *rest = words
        if name == "help":
            return Output("Programs: " + ", ".join(sorted(PROGRAMS)) + "\n")
        program = PROGRAMS.get(name.rpartition("/")[2])
        if program is None:
            return Output(f"sh: {name}: not found\n", 127)
        try:
            return program(self._machine, rest)
        except UsageError as error:
            return Output(error.text, error.exit_code)
        except NetsimError as error:
            return Output(f"{name}: {error}\n", 1)
