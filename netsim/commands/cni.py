"""``cni``: run a CNI configuration list as a container runtime does."""

from __future__ import annotations

import argparse

from netsim.cni.protocol import Attachment
from netsim.commands.command import Command, add_json, as_json, read
from netsim.errors import NetsimError
from netsim.tools.cni import run_commands, runs_document, runs_text

EXAMPLES = """\
examples:
  %(prog)s 10-bridge.conflist ADD
  %(prog)s 10-bridge.conflist ADD CHECK DEL --container c1 --args IP=10.1.0.7 --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="CONFLIST", help="a network configuration list; - is standard input")
    parser.add_argument("commands", nargs="+", metavar="COMMAND", help="ADD, DEL, CHECK, STATUS, GC, VERSION")
    parser.add_argument("--container", default="c1", metavar="ID", help="CNI_CONTAINERID")
    parser.add_argument("--netns", metavar="PATH", help="CNI_NETNS; the runtime has made it before")
    parser.add_argument("--interface", default="eth0", metavar="NAME", help="CNI_IFNAME")
    parser.add_argument("--args", dest="arguments", default="", metavar="K=V;…", help="CNI_ARGS, such as IP=10.1.0.7")
    parser.add_argument("--put", action="append", default=[], metavar="PATH=FILE",
                        help="a file of the machine, such as /run/flannel/subnet.env=FILE")  # fmt: skip
    add_json(parser)


def _file(given: str) -> tuple[str, str]:
    path, equals, local = given.partition("=")
    if not equals:
        raise NetsimError(f"--put: {given!r} is not PATH=FILE")
    return path, read(local)[1]


def _run(options: argparse.Namespace) -> str:
    netns = options.netns or f"/var/run/netns/{options.container}"
    attachment = Attachment(options.container, netns, options.interface, options.arguments)
    files = dict(_file(given) for given in options.put)
    runs = run_commands(*read(options.file), options.commands, attachment, files)
    return as_json(runs_document(runs)) if options.json else runs_text(runs)


COMMAND = Command(
    "cni", "run a CNI configuration list, and show the JSON that goes in and out", EXAMPLES, _add_arguments, _run
)
