"""Requests of meshed Pods: which proxies they cross, over what, and what STRICT does to a client outside.

shop/web-0 (n1) ── proxy ═══ proxy ── shop/api-0 (n3), Service api :80 → 9090    namespace shop in a mesh
ops/probe (n1) ─────────────── proxy                                                          outside of it
"""

from __future__ import annotations

import pytest

import netsim
from netsim.requests import HttpExchange, HttpProbe, request_branches, send_request
from netsim.trace import ClientSees, RulesHit
from tests.netsim.harbour import simulate

METADATA = {
    "istio": "labels: {istio-injection: enabled}",
    "linkerd": "annotations: {linkerd.io/inject: enabled}",
    "ambient": "labels: {istio.io/dataplane-mode: ambient}",
}


def meshed(mesh: str, *changes: str, more: str = "") -> netsim.Simulation:
    """Harbour with its namespace shop in a mesh."""
    metadata = METADATA[mesh].replace("}", f", {more}}}") if more else METADATA[mesh]
    return simulate(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, {metadata}}}}}", *changes)


def get(simulation: netsim.Simulation, url: str = "http://api.shop/", source: str = "pod/shop/web-0") -> HttpExchange:
    return send_request(simulation, HttpProbe(source, url))


WAYS = {
    "istio": [("127.0.0.1", 15001, "none"), ("10.244.3.7", 15006, "mTLS"), ("10.244.3.7", 9090, "none")],
    "linkerd": [("127.0.0.1", 4140, "none"), ("10.244.3.7", 4143, "mTLS"), ("10.244.3.7", 9090, "none")],
    "ambient": [("127.0.0.1", 15001, "none"), ("10.244.3.7", 15008, "HBONE"), ("10.244.3.7", 9090, "none")],
}


@pytest.mark.parametrize("mesh", WAYS)
def test_a_request_crosses_a_proxy_on_each_side(mesh):
    result = get(meshed(mesh))
    packets = [leg.exchange.seen_by_server for leg in result.legs]
    assert [
        (str(p.destination), p.ports[1], leg.security) for p, leg in zip(packets, result.legs, strict=True)
    ] == WAYS[mesh]
    assert (result.status, result.application) == (200, "Pod shop/api-0")


@pytest.mark.parametrize(
    ("mesh", "source"), [("istio", "127.0.0.6"), ("linkerd", "10.244.3.7"), ("ambient", "10.244.1.5")]
)
def test_the_application_sees_the_source_that_its_proxy_uses(mesh, source):
    assert get(meshed(mesh)).source_seen == source


@pytest.mark.parametrize("mesh", METADATA)
def test_kube_proxy_is_not_asked_for_an_endpoint(mesh):
    """The connection between the nodes is addressed to the Pod, so no chain of a Service is walked."""
    leg = get(meshed(mesh)).legs[1]
    assert str(leg.exchange.request.hops[0].packet.destination) == "10.244.3.7"
    steps = [step for hop in leg.exchange.request.hops for step in hop.steps]
    chains = [hit.chain for step in steps if isinstance(step, RulesHit) for hit in step.hits]
    assert chains
    assert not any(chain.startswith(("KUBE-SVC", "KUBE-SEP")) for chain in chains)


@pytest.mark.parametrize("mesh", METADATA)
def test_the_proxy_picks_among_the_ready_endpoints(mesh):
    results = request_branches(meshed(mesh), HttpProbe("pod/shop/api-0", "http://web.shop/"))
    assert sorted((result.application, result.probability) for result in results) == [
        ("Pod shop/web-0", 0.5),
        ("Pod shop/web-1", 0.5),
    ]


def peers(mode: str, namespace: str = "shop", selector: str = "", ports: str = "") -> str:
    selector = f"selector: {{matchLabels: {{{selector}}}}}, " if selector else ""
    ports = f", portLevelMtls: {{{ports}}}" if ports else ""
    name = f"{mode.lower()}-{'own' if selector else 'all'}"
    return (
        f"{{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {{name: {name}, "
        f"namespace: {namespace}}}, spec: {{{selector}mtls: {{mode: {mode}}}{ports}}}}}"
    )


STRICTNESS = {
    "nothing written": ((), True),
    "PERMISSIVE": ((peers("PERMISSIVE"),), True),
    "DISABLE": ((peers("DISABLE"),), True),
    "STRICT in the namespace": ((peers("STRICT"),), False),
    "STRICT in the mesh": ((peers("STRICT", "istio-system"),), False),
    "STRICT in another namespace": ((peers("STRICT", "ops"),), True),
    "the namespace over the mesh": ((peers("STRICT", "istio-system"), peers("PERMISSIVE")), True),
    "the stricter namespace over the mesh": ((peers("PERMISSIVE", "istio-system"), peers("STRICT")), False),
    "the workload over the namespace": ((peers("STRICT"), peers("PERMISSIVE", selector="app: api")), True),
    "another workload": ((peers("STRICT"), peers("PERMISSIVE", selector="app: web")), False),
    "a port over the workload": ((peers("STRICT", selector="app: api", ports="9090: {mode: PERMISSIVE}"),), True),
    "another port": ((peers("STRICT", selector="app: api", ports="80: {mode: PERMISSIVE}"),), False),
    "UNSET inherits": ((peers("STRICT", "istio-system"), peers("UNSET")), False),
}


