"""``http``: send one HTTP request and follow it through Ingress, Gateway and mesh."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_files, add_json, as_json, simulation_of
from netsim.errors import NetsimError
from netsim.probe import SOURCE_FORMS
from netsim.requests import URL_FORM, HttpProbe, request_branches, request_document, send_request
from netsim.requests.classes import summarized_requests
from netsim.tools.requesttext import request_class_text, request_text

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --from external --to http://shop.example/cart
  %(prog)s shop.yaml --from external --to https://shop.example/ --connect-to node/n1:30443
  %(prog)s shop.yaml --from pod/ops/probe --to http://api.shop/v2 --method POST --header 'X-Canary: yes' --all-branches
  %(prog)s shop.yaml --from pod/ops/probe --to tcp://db.example:5432

A host that an Ingress or a route publishes leads to the proxy that serves it; other names are looked up.
More than sixteen branches are told by class: those that take the same way to the same end count as one.
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=SOURCE_FORMS)
    parser.add_argument("--to", dest="url", required=True, metavar="URL", help=URL_FORM)
    parser.add_argument("--method", default="GET", help="GET (default), POST …")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="may be repeated")
    parser.add_argument("--connect-to", default="", metavar="HOST[:PORT]", help="dial this instead of the URL's host")
    parser.add_argument("--server-name", default="", metavar="NAME", help="what TLS asks for (default: the host)")
    parser.add_argument("--all-branches", action="store_true", help="every way that random choices can go")
    parser.add_argument("--seed", type=int, default=0, help="decides the random choices (default 0)")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    probe = HttpProbe(
        options.source, options.url, options.method, tuple(map(_header, options.header)),
        options.connect_to, options.server_name, options.seed,
    )  # fmt: skip
    simulation = simulation_of(options)
    if not options.all_branches:
        result = send_request(simulation, probe)
        return as_json(request_document(result)) if options.json else request_text(result)
    classes = summarized_requests(request_branches(simulation, probe))
    if options.json:
        return as_json({"branches": [each.document() for each in classes]})
    return "\n".join(request_class_text(each) for each in classes)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise NetsimError(f"--header: {text!r} is not NAME: VALUE")
    return name.strip(), value.strip()


COMMAND = Command("http", "send one HTTP request through Ingress, Gateway and mesh", EXAMPLES, _add_arguments, _run)
