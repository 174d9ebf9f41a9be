"""The data planes that a scene can be switched to, by the names that playground.yaml and the page's address use.

    DATA_PLANES["calico-bgp"].settings    the part of a ClusterNetwork's spec that makes the cluster use it

What each programs into the kernels is the engine's (netsim.cni); here are only names and settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class DataPlane:
    """`cni` is what spec.cni of a ClusterNetwork holds; `replaces_proxy`: it needs no kube-proxy and takes none."""

    name: str
    label: Text
    summary: Text
    cni: Mapping[str, Any] = field(hash=False)
    replaces_proxy: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """Keys of a ClusterNetwork's spec to put in the place of the scene's own."""
        return {"cni": dict(self.cni)} | ({"proxy": {"mode": "none"}} if self.replaces_proxy else {})


def _plane(
    name: str,
    label: Text,
    summary: Text,
    plugin: str,
    backend: str = "",
    *,
    replaces_proxy: bool = False,
    **options: Any,
) -> DataPlane:
    cni = {"plugin": plugin} | ({"backend": backend} if backend else {}) | ({"options": options} if options else {})
    return DataPlane(name, label, summary, cni, replaces_proxy)


DATA_PLANES: dict[str, DataPlane] = {
    plane.name: plane
    for plane in (
        _plane(
            "flannel-vxlan", _("flannel, VXLAN"),
            _("Nodes wrap each frame for another node in UDP, so that the network between them sees nodes only."),
            "flannel", "vxlan",
        ),
        _plane(
            "flannel-host-gw", _("flannel, host-gw"),
            _("Each node routes to its neighbors’ Pods by their node’s address. A router between them knows no Pods."),
            "flannel", "host-gw",
        ),
        _plane(
            "flannel-wireguard", _("flannel, WireGuard"),
            _("Nodes encrypt packets to each other."),
            "flannel", "wireguard",
        ),
        _plane(
            "calico-bgp", _("Calico, BGP without overlay"),
            _("Nodes and the router tell each other by BGP which Pods they have. Packets travel as they are."),
            "calico", "none", bgpPeerRouter=True,
        ),
        _plane(
            "calico-ipip", _("Calico, IP in IP"),
            _("Nodes put a second IP header before each packet for another node."),
            "calico", "ipip",
        ),
        _plane(
            "calico-vxlan", _("Calico, VXLAN"),
            _("Nodes wrap each packet for another node in a frame, and that in UDP."),
            "calico", "vxlan",
        ),
        _plane(
            "calico-vxlan-cross-subnet", _("Calico, VXLAN across subnets only"),
            _("Packets travel as they are within a subnet, and in VXLAN to a node in another one."),
            "calico", "cross-subnet",
        ),
        _plane(
            "cilium-vxlan", _("Cilium, VXLAN"),
            _("eBPF programs do the work of kube-proxy and most of the routing; between nodes there is a tunnel."),
            "cilium", "vxlan", replaces_proxy=True,
        ),
        _plane(
            "cilium-native", _("Cilium, native routing"),
            _("eBPF programs do the work of kube-proxy; the network between the nodes has to know the Pods."),
            "cilium", "native", replaces_proxy=True,
        ),
        _plane(
            "weave", _("Weave Net, fast datapath"),
            _("One virtual Ethernet across all nodes. No longer maintained; here for comparison."),
            "weave", "fastdp",
        ),
        _plane(
            "bridge", _("Bridge plugin alone"),
            _("A bridge on each node and nothing between nodes: somebody else has to provide the routes."),
            "bridge",
        ),
    )
}  # fmt: skip

PROXIES: dict[str, Text] = {
    "iptables": _("kube-proxy, iptables"),
    "nftables": _("kube-proxy, nftables"),
    "ipvs": _("kube-proxy, IPVS"),
}
"""kube-proxy's modes by the names that a ClusterNetwork has for them."""
