"""``show``: one part of the kernel's state in a node or a Pod."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_files, add_json, add_place, as_json, namespace_of, simulation_of
from netsim.tools.show import SHOWS, show

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --node n1 routes
  %(prog)s shop.yaml --node n1 iptables > rules.v4
  %(prog)s shop.yaml --pod shop/web-0 links --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    add_place(parser)
    parser.add_argument("what", choices=SHOWS)
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    simulation = simulation_of(options)
    shown = show(namespace_of(simulation, options), options.what)
    return as_json({options.what: shown.items}) if options.json else shown.text


COMMAND = Command("show", "the kernel's state in a node or a Pod", EXAMPLES, _add_arguments, _run)
