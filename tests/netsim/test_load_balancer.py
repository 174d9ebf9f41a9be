"""How a load balancer's address reaches a node.

external 203.0.113.50 ── router ─── 198.51.100.20 ──> n1 (no endpoint), or n2, n3 …
"""

from __future__ import annotations

import pytest

from netsim import Probe, Simulation, load_cluster
from tests.kernel.scenario import CLUSTERS
from tests.netsim.harbour import simulate

BALANCED = """
apiVersion: v1
kind: Service
metadata: {{name: balanced, namespace: shop}}
spec:
  type: LoadBalancer
  clusterIP: 10.96.50.50
  selector: {{app: {app}}}
  externalTrafficPolicy: {policy}
  ports: [{{port: 80, targetPort: {port}}}]
status: {{loadBalancer: {{ingress: [{{ip: {ip}}}]}}}}
"""
OVER_IPV6 = """
apiVersion: v1
kind: Service
metadata: {name: balanced, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: "fd00:96::50"
  ipFamilies: [IPv6]
  selector: {app: far}
  ports: [{port: 80, targetPort: 8080}]
status: {loadBalancer: {ingress: [{ip: "2001:db8:1::20"}]}}
"""
TO_BALANCER = Probe("external", "198.51.100.20:80")


def balanced(app: str = "api", port: int = 9090, policy: str = "Cluster", ip: str = "198.51.100.20") -> str:
    return BALANCED.format(app=app, port=port, policy=policy, ip=ip)


def test_with_policy_cluster_any_node_takes_the_packets() -> None:
    exchange = simulate(balanced()).trace(TO_BALANCER)

    assert exchange.client_sees == "connected"
    assert next(hop.namespace for hop in exchange.request.hops if hop.node) == "n1"


def test_with_policy_local_a_node_with_an_endpoint_takes_them_and_the_client_stays_visible() -> None:
    exchange = simulate(balanced(policy="Local")).trace(TO_BALANCER)

    assert exchange.seen_by_server is not None
    assert str(exchange.seen_by_server.source) == "203.0.113.50"
    assert next(hop.namespace for hop in exchange.request.hops if hop.node) == "n3"


@pytest.mark.parametrize("change", [balanced(app="nobody", policy="Local"), ""], ids=["no endpoint", "no Service"])
def test_an_address_that_no_node_takes_is_unreachable(change: str) -> None:
    assert simulate(*([change] if change else [])).trace(TO_BALANCER).client_sees == "unreachable"


def test_an_address_of_the_other_ip_version_is_reached_by_the_nodes_own_link() -> None:
    """The underlay's subnet is 192.168.1.0/24; the nodes have addresses of fd00:1::/64 beside it."""
    text = (CLUSTERS / "bridge-dual-stack.yaml").read_text(encoding="utf-8")
    simulation = Simulation(load_cluster([("dual.yaml", text)], [("balanced", OVER_IPV6)]))

    exchange = simulation.trace(Probe("external", "[2001:db8:1::20]:80"))

    assert exchange.client_sees == "connected"
    assert next(hop.namespace for hop in exchange.request.hops if hop.node) == "n1"


def test_with_policy_local_an_endpoint_that_is_not_ready_draws_no_packets() -> None:
    unready = """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: balanced-x, namespace: shop, labels: {kubernetes.io/service-name: balanced}}
addressType: IPv4
ports: [{port: 9090, protocol: TCP}]
endpoints: [{addresses: [10.244.3.7], nodeName: n3, conditions: {ready: false}}]
"""
    simulation = simulate(balanced(app="nobody", policy="Local"), unready)

    assert simulation.trace(TO_BALANCER).client_sees == "unreachable"
