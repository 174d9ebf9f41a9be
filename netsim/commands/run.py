"""``run``: ping, curl, dig, ip, tcpdump and the like, typed on a Pod or a node."""

from __future__ import annotations

import argparse
import sys

from netsim.commands.command import Command, add_files, simulation_of
from netsim.terminal import Terminal
from netsim.tools.machine import Output

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --on pod/ops/probe -- ping -c 1 web.shop
  %(prog)s shop.yaml --on node/n1 -- iptables -t nat -L KUBE-SERVICES -n
  %(prog)s shop.yaml --on operator -- kubectl get pods -A -o wide
  printf 'curl -s web.shop\\non node/n1\\ntcpdump -ni cni0\\n' | %(prog)s shop.yaml --on pod/ops/probe

Without a program the lines of standard input are run in turn: they share conntrack entries and what tcpdump shows.
A line "on MACHINE" goes to another machine. The exit code is that of the last program; "-- help" lists them all.
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s FILE… --on MACHINE [-- PROGRAM WORD…]"
    add_files(parser)
    parser.add_argument(
        "--on", required=True, metavar="MACHINE", help="pod/NAMESPACE/NAME, node/NAME, external or operator"
    )
    parser.set_defaults(takes_program=True)


def _run(options: argparse.Namespace) -> Output:
    terminal = Terminal(simulation_of(options), options.on)
    if options.program:
        return terminal.run_words(options.program)
    text, output = "", Output("")
    for line in sys.stdin:
        if line.startswith("on "):
            terminal = terminal.on(line.removeprefix("on ").strip())
            continue
        output = terminal.run(line)
        text += f"$ {line.rstrip()}\n{output.text}"
    return Output(text, output.exit_code)


COMMAND = Command(
    "run", "programs such as ping, curl, dig and tcpdump, typed on a machine", EXAMPLES, _add_arguments, _run
)
