"""What somebody who wrote policies should know about the cluster that is to enforce them."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.settings import CniPlugin


def policy_notices(cluster: Cluster) -> tuple[str, ...]:
    """A sentence for each thing that makes policies do less than they say; none where there are no policies."""
    settings, plugin = cluster.settings, cluster.settings.cni.plugin
    written = _counted(len(cluster.network_policies), "NetworkPolicy", "NetworkPolicies")
    of_cluster = _counted(len(cluster.cluster_network_policies), "ClusterNetworkPolicy", "ClusterNetworkPolicies")
    everything = " and ".join(words for words in (written, of_cluster) if words)
    if not everything:
        return ()
    if not settings.enforces_policy:
        return (f"{everything} without effect: {_nobody(settings.policy_enforcement, plugin)}",)
    if of_cluster and not settings.enforces_cluster_policy:
        return (f"{of_cluster} without effect: {plugin} enforces NetworkPolicy only",)
    return ()


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _nobody(written: bool | None, plugin: CniPlugin) -> str:
    if written is False:
        return "policyEnforcement is false"
    return f"{plugin} does not enforce policies; with policyEnforcement: true a policy controller runs beside it"
