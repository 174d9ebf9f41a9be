"""``kubectl get``: tables, manifests or names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject
from netsim.kubernetes.parsing.yaml_text import write_documents
from netsim.tools.kubectl.arguments import SWITCH, VALUE, Arguments, Flags
from netsim.tools.kubectl.columns import COLUMNS, Column
from netsim.tools.kubectl.columns_core import labels_text
from netsim.tools.kubectl.endpoints import DEPRECATED
from netsim.tools.kubectl.resources import ENDPOINTS, Resource
from netsim.tools.kubectl.selection import SPACES, Selected, not_found, nothing_found, select
from netsim.tools.kubectl.tables import table
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

FLAGS = Flags(
    "get",
    {
        SPACES: SWITCH, "--selector": VALUE, "--output": VALUE, "--show-labels": SWITCH, "--label-columns": VALUE,
        "--no-headers": SWITCH, "--sort-by": VALUE, "--field-selector": VALUE, "--watch": SWITCH,
    },
    {"-A": SPACES, "-l": "--selector", "-o": "--output", "-L": "--label-columns", "-w": "--watch"},
)  # fmt: skip
FORMATS = ("json", "name", "wide", "yaml")
NOT_HERE = ("--sort-by", "--field-selector", "--watch")
NO_TYPE = """\
You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples
"""


def run(machine: Machine, words: list[str]) -> Output:
    arguments = FLAGS.parse(words)
    check_simulated(arguments)
    if not arguments.operands:
        raise UsageError(NO_TYPE, 1)
    form = arguments.text("--output")
    if form not in ("", *FORMATS):
        allowed = ",".join(FORMATS)
        message = f'error: unable to match a printer suitable for the output format "{form}", allowed formats are: '
        raise UsageError(message + allowed, 1)
    selected = select(machine.cluster, arguments)
    return Output(*_answer(machine.cluster, selected, arguments, form))


def check_simulated(arguments: Arguments) -> None:
    """UsageError for the flags that kubectl has and this one does not."""
    for flag in NOT_HERE:
        if flag in arguments.flags:
            raise UsageError(f"error: {flag} is not simulated here", 1)


def _answer(
    cluster: Cluster, selected: Sequence[Selected], arguments: Arguments, form: str
) -> tuple[str, int]:  # fmt: skip
    missing = "".join(not_found(each.resource, name) for each in selected for name in each.missing)
    warning = DEPRECATED if any(each.resource is ENDPOINTS for each in selected) else ""
    found = [each for each in selected if each.objects]
    if form in ("yaml", "json"):
        return warning + _manifests(found, form, _is_single(selected, arguments)) + missing, _code(missing)
    if not found and not missing:
        return warning + nothing_found(arguments, [each.resource for each in selected]), 0
    if form == "name":
        lines = (f"{each.resource.named(item.name)}\n" for each in found for item in each.objects)
        return warning + "".join(lines) + missing, _code(missing)
    return warning + tables(cluster, found, arguments, prefixed=len(selected) > 1) + missing, _code(missing)


def _code(missing: str) -> int:
    return 1 if missing else 0


def _is_single(selected: Sequence[Selected], arguments: Arguments) -> bool:
    """One object was asked for by its name."""
    names = len(arguments.operands) - (0 if "/" in arguments.operands[0] else 1)
    return names == 1 and len(selected) == 1


def _manifests(found: Sequence[Selected], form: str, single: bool) -> str:
    items = [_sorted(each.resource.write(item)) for each in found for item in each.objects]
    if not items and single:
        return ""
    whole = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    document = items[0] if single else whole
    return f"{json.dumps(document, indent=4)}\n" if form == "json" else write_documents([document])


def _sorted(value: Any) -> Any:
    """Keys in alphabetical order, as the API writes them."""
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value)}
        case list():
            return [_sorted(each) for each in value]
        case _:
            return value


def tables(cluster: Cluster, found: Sequence[Selected], arguments: Arguments, prefixed: bool = False) -> str:
    """One table for each type, with an empty line between; ``prefixed``: names with their type."""
    return "\n".join(table(_rows(cluster, each, arguments, prefixed)) for each in found)


def _rows(cluster: Cluster, selected: Selected, arguments: Arguments, prefixed: bool) -> list[list[str]]:
    wide = arguments.text("--output") == "wide"
    columns = [each for each in COLUMNS[selected.resource.plural] if wide or not each.wide]
    labels = [key for text in arguments.flags.get("--label-columns", []) for key in text.split(",")]
    spaced = SPACES in arguments and selected.resource.namespaced
    heading = ["NAMESPACE"] if spaced else []
    heading += [each.heading for each in columns] + [key.rpartition("/")[2].upper() for key in labels]
    heading += ["LABELS"] if "--show-labels" in arguments else []
    rows = [] if "--no-headers" in arguments else [heading]
    for item in selected.objects:
        cells = [item.namespace] if spaced else []
        cells += [_cell(cluster, each, item, selected.resource, prefixed) for each in columns]
        cells += [item.meta.labels.get(key, "") for key in labels]
        cells += [labels_text(item.meta.labels)] if "--show-labels" in arguments else []
        rows.append(cells)
    return rows


def _cell(cluster: Cluster, column: Column, item: KubernetesObject, resource: Resource, prefixed: bool) -> str:
    if prefixed and column.heading == "NAME":
        return resource.named(item.name)
    return column.cell(cluster, item)
