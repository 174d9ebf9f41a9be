"""Harbour with Cilium, and what its tests ask of an exchange."""

from __future__ import annotations

from netsim import Exchange, Simulation
from netsim.loading import load_cluster

WRITTEN = "{plugin: flannel, backend: vxlan}"
BACKENDS = ("vxlan", "native")
MORE = """
apiVersion: v1
kind: Service
metadata: {name: local, namespace: shop}
spec:
  type: NodePort
  externalTrafficPolicy: Local
  clusterIP: 10.96.41.90
  selector: {app: api}
  ports: [{port: 80, targetPort: 9090, nodePort: 30090}]
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.91
  selector: {app: nobody}
  ports: [{port: 80, targetPort: 80, nodePort: 30091}]
---
apiVersion: v1
kind: Service
metadata: {name: closed, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.41.92
  selector: {app: web}
  ports: [{port: 9, targetPort: 9, protocol: UDP, nodePort: 30092}]
---
apiVersion: v1
kind: Service
metadata: {name: limited, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.41.93
  externalIPs: [172.20.1.99]
  loadBalancerSourceRanges: [198.51.100.0/24]
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
status: {loadBalancer: {ingress: [{ip: 198.18.0.7}]}}
"""


def with_cilium(text: str, cni: str, *more: str) -> Simulation:
    changed = text.replace(WRITTEN, cni).replace("proxy: {mode: iptables}", "proxy: {}")
    sources = [("harbour.yaml", changed)]
    return Simulation(load_cluster([*sources, *((f"more {n}", each) for n, each in enumerate(more))]))


def seen(exchange: Exchange) -> tuple[str, int]:
    """The source address and the TTL that the server sees."""
    assert exchange.seen_by_server is not None, exchange.reason
    return str(exchange.seen_by_server.source), exchange.seen_by_server.ttl


def steps(exchange: Exchange, kind: str) -> list[str]:
    return [step.text for hop in exchange.request.hops for step in hop.steps if step.kind == kind]