@pytest.mark.parametrize("mesh", ["istio", "ambient"])
@pytest.mark.parametrize(("policies", "admitted"), STRICTNESS.values(), ids=STRICTNESS.keys())
def test_peer_authentication_decides_on_a_client_outside_the_mesh(mesh, policies, admitted):
    result = get(meshed(mesh, *policies), source="pod/ops/probe")
    assert result.client_sees == ("response" if admitted else ClientSees.RESET)
    if not admitted:
        assert "STRICT" in result.reason


@pytest.mark.parametrize("mesh", ["istio", "ambient"])
def test_strict_admits_a_client_in_the_mesh(mesh):
    assert get(meshed(mesh, peers("STRICT"))).status == 200


def test_a_call_to_a_pod_address_passes_istios_sidecar_as_plain_text():
    """PassthroughCluster: so STRICT refuses it, and the client's own proxy says 503."""
    result = get(meshed("istio", peers("STRICT")), "http://10.244.3.7:9090/")
    assert (result.status, result.legs[1].security) == (503, "none")


@pytest.mark.parametrize("mesh", ["linkerd", "ambient"])
def test_the_others_know_a_pod_by_its_address(mesh):
    assert get(meshed(mesh), "http://10.244.3.7:9090/").legs[1].security in ("mTLS", "HBONE")


LINKERD_POLICIES = {
    "all-unauthenticated": (200, 200),
    "cluster-unauthenticated": (200, 200),
    "all-authenticated": (200, 403),
    "cluster-authenticated": (200, 403),
    "deny": (403, 403),
}


@pytest.mark.parametrize("policy", LINKERD_POLICIES)
def test_linkerds_default_policy_decides_on_both_clients(policy):
    simulation = meshed("linkerd", more=f"config.linkerd.io/default-inbound-policy: {policy}")
    statuses = get(simulation).status, get(simulation, source="pod/ops/probe").status
    assert statuses == LINKERD_POLICIES[policy]


ONLY_9090 = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Ingress], ingress: [{ports: [{port: 9090}]}]}
"""
ENFORCED = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
spec:
  policyEnforcement: true
  podCIDR: 10.244.0.0/16
  serviceCIDR: 10.96.0.0/16
  underlay: {subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]}
"""


@pytest.mark.parametrize(("mesh", "arrives"), [("istio", True), ("linkerd", True), ("ambient", False)])
def test_a_policy_for_the_applications_port_stops_what_comes_by_15008(mesh, arrives):
    result = get(meshed(mesh, ENFORCED, ONLY_9090))
    assert (result.status == 200) is arrives
    if not arrives:
        assert "15008" in result.reason
        assert "NetworkPolicy shop/api" in result.reason


def test_a_policy_that_allows_15008_lets_ambient_through():
    allowing = ONLY_9090.replace("{port: 9090}", "{port: 15008}")
    assert get(meshed("ambient", ENFORCED, allowing)).status == 200


def test_a_client_outside_reaches_a_permissive_pod_through_its_proxy():
    result = get(meshed("istio"), source="pod/ops/probe")
    assert [leg.receiver for leg in result.legs] == ["istio-proxy of Pod shop/api-0 (inbound)", "Pod shop/api-0"]
    assert result.source_seen == "127.0.0.6"


def test_a_pod_of_the_mesh_reaches_one_outside_in_plain_text():
    web = (
        "{apiVersion: v1, kind: Service, metadata: {name: out, namespace: ops}, "
        "spec: {selector: {a: b}, ports: [{port: 80}]}}"
    )
    pod = (
        "{apiVersion: v1, kind: Pod, metadata: {name: out, namespace: ops, labels: {a: b}}, spec: {nodeName: n2, "
        "containers: [{name: web, ports: [{containerPort: 80}]}]}, status: {podIP: 10.244.2.77}}"
    )
    result = get(meshed("istio", web, pod), "http://out.ops/")
    assert [leg.security for leg in result.legs] == ["none", "none"]
    assert result.source_seen == "10.244.1.5"


def test_a_bare_connection_goes_by_the_address_of_the_service():
    result = send_request(meshed("istio"), HttpProbe("pod/shop/web-0", "tcp://api.shop:80"))
    assert (result.client_sees, result.application) == (ClientSees.CONNECTED, "Pod shop/api-0")
    assert [leg.security for leg in result.legs] == ["none", "mTLS", "none"]


