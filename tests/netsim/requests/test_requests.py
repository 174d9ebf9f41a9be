"""HTTP requests through Harbour's edge: what every connection's server sees, and what the client gets.

external ── n1..n3:30081 ── edge/nginx (n3, .3.50) ──┬── shop/web-0 (n1), web-1 (n2)    Ingress shop.example
         └─ n1..n3:30082 ── edge/envoy (n2, .2.60) ──┴── shop/api-0 (n3)                HTTPRoute canary.example
"""

from __future__ import annotations

import pytest

import netsim
from netsim.errors import NetsimError
from netsim.requests import HttpExchange, HttpProbe, request_branches, request_document, send_request
from netsim.trace import ClientSees
from tests.netsim.harbour import SCENE

EDGE = SCENE.parent / "edge.yaml"


def simulate(*changes: str) -> netsim.Simulation:
    sources = [(path.name, path.read_text()) for path in (SCENE, EDGE)]
    return netsim.Simulation(netsim.load_cluster(sources, [(f"change {n}", text) for n, text in enumerate(changes)]))


@pytest.fixture(scope="module")
def edge() -> netsim.Simulation:
    return simulate()


def get(simulation: netsim.Simulation, url: str, source: str = "pod/ops/probe", **more) -> HttpExchange:
    return send_request(simulation, HttpProbe(source, url, **more))


def sources(result: HttpExchange) -> list[str]:
    return [str(leg.exchange.seen_by_server.source) for leg in result.legs]


INGRESS = "svc/edge/nginx"


def test_a_request_makes_two_connections_and_the_backend_sees_the_controller(edge):
    result = get(edge, "http://shop.example/api/v2", connect_to=INGRESS)
    assert result.status == 200
    assert [leg.receiver for leg in result.legs] == ["Pod edge/nginx", "Pod shop/api-0"]
    assert sources(result) == ["10.244.1.9", "10.244.3.50"]
    assert result.source_seen == "10.244.3.50"


def test_the_client_is_told_in_x_forwarded_for(edge):
    result = get(edge, "http://shop.example/api", connect_to=INGRESS)
    assert result.seen_by_application.header("X-Forwarded-For") == "10.244.1.9"
    assert result.seen_by_application.header("X-Forwarded-Proto") == "http"


def test_behind_a_node_port_the_controller_takes_the_node_for_the_client(edge):
    """externalTrafficPolicy Cluster: n1 masquerades what it sends to the controller on n3."""
    result = get(edge, "http://shop.example/api", "external", connect_to="node/n1:30081")
    assert result.seen_by_application.header("X-Forwarded-For") == "10.244.1.0"


LOCAL = """
apiVersion: v1
kind: Service
metadata: {name: nginx, namespace: edge}
spec:
  type: NodePort
  externalTrafficPolicy: Local
  clusterIP: 10.96.50.50
  selector: {app.kubernetes.io/name: ingress-nginx}
  ports: [{name: http, port: 80, targetPort: http, nodePort: 30081}]
"""


def test_with_the_local_policy_it_sees_the_client():
    result = get(simulate(LOCAL), "http://shop.example/api", "external", connect_to="node/n3:30081")
    assert result.seen_by_application.header("X-Forwarded-For") == "203.0.113.50"


FORWARDED = [
    ("canary.example", "node/n2:30082", "6.6.6.6, 10.244.2.1"),
    ("shop.example", "node/n3:30081", "10.244.3.1"),
]


@pytest.mark.parametrize(("host", "proxy", "told"), FORWARDED, ids=["envoy appends", "nginx replaces"])
def test_what_becomes_of_a_forwarded_for_that_the_client_wrote(edge, host, proxy, told):
    headers = (("X-Forwarded-For", "6.6.6.6"),)
    result = get(edge, f"http://{host}/api", "external", connect_to=proxy, headers=headers)
    assert result.seen_by_application.header("X-Forwarded-For") == told


def test_a_name_that_an_ingress_publishes_leads_to_its_controller(edge):
    """The Service of nginx is a NodePort, so the name is the address of the node that runs it."""
    result = get(edge, "http://shop.example:30081/", "external")
    assert str(result.legs[0].exchange.request.hops[0].packet.destination) == "172.20.2.13"
    assert result.status == 200


ADDRESSED = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: envoy
  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]
