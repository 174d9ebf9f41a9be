"""Harbour in every data plane, proxy mode, mesh and policy engine, for tests of how packets are told and drawn.

ops/probe (n1) ── shop/web-0 (n1), shop/web-1 (n2) behind Service shop/web :80 → 8080, node port 30080
shop/api-0 (n3, another subnet) behind Service shop/api :80 → 9090
"""

from __future__ import annotations

from functools import cache
from typing import Any

import netsim
from tests.netsim.harbour import SCENE

PLANES = (
    "bridge", "flannel, backend: vxlan", "flannel, backend: host-gw", "flannel, backend: wireguard",
    "flannel, backend: ipip", "calico, backend: none", "calico, backend: ipip", "calico, backend: vxlan",
    "calico, backend: cross-subnet", "weave, backend: fastdp", "weave, backend: sleeve", "cilium, backend: vxlan",
    "cilium, backend: native",
)  # fmt: skip
MODES = ("iptables", "nftables", "ipvs")
MESHES = {
    "istio": "labels: {istio-injection: enabled}",
    "linkerd": "annotations: {linkerd.io/inject: enabled}",
    "ambient": "labels: {istio.io/dataplane-mode: ambient}",
}
PROBES = (
    netsim.Probe("pod/ops/probe", "svc/shop/web:80", seed=1),
    netsim.Probe("pod/ops/probe", "pod/shop/api-0", protocol="icmp", size=2000),
    netsim.Probe("external", "172.20.1.11:30080", seed=1),
    netsim.Probe("node/n1", "pod/shop/web-1", 8080),
)
ONLY_OPS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]
"""
NODE_LOCAL_DNS = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-local-dns, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: node-local-dns}}
  template:
    metadata: {labels: {k8s-app: node-local-dns}}
    spec:
      hostNetwork: true
      containers:
        - {name: node-cache, ports: [{name: dns, containerPort: 53, protocol: UDP}]}
"""


@cache
def harbour(plane: str = "flannel, backend: vxlan", mode: str = "", changes: str = "") -> netsim.Simulation:
    """Harbour with this CNI plugin and kube-proxy mode, and further manifests."""
    text = SCENE.read_text()
    written = "{plugin: flannel, backend: vxlan}"
    assert written in text
    proxy = mode or ("none" if plane.startswith("cilium") else "iptables")
    text = text.replace(written, f"{{plugin: {plane}}}").replace("{mode: iptables}", f"{{mode: {proxy}}}")
    return netsim.Simulation(netsim.load_cluster([("scene.yaml", f"{text}\n---\n{changes}")]))


@cache
def with_policy(plane: str) -> netsim.Simulation:
    """The web Pods take connections from namespace ops only. flannel's policies are enforced by kube-router."""
    if plane.startswith("flannel"):
        text = SCENE.read_text().replace(
            "  podCIDR: 10.244.0.0/16", "  policyEnforcement: true\n  podCIDR: 10.244.0.0/16"
        )
        return netsim.Simulation(netsim.load_cluster([("scene.yaml", f"{text}\n---\n{ONLY_OPS}")]))
    return harbour(plane, changes=ONLY_OPS)


@cache
def meshed(mesh: str) -> netsim.Simulation:
    """Namespace shop is in the mesh, ops is not."""
    namespace = f"{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, {MESHES[mesh]}}}}}\n"
    return harbour(changes=namespace)


@cache
def packet(simulation: netsim.Simulation, probe: netsim.Probe) -> list[dict[str, Any]]:
    """One part without a title."""
    return [{"title": "", "exchange": netsim.exchange_document(simulation.trace(probe))}]


@cache
def request(simulation: netsim.Simulation, source: str, url: str) -> list[dict[str, Any]]:
    """A part for each connection of an HTTP request."""
    document = netsim.request_document(netsim.send_request(simulation, netsim.HttpProbe(source, url)))
    return [
        {"title": f"{leg['sender']} → {leg['receiver']}", "exchange": leg["exchange"], "security": leg["security"]}
        for leg in document["legs"]
    ]
