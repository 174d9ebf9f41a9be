"""``trace``: send one packet and follow it."""

from __future__ import annotations

import argparse

from netsim.branching import summarized
from netsim.commands.command import Command, add_files, add_json, as_json, simulation_of
from netsim.probe import DESTINATION_FORMS, SOURCE_FORMS, Probe
from netsim.serialize import exchange_document
from netsim.tools.tracetext import branch_class_text, exchange_text

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --from pod/ops/probe --to svc/shop/web:80
  %(prog)s shop.yaml --from external --to 192.168.1.11:30080 --all-branches
  %(prog)s shop.yaml --from node/n1 --to pod/shop/web-0 --protocol icmp --size 1472 --df
  kubectl get nodes,ns,pods,svc,endpointslices,netpol -A -o yaml | %(prog)s - --from deploy/shop/api --to web.shop:80

More than sixteen branches are told by class: those that take the same way to the same end count as one.
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=SOURCE_FORMS)
    parser.add_argument("--to", dest="destination", required=True, metavar="HOST[:PORT]", help=DESTINATION_FORMS)
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp")
    parser.add_argument("--all-branches", action="store_true", help="every way that random choices can go")
    parser.add_argument("--seed", type=int, default=0, help="decides the random choices (default 0)")
    parser.add_argument("--ttl", type=int, default=64, help="time to live, or hop limit (default 64)")
    parser.add_argument(
        "--size", type=int, default=0, metavar="BYTES", help="payload; with TCP, written once connected (default 0)"
    )
    parser.add_argument(
        "--late-segment", action="store_true", help="with TCP, let the server send a segment from beyond the window"
    )
    parser.add_argument("--df", action="store_true", help="forbid fragments")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    probe = Probe(
        options.source, options.destination, protocol=options.protocol, seed=options.seed,
        ttl=options.ttl, size=options.size, dont_fragment=options.df,
        late_segment=options.late_segment,
    )  # fmt: skip
    simulation = simulation_of(options)
    notices = list(simulation.notices)
    notes = "".join(f"note: {notice}\n" for notice in notices)
    if not options.all_branches:
        exchange = simulation.trace(probe)
        if options.json:
            return as_json(exchange_document(exchange) | {"notices": notices})
        return exchange_text(exchange) + notes
    classes = summarized(simulation.branches(probe))
    if options.json:
        return as_json({"branches": [each.document() for each in classes], "notices": notices})
    return "\n".join(branch_class_text(each) for each in classes) + notes


COMMAND = Command("trace", "send one packet and follow it, there and back", EXAMPLES, _add_arguments, _run)
