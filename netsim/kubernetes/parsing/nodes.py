"""Namespace and Node."""

from __future__ import annotations

from netsim.kubernetes.objects import IPAddress, IPNetwork, Namespace, Node, Taint
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_meta

TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def read_namespace(root: Field) -> Namespace:
    return Namespace(meta=read_meta(root, namespaced=False, name_format=formats.dns_label))


def read_node(root: Field) -> Node:
    spec, status = root["spec"], root["status"]
    return Node(
        meta=read_meta(root, namespaced=False),
        addresses=_internal_ips(status["addresses"]),
        pod_cidrs=_pod_cidrs(spec),
        ready=_is_ready(status["conditions"]),
        unschedulable=spec["unschedulable"].boolean(False),
        taints=spec["taints"].each(_read_taint),
        max_pods=_max_pods(status["allocatable"]["pods"]),
    )


def _internal_ips(addresses: Field) -> tuple[IPAddress, ...]:
    internal = (each for each in addresses.elements() if each["type"].string() == "InternalIP")
    found = tuple(each["address"].parsed(formats.address) for each in internal)
    if len(set(found)) < len(found):
        raise addresses.error("an InternalIP is listed twice")
    return found


def _pod_cidrs(spec: Field) -> tuple[IPNetwork, ...]:
    first = spec["podCIDR"].maybe(lambda field: field.parsed(formats.network))
    cidrs = spec["podCIDRs"].each(lambda field: field.parsed(formats.network))
    if first is not None and cidrs and cidrs[0] != first:
        raise spec["podCIDRs"].error(f"must begin with podCIDR, which is {first}")
    if len({cidr.version for cidr in cidrs}) < len(cidrs):
        raise spec["podCIDRs"].error("must hold at most one IPv4 and one IPv6 CIDR")
    return cidrs or ((first,) if first is not None else ())


def _is_ready(conditions: Field) -> bool:
    for condition in conditions.elements():
        if condition["type"].string() == "Ready":
            return condition["status"].string() == "True"
    return True


def _read_taint(field: Field) -> Taint:
    return Taint(
        key=field["key"].parsed(formats.label_key),
        value=field["value"].string(""),
        effect=field["effect"].one_of(TAINT_EFFECTS),
    )


def _max_pods(field: Field) -> int:
    """Read allocatable.pods, a quantity that the API writes as a string; 110 is the kubelet's default."""
    if not field.present:
        return 110
    text = str(field.option())
    if not text.isdecimal() or len(text) > 6:
        raise field.error("must be a whole number of Pods")
    return int(text)
