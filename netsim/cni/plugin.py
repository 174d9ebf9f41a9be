"""What a CNI plugin is to the engine: the planner of every node's and every Pod's network."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol, runtime_checkable

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Node, Pod
from netsim.kubernetes.settings import CniPlugin
from netsim.linux.namespace import NetworkNamespace
from netsim.network import Outline

NETWORK_NAME = "cbr0"
"""``name`` in kube-flannel's cni-conf.json, and before it of kubenet's network."""
NETWORK_NAMES: Mapping[CniPlugin, str] = {CniPlugin.CALICO: "k8s-pod-network", CniPlugin.WEAVE: "weave"}
"""``name`` in the configuration lists of plugins that call themselves otherwise."""


class Plugin(Protocol):
    """Made once for a cluster; making it raises InputError for options and objects that the plugin cannot use.

    A plan looks at no namespace but the one it is given, so that both ends of a cable follow from names alone.
    """

    def outline(self, pod: Pod) -> Outline:
        """What is known of a Pod's namespace before it is planned; its addresses have their prefixes."""
        ...

    def plan_node(self, namespace: NetworkNamespace, node: Node) -> None:
        """Program a node: its devices, routes, neighbors, FDB, sysctls and rules, and its ends of the Pods' cables."""
        ...

    def plan_pod(self, namespace: NetworkNamespace, pod: Pod) -> None:
        """Program a Pod's own namespace."""
        ...


@runtime_checkable
class MapsHostPorts(Protocol):
    """A plugin that maps host ports itself, so that no portmap plugin is chained behind it."""

    maps_host_ports: bool


@runtime_checkable
class InsertsRules(Protocol):
    """A plugin whose agent keeps its rules ahead of those that others have written by now."""

    def insert_rules(self, namespace: NetworkNamespace) -> None:
        """Write the rules of one node, where kube-proxy's and those of host ports are already."""
        ...


@runtime_checkable
class PlansRouter(Protocol):
    """A plugin that may tell the underlay's router where Pods are."""

    def plan_router(self, namespace: NetworkNamespace) -> None:
        """Program the router between the subnets."""
        ...


def share_a_link(cluster: Cluster, one: Node, other: Node) -> bool:
    """Whether one node can be the next hop of the other: their first addresses are in one subnet of the underlay."""
    underlay = cluster.settings.underlay
    return underlay.subnet_of(one.addresses[0]) == underlay.subnet_of(other.addresses[0])


def pod_namespace_name(pod: Pod) -> str:
    """The name of a Pod's own network namespace."""
    return f"{pod.namespace}/{pod.name}"


def container_id(pod: Pod) -> str:
    """The identifier of a Pod's sandbox, as the runtime gives it to plugins."""
    return sha256(pod_namespace_name(pod).encode()).hexdigest()


def has_own_network(pod: Pod) -> bool:
    """Whether a plugin has made, or has to make, a namespace for this Pod."""
    return bool(pod.pod_ips) and not pod.host_network and not pod.finished


def networked_pods_on(cluster: Cluster, node: Node) -> tuple[Pod, ...]:
    """The Pods of a node that have a namespace of their own."""
    return tuple(pod for pod in cluster.pods_on(node.name) if has_own_network(pod))
