"""The ClusterNetwork document, with the keys that were written, and those that a fault has set.

A key that was left out stays so, because leaving it out says something: ranges are then taken from Nodes, Pods and
Services, and without a plugin policies are enforced as k3s does.
"""

from __future__ import annotations

from netsim.kubernetes.settings import (
    ClusterNetwork,
    CniSettings,
    Fault,
    LocalDetector,
    ProxySettings,
    Underlay,
)
from netsim.kubernetes.writing.values import Manifest, compact, texts


def write_cluster_network(settings: ClusterNetwork) -> Manifest:
    spec = {
        "cni": _cni(settings.cni),
        "proxy": _proxy(settings.proxy),
        "podCIDR": ",".join(texts(settings.pod_cidrs)),
        "serviceCIDR": ",".join(texts(settings.service_cidrs)),
        "clusterDomain": settings.cluster_domain,
        "clusterDNS": texts(settings.cluster_dns),
        "underlay": _underlay(settings.underlay),
        "externalClient": str(settings.external_client),
        "policyEnforcement": settings.policy_enforcement,
        "faults": [_fault(each) for each in settings.faults],
    }
    is_set = {"clusterDNS": settings.cluster_dns, "faults": settings.faults}
    written = {key: value for key, value in spec.items() if key in settings.written or is_set.get(key)}
    if "underlay" not in written and settings.underlay.mtu != Underlay().mtu:
        written["underlay"] = {"mtu": settings.underlay.mtu}
    head = {"apiVersion": "netsim.dev/v1", "kind": "ClusterNetwork", "metadata": {"name": settings.name}}
    return head | ({"spec": written} if written else {})


def _cni(cni: CniSettings) -> Manifest:
    return compact({"plugin": str(cni.plugin), "backend": cni.backend, "options": dict(cni.options) or None})


def _proxy(proxy: ProxySettings) -> Manifest:
    addresses = proxy.node_port_addresses
    return compact(
        {
            "mode": str(proxy.mode),
            "masqueradeAll": proxy.masquerade_all,
            "localDetector": str(proxy.local_detector),
            "clusterCIDR": ",".join(texts(proxy.cluster_cidrs)),
            "localhostNodePorts": proxy.localhost_node_ports,
            "nodePortAddresses": addresses if addresses is None or addresses == "primary" else texts(addresses),
        }
        | _pod_interface(proxy)
    )


def _pod_interface(proxy: ProxySettings) -> Manifest:
    match proxy.local_detector:
        case LocalDetector.BRIDGE_INTERFACE:
            return {"bridgeInterface": proxy.pod_interface}
        case LocalDetector.INTERFACE_NAME_PREFIX:
            return {"interfaceNamePrefix": (proxy.pod_interface or "").removesuffix("+")}
        case _:
            return {}


def _underlay(underlay: Underlay) -> Manifest:
    subnets = [{"name": s.name, "cidr": str(s.cidr), "gateway": str(s.gateway)} for s in underlay.subnets]
    return {"mtu": underlay.mtu, "subnets": subnets}


def _fault(fault: Fault) -> str | Manifest:
    return {"name": fault.name, **fault.options} if fault.options else fault.name
