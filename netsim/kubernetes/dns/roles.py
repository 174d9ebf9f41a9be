"""Which Pods serve names: cluster DNS and the caches of nodes, told by the labels of their usual manifests."""

from __future__ import annotations

from netsim.kubernetes.objects import Pod

CLUSTER_DNS_LABELS = (("k8s-app", "kube-dns"), ("app.kubernetes.io/name", "coredns"))
"""Either of them: kubeadm's, and that of CoreDNS' Helm chart."""

NODE_LOCAL_LABEL = ("k8s-app", "node-local-dns")


def is_cluster_dns(pod: Pod) -> bool:
    return any(pod.meta.labels.get(key) == value for key, value in CLUSTER_DNS_LABELS)


def is_node_local_dns(pod: Pod) -> bool:
    key, value = NODE_LOCAL_LABEL
    return pod.host_network and pod.meta.labels.get(key) == value
