"""``explain``: why the network policies allow or deny a connection."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_files, add_json, as_json, cluster_of
from netsim.policy.explanation import PARTY_FORMS, explain
from netsim.tools.explaintext import explanation_document, explanation_text

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --from pod/shop/web-0 --to pod/shop/db-0:5432
  %(prog)s shop.yaml --from 203.0.113.50 --to pod/shop/web-0:8080 --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=PARTY_FORMS)
    parser.add_argument("--to", dest="destination", required=True, metavar="DESTINATION[:PORT]", help=PARTY_FORMS)
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    found = explain(cluster_of(options), options.source, options.destination, options.protocol)
    return as_json(explanation_document(found)) if options.json else explanation_text(found)


COMMAND = Command("explain", "why the network policies allow or deny a connection", EXAMPLES, _add_arguments, _run)
