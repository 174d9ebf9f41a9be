"""Which NetworkPolicies select which of the Pods in a picture, whether or not anybody enforces them.

selections(cluster, pods) → {"NAMESPACE/NAME" of a policy: ("NAMESPACE/NAME" of a Pod, ...)}
"""

from __future__ import annotations

from collections.abc import Iterable

import netsim


def selections(cluster: netsim.Cluster, pods: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """In the cluster's order; policies that select none of these Pods are left out."""
    drawn = [cluster.pod(*name.split("/", 1)) for name in pods]
    found = {
        f"{policy.namespace}/{policy.name}": tuple(
            f"{pod.namespace}/{pod.name}"
            for pod in drawn
            if pod.namespace == policy.namespace and policy.pod_selector.matches(pod.meta.labels)
        )
        for policy in cluster.network_policies
    }
    return {policy: selected for policy, selected in found.items() if selected}
