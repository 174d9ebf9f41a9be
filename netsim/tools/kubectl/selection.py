"""Which objects a line asks for: types, names, ``TYPE/NAME``, a namespace and a label selector."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement
from netsim.tools.kubectl.arguments import Arguments
from netsim.tools.kubectl.resources import ALL, Resource, resource_named
from netsim.tools.options import UsageError

REQUIREMENT = re.compile(
    r"(?P<absent>!)?\s*(?P<key>[\w./-]+)\s*"
    r"(?:(?P<sign>==|=|!=)\s*(?P<value>[\w.-]*)|(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?\s*"
)
SPACES = "--all-namespaces"


@dataclass(frozen=True, slots=True)
class Selected:
    """What was found of one resource type; ``missing`` are the names that were asked for and are not there."""

    resource: Resource
    objects: tuple[KubernetesObject, ...]
    missing: tuple[str, ...] = ()


def select(cluster: Cluster, arguments: Arguments) -> tuple[Selected, ...]:
    """UsageError, exit code 1, for a line that kubectl refuses before it asks for any object."""
    wanted = _wanted(arguments.operands)
    everywhere = SPACES in arguments
    if any(names for _, names in wanted):
        _check_names(arguments, everywhere)
    namespace = None if everywhere else arguments.namespace
    selector = parse_selector(arguments.text("--selector"))
    return tuple(_selected(cluster, resource, names, namespace, selector) for resource, names in wanted)


def _selected(
    cluster: Cluster, resource: Resource, names: Sequence[str], namespace: str | None, selector: LabelSelector
) -> Selected:
    found = [each for each in resource.found(cluster, namespace) if selector.matches(each.meta.labels)]
    if not names:
        return Selected(resource, tuple(found))
    by_name = {each.name: each for each in found}
    there = tuple(by_name[name] for name in names if name in by_name)
    return Selected(resource, there, tuple(name for name in names if name not in by_name))


def _wanted(operands: Sequence[str]) -> list[tuple[Resource, list[str]]]:
    """``TYPE[,TYPE…] NAME…`` or ``TYPE/NAME…``."""
    if "/" not in operands[0]:
        types, *names = operands
        mixed = next((name for name in names if "/" in name), None)
        if mixed is not None:
            raise UsageError(SEPARATE, 1)
        words = [each for word in types.split(",") for each in (ALL if word == "all" else (word,))]
        return [(resource_named(word), list(names)) for word in words]
    found: dict[str, tuple[Resource, list[str]]] = {}
    for operand in operands:
        kind, slash, name = operand.partition("/")
        if not slash:
            raise UsageError(f"error: there is no need to specify a resource type as a separate argument: {operand}", 1)
        resource = resource_named(kind)
        found.setdefault(resource.plural, (resource, []))[1].append(name)
    return list(found.values())


SEPARATE = (
    "error: there is no need to specify a resource type as a separate argument when passing arguments in "
    "resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource "
    "resource/<resource_name>'"
)


def _check_names(arguments: Arguments, everywhere: bool) -> None:
    if everywhere:
        raise UsageError("error: a resource cannot be retrieved by name across all namespaces", 1)
    if arguments.text("--selector"):
        raise UsageError("error: name cannot be provided when a selector is specified", 1)


def not_found(resource: Resource, name: str) -> str:
    """The API server's answer, as kubectl prints it."""
    return f'Error from server (NotFound): {resource.qualified} "{name}" not found\n'


def nothing_found(arguments: Arguments, resources: Sequence[Resource]) -> str:
    if SPACES in arguments or not any(each.namespaced for each in resources):
        return "No resources found\n"
    return f"No resources found in {arguments.namespace} namespace.\n"


def parse_selector(text: str) -> LabelSelector:
    """``app=web,tier!=front,zone in (a,b),!canary``; UsageError for anything else."""
    requirements: list[Requirement] = []
    place = 0
    while place < len(text):
        found = REQUIREMENT.match(text, place)
        if found is None or (found.end() < len(text) and text[found.end()] != ","):
            raise UsageError(f"error: unable to parse requirement: found '{text[place:]}', expected: identifier", 1)
        requirements.append(_requirement(found))
        place = found.end() + 1
    return LabelSelector(match_expressions=tuple(requirements))


def _requirement(found: re.Match[str]) -> Requirement:
    """``!=`` and ``notin`` hold for an object without the label, too."""
    key = found["key"]
    if found["set"]:
        values = tuple(value.strip() for value in found["values"].split(","))
        return Requirement(key, Operator.IN if found["set"] == "in" else Operator.NOT_IN, values)
    if found["sign"]:
        return Requirement(key, Operator.NOT_IN if found["sign"] == "!=" else Operator.IN, (found["value"],))
    return Requirement(key, Operator.DOES_NOT_EXIST if found["absent"] else Operator.EXISTS)
