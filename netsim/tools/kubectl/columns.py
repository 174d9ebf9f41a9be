"""The columns of ``kubectl get`` for each resource type, in the order of the API server's tables.

Source: pkg/printers/internalversion/printers.go of Kubernetes; those of Gateway API are the printer columns of its
CustomResourceDefinitions. A column with ``wide`` is shown with ``-o wide`` only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import KubernetesObject
from netsim.tools.kubectl import columns_core as core
from netsim.tools.kubectl import columns_routing as routing

AGE = "<unknown>"
"""What kubectl prints for a time that is not set (translateTimestampSince): the engine has no clock."""

Cell = Callable[[Cluster, Any], str]


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    cell: Cell
    wide: bool = False


def _name(cluster: Cluster, item: KubernetesObject) -> str:
    return item.name


def _age(cluster: Cluster, item: KubernetesObject) -> str:
    return AGE


def _columns(narrow: Mapping[str, Cell], wide: Mapping[str, Cell] | None = None) -> tuple[Column, ...]:
    """NAME, the columns of the type, AGE, and those that are for ``-o wide``."""
    found = [Column("NAME", _name), *(Column(heading, cell) for heading, cell in narrow.items()), Column("AGE", _age)]
    return (*found, *(Column(heading, cell, wide=True) for heading, cell in (wide or {}).items()))


WORKLOAD_WIDE: Mapping[str, Cell] = {
    "CONTAINERS": core.containers, "IMAGES": core.images, "SELECTOR": core.workload_selector,
}  # fmt: skip

EVENT_COLUMNS = (
    Column("LAST SEEN", _age),
    Column("TYPE", lambda _, event: event.type),
    Column("REASON", lambda _, event: event.reason),
    Column("OBJECT", lambda _, event: f"{event.about.kind.lower()}/{event.about.name}"),
    Column("SUBOBJECT", lambda _, event: event.field, wide=True),
    Column("SOURCE", lambda _, event: event.source, wide=True),
    Column("MESSAGE", lambda _, event: event.message),
    Column("FIRST SEEN", _age, wide=True),
    Column("COUNT", lambda _, event: str(event.count), wide=True),
    Column("NAME", _name, wide=True),
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "pods": _columns(
        {"READY": core.ready, "STATUS": core.pod_state, "RESTARTS": core.restart_count},
        {"IP": core.pod_ip, "NODE": core.pod_node, "NOMINATED NODE": core.none, "READINESS GATES": core.none},
    ),
    "nodes": (
        Column("NAME", _name), Column("STATUS", core.node_state), Column("ROLES", core.roles), Column("AGE", _age),
        Column("VERSION", core.version), Column("INTERNAL-IP", core.internal_ip, wide=True),
        Column("EXTERNAL-IP", core.none, wide=True), Column("OS-IMAGE", core.unknown, wide=True),
        Column("KERNEL-VERSION", core.unknown, wide=True), Column("CONTAINER-RUNTIME", core.unknown, wide=True),
    ),
    "services": _columns(
        {
            "TYPE": core.service_type, "CLUSTER-IP": core.cluster_ip, "EXTERNAL-IP": core.external_ip,
            "PORT(S)": core.service_ports,
        },
        {"SELECTOR": core.service_selector},
    ),
    "endpointslices": _columns(
        {"ADDRESSTYPE": core.address_type, "PORTS": core.slice_ports, "ENDPOINTS": core.slice_addresses}
    ),
    "endpoints": _columns({"ENDPOINTS": core.ready_endpoints}),
    "namespaces": _columns({"STATUS": lambda *_: "Active"}),
    "configmaps": _columns({"DATA": lambda _, config: str(len(config.data))}),
    "events": EVENT_COLUMNS,
    "deployments": _columns(
        {"READY": core.ready_of, "UP-TO-DATE": core.current, "AVAILABLE": core.available}, WORKLOAD_WIDE
    ),
    "replicasets": _columns(
        {"DESIRED": core.desired, "CURRENT": core.current, "READY": core.available}, WORKLOAD_WIDE
    ),
    "statefulsets": _columns({"READY": core.ready_of}, {"CONTAINERS": core.containers, "IMAGES": core.images}),
    "daemonsets": _columns(
        {
            "DESIRED": core.current, "CURRENT": core.current, "READY": core.available, "UP-TO-DATE": core.current,
            "AVAILABLE": core.available, "NODE SELECTOR": core.node_selector,
        },
        WORKLOAD_WIDE,
    ),
    "networkpolicies": _columns({"POD-SELECTOR": lambda _, policy: policy.pod_selector.text or "<none>"}),
    "ingresses": _columns(
        {
            "CLASS": routing.ingress_class, "HOSTS": routing.hosts, "ADDRESS": routing.ingress_address,
            "PORTS": routing.ingress_ports,
        }
    ),
    "ingressclasses": _columns({"CONTROLLER": lambda _, each: each.controller, "PARAMETERS": core.none}),
    "gatewayclasses": _columns(
        {"CONTROLLER": lambda _, each: each.controller_name, "ACCEPTED": routing.accepted}, {"DESCRIPTION": core.blank}
    ),
    "gateways": _columns(
        {
            "CLASS": lambda _, each: each.class_name, "ADDRESS": routing.gateway_address,
            "PROGRAMMED": routing.programmed,
        }
    ),
    "httproutes": _columns({"HOSTNAMES": routing.hostnames}),
    "referencegrants": _columns({}),
}  # fmt: skip
"""By the plural of the resource type."""
