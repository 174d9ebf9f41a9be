"""``faults``: the catalogue of what can be broken by name."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_json, as_json
from netsim.errors import NetsimError
from netsim.faults import CATALOGUE
from netsim.faults.kinds import FaultKind

EXAMPLES = """\
examples:
  %(prog)s
  %(prog)s selector-typo

A fault is applied in the ClusterNetwork document: spec.faults: [selector-typo, {name: ip-forward-off, node: n2}]
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="tell all about this one")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    if options.name is None:
        kinds = sorted(CATALOGUE.values(), key=lambda kind: kind.number)
        if options.json:
            return as_json({"faults": [_document(kind) for kind in kinds]})
        return "".join(f"F{kind.number:<3} {kind.name:24} {kind.title}\n" for kind in kinds)
    if options.name not in CATALOGUE:
        raise NetsimError(f"no fault {options.name!r}; without a name all are listed")
    kind = CATALOGUE[options.name]
    return as_json(_document(kind)) if options.json else _text(kind)


def _document(kind: FaultKind) -> dict[str, object]:
    return {
        "number": kind.number, "name": kind.name, "title": kind.title, "symptom": kind.symptom,
        "remedy": kind.remedy, "options": dict(kind.options),
    }  # fmt: skip


def _text(kind: FaultKind) -> str:
    lines = [f"F{kind.number} {kind.name}: {kind.title}", f"  symptom  {kind.symptom}", f"  remedy   {kind.remedy}"]
    lines += [f"  option   {name}: {meaning}" for name, meaning in kind.options.items()]
    return "\n".join(lines) + "\n"


COMMAND = Command("faults", "list what can be broken by name, or tell all about one", EXAMPLES, _add_arguments, _run)
