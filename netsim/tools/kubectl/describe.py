"""``kubectl describe``: the parts of an object that people who look at networks read, and its Events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject
from netsim.tools.kubectl import describe_policy, describe_routing, describe_workloads
from netsim.tools.kubectl.arguments import SWITCH, VALUE, Arguments, Flags
from netsim.tools.kubectl.columns import AGE
from netsim.tools.kubectl.events import events_about
from netsim.tools.kubectl.resources import Resource
from netsim.tools.kubectl.selection import SPACES, not_found, nothing_found, select
from netsim.tools.kubectl.tables import Row, description
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

FLAGS = Flags("describe", {SPACES: SWITCH, "--selector": VALUE}, {"-A": SPACES, "-l": "--selector"})

Describer = Callable[[Cluster, Any], list[Row]]

DESCRIBERS: Mapping[str, Describer] = {
    "endpointslices": describe_routing.endpoint_slice,
    "ingresses": describe_routing.ingress,
    "networkpolicies": describe_policy.network_policy,
    "nodes": describe_workloads.node,
    "pods": describe_workloads.pod,
    "services": describe_routing.service,
}
WITHOUT_EVENTS = ("networkpolicies",)


def run(machine: Machine, words: list[str]) -> Output:
    """UsageError, exit code 1, for a type that cannot be described here."""
    arguments = FLAGS.parse(words)
    if not arguments.operands:
        raise UsageError('error: You must specify the type of resource to describe. Use "kubectl api-resources"', 1)
    texts, missing, resources = [], "", []
    for each in select(machine.cluster, arguments):
        resources.append(each.resource)
        if each.resource.plural not in DESCRIBERS:
            known = ", ".join(DESCRIBERS)
            raise UsageError(f"error: describe {each.resource.plural} is not simulated here; there is {known}", 1)
        texts += [_text(machine.cluster, each.resource, item) for item in each.objects]
        for name in each.missing:
            near = _beginning(machine.cluster, each.resource, arguments, name)
            texts += [_text(machine.cluster, each.resource, item) for item in near]
            missing += "" if near else not_found(each.resource, name)
    if not texts and not missing:
        return Output(nothing_found(arguments, resources))
    return Output("\n\n".join(texts) + missing, 1 if missing else 0)


def _beginning(cluster: Cluster, resource: Resource, arguments: Arguments, prefix: str) -> list[KubernetesObject]:
    """``describe`` takes the beginning of a name where no object has it whole."""
    return [each for each in resource.found(cluster, arguments.namespace) if each.name.startswith(prefix)]


def _text(cluster: Cluster, resource: Resource, item: KubernetesObject) -> str:
    rows = DESCRIBERS[resource.plural](cluster, item)
    if resource.plural in WITHOUT_EVENTS:
        return description(rows)
    found = events_about(cluster, resource.kind, item)
    if not found:
        return description([*rows, ["Events:", "<none>"]])
    listed: list[Row] = [
        ["  Type", "Reason", "Age", "From", "Message"],
        ["  ----", "------", "----", "----", "-------"],
    ]
    listed += [_indented([each.type, each.reason, AGE, each.source, each.message]) for each in found]
    return f"{description(rows)}Events:\n{description(listed)}"


def _indented(cells: list[str]) -> Row:
    return [f"  {cells[0]}", *cells[1:]]
