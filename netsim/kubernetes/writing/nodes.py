"""Namespace, Node and ConfigMap."""

from __future__ import annotations

from netsim.kubernetes.objects import ConfigMap, Namespace, Node, Taint
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact, mapping, texts


def write_namespace(item: Namespace) -> Manifest:
    return manifest(item, "v1", "Namespace")


def write_config_map(item: ConfigMap) -> Manifest:
    return manifest(item, "v1", "ConfigMap", data=mapping(item.data))


def write_node(item: Node) -> Manifest:
    spec = compact(
        {
            "podCIDR": str(item.pod_cidrs[0]) if item.pod_cidrs else None,
            "podCIDRs": texts(item.pod_cidrs),
            "unschedulable": item.unschedulable or None,
            "taints": [_taint(each) for each in item.taints],
        }
    )
    status = {
        "addresses": [{"type": "InternalIP", "address": str(address)} for address in item.addresses],
        "allocatable": {"pods": str(item.max_pods)},
        "conditions": [{"type": "Ready", "status": str(item.ready)}],
    }
    return manifest(item, "v1", "Node", spec=spec or None, status=status)


def _taint(taint: Taint) -> Manifest:
    return compact({"key": taint.key, "value": taint.value, "effect": taint.effect})
