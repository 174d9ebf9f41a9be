"""From a cluster to its network: underlay, CNI plugin, kube-proxy, host ports, in the order of a real node's start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netsim.cni import flannel
from netsim.cni.portmap import plan_host_ports
from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.settings import CniPlugin, ProxyMode
from netsim.network import Network
from netsim.processes import open_sockets
from netsim.proxy.iptables import plan_iptables
from netsim.underlay import build_underlay

Planner = Callable[[Network, Cluster], None]

CNI_PLANNERS: Mapping[tuple[CniPlugin, str], Planner] = {
    (CniPlugin.FLANNEL, "vxlan"): flannel.plan_vxlan,
    (CniPlugin.FLANNEL, "host-gw"): flannel.plan_host_gw,
}
"""The planner of each plugin and backend."""


def _plan_nothing(network: Network, cluster: Cluster) -> None:
    """No kube-proxy runs: Services have no rules."""


PROXY_PLANNERS: Mapping[ProxyMode, Planner] = {
    ProxyMode.IPTABLES: plan_iptables,
    ProxyMode.NONE: _plan_nothing,
}


def build_network(cluster: Cluster) -> Network:
    """Everything that the cluster's machines and Pods know about the network.

    Raises NetsimError for a plugin, backend or proxy mode that is not available, InputError for faults and for objects
    that the planners cannot use.
    """
    if cluster.settings.faults:
        raise cluster.settings.source.error("spec.faults[0].name", "named faults are not available yet; remove them")
    cni = cluster.settings.cni
    plan_cni = CNI_PLANNERS.get((cni.plugin, cni.backend))
    if plan_cni is None:
        wanted = " ".join(word for word in (str(cni.plugin), cni.backend) if word)
        available = ", ".join(f"{plugin} {backend}".strip() for plugin, backend in CNI_PLANNERS)
        raise NetsimError(f"the CNI plugin {wanted} is not available yet; available: {available}")
    mode = cluster.settings.proxy.mode
    if mode not in PROXY_PLANNERS:
        available = ", ".join(PROXY_PLANNERS)
        raise NetsimError(f"the kube-proxy mode {mode} is not available yet; available: {available}")
    network = Network()
    build_underlay(network, cluster)
    plan_cni(network, cluster)
    open_sockets(network, cluster)
    PROXY_PLANNERS[mode](network, cluster)
    plan_host_ports(network, cluster)
    return network
