"""``reach``: which Pods may open a connection to which."""

from __future__ import annotations

import argparse
import json

from netsim.commands.command import Command, add_files, cluster_of
from netsim.policy.reachability import Reachability, reach_question
from netsim.tools.reachtext import reach_csv, reach_document, reach_text

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --port 80
  %(prog)s shop.yaml --port http --csv > matrix.csv
  %(prog)s shop.yaml --protocol icmp --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("--port", default="", help="a number, or the name that the destination Pods give to a port")
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp, which has no port")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="pods, and allowed[i][j]: true, false or null (undefined)")
    form.add_argument("--csv", action="store_true", help="true, false or nothing (undefined)")


def _run(options: argparse.Namespace) -> str:
    protocol, port = reach_question(options.protocol, options.port)
    reach = Reachability(cluster_of(options))
    if options.csv:
        return reach_csv(reach, protocol, port)
    if options.json:
        return json.dumps(reach_document(reach, protocol, port)) + "\n"
    return reach_text(reach, protocol, port)


COMMAND = Command(
    "reach", "which Pods may open a connection to which, by the network policies", EXAMPLES, _add_arguments, _run
)
