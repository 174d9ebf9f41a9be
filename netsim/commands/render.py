"""``render``: the network as commands for a real kernel."""

from __future__ import annotations

import argparse
from pathlib import Path

from netsim.commands.command import Command, add_files, add_json, as_json, simulation_of
from netsim.errors import NetsimError
from netsim.render import render

EXAMPLES = """\
example:
  %(prog)s shop.yaml -o /tmp/shop && sudo sh /tmp/shop/build.sh
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("-o", dest="directory", type=Path, required=True, metavar="DIR", help="made if need be")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    files = render(simulation_of(options).network)
    try:
        for name, text in files.items():
            path = options.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if text.startswith("#!"):
                path.chmod(0o755)
    except OSError as error:
        raise NetsimError(f"{options.directory}: {error.strerror}") from None
    if options.json:
        return as_json({"directory": str(options.directory), "files": sorted(files)})
    return "".join(f"{options.directory / name}\n" for name in sorted(files))


COMMAND = Command(
    "render", "the network as commands that build it in network namespaces", EXAMPLES, _add_arguments, _run
)
