"""A shell prompt on a machine of the cluster: the programs that people type, over the engine's state.

    terminal = netsim.Terminal(simulation, "pod/ops/probe")
    terminal.run("curl -s http://web.shop").text
    terminal.on("node/n1").run("tcpdump -ni cni0 port 53").text
    terminal.on("operator").run("kubectl get pods -n shop").text

There is no shell: a line is one program and its words, quoted as a shell would read them, and perhaps the filters that
its output is piped to. What it says of an error stands in its output, so a filter that leaves nothing of that is passed
over. Programs of one terminal, and
of those made from it with ``on``, share what kernels remember (conntrack entries, path MTUs) and what was captured.
There is no clock either: every time that a program prints is ``MILLISECONDS_PER_HOP`` for each hop of a trace.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from netsim.simulation import Session, Simulation
from netsim.tools.filters import FILTERS
from netsim.tools.kubectl import program as kubectl
from netsim.tools.machine import OPERATOR, Machine, Output, Record
from netsim.tools.options import UsageError
from netsim.tools.shell import INSTALLED, Program, program_of, run_program
from netsim.trace import Exchange

MAX_LINE = 1000
"""Characters of one line."""

PROGRAMS: Mapping[str, Program] = {**INSTALLED, "kubectl": kubectl.run}
"""What can be typed in the cluster, besides ``help``."""

OPERATOR_PROGRAMS: Mapping[str, Program] = {"kubectl": kubectl.run}


class Terminal:
    """One prompt: on ``pod/NAMESPACE/NAME``, ``node/NAME`` or ``external``, or on ``operator``.

    That is the reader's own machine, from which only kubectl leads into the cluster.
    """

    def __init__(
        self, simulation: Simulation, where: str, session: Session | None = None, sent: Iterable[Exchange] = ()
    ) -> None:
        """``session`` is that of earlier probes, if they shall be remembered, and ``sent`` is what came of them.

        NetsimError without such a machine.
        """
        self._machine = Machine(session or simulation.session(), where, Record(list(sent)))

    def on(self, where: str) -> Terminal:
        """A prompt elsewhere in the same session. NetsimError without such a machine."""
        terminal = object.__new__(Terminal)
        terminal._machine = self._machine.elsewhere(where)
        return terminal

    def run(self, line: str) -> Output:
        """Run one line. What is wrong with it is a message and an exit code, as in a shell; no exception."""
        if len(line) > MAX_LINE:
            return Output(f"sh: the line is longer than {MAX_LINE} characters\n", 2)
        try:
            words, *piped = _stages(line)
        except ValueError as error:
            return Output(f"sh: syntax error: {error}\n", 2)
        output = self.run_words(words)
        for stage in piped:
            output = _filtered(output, stage)
        return output

    def run_words(self, words: list[str]) -> Output:
        """Run one program with its words."""
        if not words:
            return Output("")
        name, *rest = words
        programs = OPERATOR_PROGRAMS if self._machine.where == OPERATOR else PROGRAMS
        if name == "help":
            return Output(f"Programs: {', '.join(sorted(programs))}\nFilters after |: {', '.join(FILTERS)}\n")
        program = program_of(programs, name)
        if program is None:
            return Output(f"sh: {name}: not found\n" + (_instead(name) if programs is OPERATOR_PROGRAMS else ""), 127)
        return run_program(program, self._machine, name, rest)


def _stages(line: str) -> list[list[str]]:
    """The words of a line between its pipes. ValueError for what only a shell would understand."""
    reader = shlex.shlex(line, posix=True, punctuation_chars="|;<>")
    reader.whitespace_split, reader.commenters = True, ""
    stages: list[list[str]] = [[]]
    for word in reader:
        if word == "|":
            stages.append([])
        elif word == "&&" or (word and set(word) <= set("|;<>")):
            raise ValueError(f"this terminal has no “{word}”: run one program a line, piped to {', '.join(FILTERS)}")
        else:
            stages[-1].append(word)
    if len(stages) > 1 and not all(stages):
        raise ValueError("a program is missing beside “|”")
    return stages


def _filtered(output: Output, words: list[str]) -> Output:
    name, *rest = words
    if name not in FILTERS:
        return Output(f"sh: this terminal pipes to {', '.join(FILTERS)} only, not to {name}\n", 127)
    try:
        found = FILTERS[name](output.text, rest)
    except UsageError as error:
        return Output(error.text, error.exit_code)
    return output if output.exit_code and not found.text else found


def _instead(name: str) -> str:
    """Where to type a program that the operator's machine does not have."""
    if program_of(PROGRAMS, name) is None:
        return ""
    return f"This machine is not in the cluster's network: kubectl exec -n NAMESPACE POD -- {name} ...\n"