def test_istios_sidecar_knows_the_endpoints_of_a_headless_service():
    result = send_request(meshed("istio"), HttpProbe("pod/shop/web-0", "tcp://db.shop:5432"))
    assert result.client_sees == ClientSees.CONNECTED
    assert [leg.security for leg in result.legs] == ["none", "mTLS", "none"]


CANARY = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: canary, namespace: shop}
spec:
  parentRefs: [{group: '', kind: Service, name: api, port: 80}]
  rules:
  - matches: [{headers: [{name: canary, value: 'yes'}]}]
    backendRefs: [{name: web, port: 80}]
  - backendRefs: [{name: api, port: 80}]
"""


@pytest.mark.parametrize(("mesh", "taken"), [("istio", True), ("linkerd", True), ("ambient", False)])
def test_a_route_on_a_service_is_for_proxies_that_read_http(mesh, taken):
    probe = HttpProbe("pod/shop/db-0", "http://api.shop/", headers=(("canary", "yes"),))
    assert send_request(meshed(mesh, CANARY), probe).application.startswith("Pod shop/web") is taken


@pytest.mark.parametrize(("client", "taken"), [("pod/ops/probe", True), ("pod/shop/web-0", False)])
def test_a_route_of_another_namespace_is_for_clients_there(client, taken):
    """A consumer route: only proxies in its own namespace obey it (GEP-1294)."""
    consumer = CANARY.replace("namespace: shop", "namespace: ops").replace(
        "kind: Service, name: api", "kind: Service, namespace: shop, name: api"
    )
    probe_in_mesh = "{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {istio-injection: enabled}}}"
    simulation = meshed("istio", consumer, probe_in_mesh)
    result = send_request(simulation, HttpProbe(client, "http://api.shop/", headers=(("canary", "yes"),)))
    assert (result.status == 500) is taken, result.reason


WAYPOINT = """
apiVersion: v1
kind: List
items:
- apiVersion: gateway.networking.k8s.io/v1
  kind: Gateway
  metadata: {name: waypoint, namespace: shop}
  spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: waypoint, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: waypoint}}
  spec: {nodeName: n2, containers: [{name: istio-proxy}]}
  status: {podIP: 10.244.2.90}
"""


def test_a_waypoint_stands_between_and_reads_http():
    simulation = meshed("ambient", WAYPOINT, CANARY, more="istio.io/use-waypoint: waypoint")
    result = send_request(simulation, HttpProbe("pod/shop/db-0", "http://api.shop/", headers=(("canary", "yes"),)))
    assert [leg.receiver for leg in result.legs][:2] == [
        "ztunnel of Pod shop/db-0 (outbound)", "waypoint of Pod shop/waypoint (waypoint)",
    ]  # fmt: skip
    assert [leg.security for leg in result.legs] == ["none", "HBONE", "HBONE", "none"]
    assert result.application.startswith("Pod shop/web")


def test_a_waypoint_that_does_not_run_closes_connections():
    result = get(meshed("ambient", more="istio.io/use-waypoint: waypoint"))
    assert (result.client_sees, "has no ready Pod" in result.reason) == (ClientSees.RESET, True)


def test_without_a_ready_ztunnel_on_the_node_connections_are_refused():
    ztunnel = (
        "{apiVersion: v1, kind: Pod, metadata: {name: ztunnel, namespace: istio-system, labels: {app: ztunnel}}, "
        "spec: {nodeName: n2, containers: [{name: ztunnel}]}, status: {podIP: 10.244.2.91}}"
    )
    assert get(meshed("ambient", ztunnel)).client_sees == ClientSees.REFUSED


@pytest.mark.parametrize(("node", "admitted"), [("n3", True), ("n1", False)])
def test_strict_ambient_lets_the_kubelet_of_the_own_node_in(node, admitted):
    """The node's own connections come from 169.254.7.127, which ztunnel's rules leave alone."""
    result = get(meshed("ambient", peers("STRICT")), "http://10.244.3.7:9090/", f"node/{node}")
    assert (result.status == 200) is admitted
    if admitted:
        assert result.source_seen == "169.254.7.127"


def test_a_plain_probe_says_that_a_proxy_took_it():
    exchange = meshed("istio").trace(netsim.Probe("pod/shop/web-0", "svc/shop/api:80"))
    assert exchange.reason == "delivered to shop/web-0 (istio-proxy), which listens on tcp port 15001"
    assert exchange.server.name == "web-0"


def test_datagrams_are_not_redirected():
    exchange = meshed("istio").trace(netsim.Probe("pod/shop/web-0", "svc/kube-system/kube-dns:53", protocol="udp"))
    assert exchange.server.name.startswith("coredns")