status: {addresses: [{type: IPAddress, value: 10.96.60.60}]}
"""


def test_a_name_that_a_route_publishes_leads_to_the_address_of_its_gateway():
    result = get(simulate(ADDRESSED), "http://canary.example/api")
    assert str(result.legs[0].exchange.request.hops[0].packet.destination) == "10.96.60.60"
    assert result.status == 200


ON_THE_HOST = """
apiVersion: v1
kind: Pod
metadata: {name: nginx, namespace: edge, labels: {app.kubernetes.io/name: ingress-nginx}}
spec:
  hostNetwork: true
  nodeName: n3
  containers: [{name: controller, ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: admission, namespace: edge, labels: {app.kubernetes.io/name: ingress-nginx}}
spec: {nodeName: n1, containers: [{name: webhook}]}
status: {podIP: 10.244.1.99}
---
apiVersion: v1
kind: Service
metadata: {name: nginx, namespace: edge}
spec: {clusterIP: None, selector: {app: nothing}, ports: [{port: 80}]}
"""


def test_a_controller_on_the_nodes_network_sees_the_client_itself():
    """A Pod of the same release that is no proxy does not stand in its way."""
    result = get(simulate(ON_THE_HOST), "http://shop.example/api", "external")
    assert [leg.receiver for leg in result.legs] == ["Pod edge/nginx", "Pod shop/api-0"]
    assert result.seen_by_application.header("X-Forwarded-For") == "203.0.113.50"
    assert result.source_seen == "10.244.3.1"


def test_the_host_header_counts_and_not_the_address_in_the_url(edge):
    result = get(edge, "http://10.96.50.50/api", headers=(("Host", "shop.example"),))
    assert result.application == "Pod shop/api-0"


def test_a_name_that_nobody_has_is_a_result(edge):
    result = get(edge, "http://nobody.example/")
    assert (result.status, result.client_sees, result.legs) == (None, "could not resolve host", ())


def test_a_request_to_a_pod_needs_no_proxy(edge):
    result = get(edge, "http://web.shop/")
    assert (len(result.legs), result.decisions, result.status) == (1, (), 200)


CONTROLLER_ANSWERS = [
    ("http://other.example/", 404, "no Ingress rule matches"),
    ("http://secure.shop.example/", 308, "has TLS for secure.shop.example"),
    ("http://shop.example:443/", 400, "plain HTTP came to the TLS port 443"),
]


@pytest.mark.parametrize(("url", "status", "reason"), CONTROLLER_ANSWERS)
def test_the_controller_itself_answers(edge, url, status, reason):
    result = get(edge, url, connect_to=INGRESS)
    assert (result.status, len(result.legs)) == (status, 1)
    assert reason in result.reason


def test_tls_ends_at_the_controller(edge):
    result = get(edge, "https://secure.shop.example/", connect_to=INGRESS)
    assert [leg.security for leg in result.legs] == ["TLS", "none"]
    assert result.decisions[0].notes == ("TLS ends here, with the certificate in Secret shop/shop-tls",)
    assert result.seen_by_application.header("X-Forwarded-Proto") == "https"
    assert result.seen_by_application.scheme == "http"


def test_the_server_name_picks_the_certificate_and_the_host_the_rule(edge):
    result = get(edge, "https://shop.example/api", connect_to=INGRESS, server_name="secure.shop.example")
    assert result.application == "Pod shop/api-0"
    assert result.decisions[0].notes == ("TLS ends here, with the certificate in Secret shop/shop-tls",)


def test_tls_to_the_plain_port_is_closed(edge):
    result = get(edge, "https://shop.example:80/", connect_to=INGRESS)
    assert (result.status, result.client_sees) == (None, ClientSees.RESET)


def unready_pod(name: str, namespace: str, address: str, labels: str, node: str) -> str:
    return (
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}, labels: {labels}, "
        f"annotations: {{netsim.dev/ready: 'false'}}}}, spec: {{nodeName: {node}, containers: [{{name: api, "
        f"ports: [{{containerPort: 9090}}]}}]}}, status: {{podIP: {address}}}}}"
    )


NOT_READY = unready_pod("api-0", "shop", "10.244.3.7", "{app: api}", "n3")
DEAF = """
apiVersion: v1
kind: Pod
metadata: {name: api-0, namespace: shop, labels: {app: api}, annotations: {netsim.dev/listens: 1234/tcp}}
spec: {nodeName: n3, containers: [{name: api, ports: [{containerPort: 9090}]}]}
status: {podIP: 10.244.3.7}
"""


@pytest.mark.parametrize(
    ("change", "host", "proxy", "status"),
    [
        pytest.param(NOT_READY, "shop.example", INGRESS, 503, id="no endpoints, nginx"),
        pytest.param(NOT_READY, "canary.example", "svc/edge/envoy", 503, id="no endpoints, envoy"),
        pytest.param(DEAF, "shop.example", INGRESS, 502, id="refused, nginx"),
        pytest.param(DEAF, "canary.example", "svc/edge/envoy", 503, id="refused, envoy"),
    ],
)
def test_a_backend_that_does_not_answer(change, host, proxy, status):
    assert get(simulate(change), f"http://{host}/api", connect_to=proxy).status == status


def test_shares_of_a_route_are_branches_whose_probabilities_sum_to_one(edge):
    results = request_branches(edge, HttpProbe("pod/ops/probe", "http://canary.example/", connect_to="svc/edge/envoy"))
    assert [(result.status, pytest.approx(result.probability)) for result in results] == [(200, 0.9), (500, 0.1)]


THREE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: canary, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  hostnames: [canary.example]
  rules:
  - backendRefs:
    - {name: one, port: 80, weight: 5}
    - {name: two, port: 80, weight: 3}
    - {name: three, port: 80, weight: 2}
"""


def test_three_weights_are_three_branches():
    probe = HttpProbe("pod/ops/probe", "http://canary.example/", connect_to="svc/edge/envoy")
    results = request_branches(simulate(THREE), probe)
    assert [pytest.approx(result.probability) for result in results] == [0.5, 0.3, 0.2]
    assert [result.reason.split("/")[1].split(":")[0] for result in results] == ["one", "two", "three"]


def test_endpoints_of_a_backend_are_branches(edge):
    results = request_branches(edge, HttpProbe("pod/ops/probe", "http://shop.example/", connect_to=INGRESS))
    assert sorted((result.application, result.probability) for result in results) == [
        ("Pod shop/web-0", 0.5),
        ("Pod shop/web-1", 0.5),
    ]
    assert all(leg.exchange.probability == 1 for result in results for leg in result.legs)


def test_a_mirror_gets_a_copy_and_the_client_the_other_answer(edge):
    result = get(edge, "http://canary.example/api", connect_to="svc/edge/envoy")
    assert [(leg.mirror, leg.receiver.startswith("Pod shop/web")) for leg in result.legs] == [
        (False, False), (True, True), (False, False),
    ]  # fmt: skip
    assert result.application == "Pod shop/api-0"
    assert result.source_seen == "10.244.2.60"


def test_a_response_header_modifier_shows_at_the_client(edge):
    result = get(edge, "http://canary.example/api", connect_to="svc/edge/envoy")
    assert result.response.headers == (("X-Edge", "envoy"),)


def test_a_tcp_route_passes_a_connection_on(edge):
    results = request_branches(
        edge, HttpProbe("pod/ops/probe", "tcp://canary.example:5432", connect_to="svc/edge/envoy")
    )
    assert {result.application for result in results} == {"Pod shop/db-0", "Pod shop/db-1"}
    assert all((result.client_sees, result.status) == (ClientSees.CONNECTED, None) for result in results)


def test_a_proxy_that_passes_requests_to_itself_is_stopped():
    loop = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: loop, namespace: edge}
