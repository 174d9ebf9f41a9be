"""``dns``: look a name up, query by query."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_json, as_json, simulation_of
from netsim.errors import NetsimError
from netsim.kubernetes.dns.message import RecordType
from netsim.probe import SOURCE_FORMS
from netsim.resolver import ADDRESSES, Resolver
from netsim.tools.resolutions import resolution_document, resolution_text

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --from pod/shop/api-0 web
  %(prog)s shop.yaml --from pod/shop/api-0 _http._tcp.web.shop.svc.cluster.local. --type SRV
  %(prog)s shop.yaml --from pod/ops/probe example.com --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s FILE… --from SOURCE QUERY [--type TYPE] [--json]"
    parser.add_argument(
        "files", nargs="+", metavar="FILE… QUERY", help="YAML manifests, and last a name as typed; a final dot ends it"
    )
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=SOURCE_FORMS)
    types = [str(each) for each in RecordType]
    parser.add_argument("--type", choices=types, help="default: A and AAAA, as programs ask")
    parser.add_argument(
        "--simultaneous", action="store_true", help="A and AAAA meet conntrack at the same time, on two processors"
    )
    add_json(parser)
    parser.set_defaults(ends_with_query=True)


def _run(options: argparse.Namespace) -> str:
    *options.files, name = options.files
    if not options.files:
        raise NetsimError("FILE… QUERY: a file and a name are needed")
    simulation = simulation_of(options)
    resolver = Resolver(simulation.session(), simulation.cluster, options.source, simultaneous=options.simultaneous)
    types = ADDRESSES if options.type is None else (RecordType(options.type),)
    resolution = resolver.lookup(name, types)
    return as_json(resolution_document(resolution)) if options.json else resolution_text(resolution)


COMMAND = Command("dns", "look a name up: every query, its way and its answer", EXAMPLES, _add_arguments, _run)