spec:
  ingressClassName: nginx
  rules: [{host: loop.example, http: {paths: [{path: /, pathType: Prefix,
    backend: {service: {name: nginx, port: {number: 80}}}}]}}]
"""
    result = get(simulate(loop), "http://loop.example/", connect_to=INGRESS)
    assert (result.status, len(result.legs)) == (508, 16)


def test_the_document_holds_every_leg_and_decision(edge):
    document = request_document(get(edge, "http://shop.example/api", connect_to=INGRESS))
    assert document["status"] == 200
    assert document["seen_by_application"]["source_ip"] == "10.244.3.50"
    assert [leg["exchange"]["client_sees"] for leg in document["legs"]] == ["connected", "connected"]
    assert [tried["matched"] for tried in document["decisions"][0]["tried"]] == [False, True, False]


BAD = {
    "a scheme that is none of HTTP's": ({"url": "ftp://a/"}, "url: the scheme 'ftp'"),
    "a URL without a host": ({"url": "http:///x"}, "url: 'http:///x' names no host"),
    "an address with one bracket": ({"url": "http://[::1/"}, "url: 'http://[::1/' is not [SCHEME"),
    "a slash that only looks like one": ({"url": "http://a／b/"}, "url: 'http://a／b/' is not [SCHEME"),
    "a port that is none": ({"url": "http://a:99999/"}, "url: 'http://a:99999/' is not [SCHEME"),
    "a bare connection without a port": ({"url": "tcp://a"}, "url: 'tcp://a' needs a port"),
    "a method with a space": ({"url": "http://a/", "method": "G T"}, "method: 'G T' is not an HTTP method"),
    "a very long URL": ({"url": "http://a/" + "x" * 3000}, "url: longer than 2048 characters"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_a_probe_that_cannot_be_sent_says_why(arguments, message):
    with pytest.raises(NetsimError) as error:
        HttpProbe("pod/ops/probe", **arguments)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("url", "headers", "host"),
    [
        ("http://[FD00::1]:8080/", (), "[fd00::1]"),
        ("http://web/", (("Host", "[fd00::2]:80"),), "[fd00::2]"),
        ("http://Web.:8080/", (), "web"),
    ],
    ids=["an IPv6 address", "an IPv6 address in the header", "a name"],
)
def test_the_host_of_a_request_is_written_as_in_its_header(url, headers, host):
    assert HttpProbe("pod/ops/probe", url, headers=headers).request().host == host


CHECKED = """{apiVersion: v1, kind: Service, metadata: {name: checked, namespace: shop}, spec: {type: LoadBalancer,
    externalTrafficPolicy: Local, healthCheckNodePort: 32000, clusterIP: 10.96.0.17, selector: {app: web},
    ports: [{port: 80}]}}"""


@pytest.mark.parametrize(("node", "status"), [("172.20.1.11", 200), ("172.20.2.13", 503)], ids=["n1", "n3"])
def test_a_health_check_answers_whether_the_node_has_an_endpoint(node, status):
    result = get(simulate(CHECKED), f"http://{node}:32000/", "external")
    assert (result.status, result.client_sees) == (status, "response")
