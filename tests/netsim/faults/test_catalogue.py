"""Every named fault shows: some probe goes another way than in the healthy cluster, and some still goes as it did.

Harbour (see harbour.py) is broken; a few faults need a Service or a Deployment that it does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from netsim import Exchange, HttpProbe, InputError, Probe, Simulation, load_cluster, request_branches
from netsim.faults import CATALOGUE
from netsim.kubernetes.settings import Fault, OptionValue
from netsim.resolver import Resolver
from netsim.serialize import exchange_document
from tests.netsim.harbour import SCENE

PROBE, WEB_0, API, N1 = "pod/ops/probe", "pod/shop/web-0", "svc/shop/api", "node/n1"
INSIDE = "pod/shop/probe-2"
WEB, NEAR, FAR = "svc/shop/web:80", "pod/shop/web-0:8080", "pod/shop/web-1:8080"

FLANNEL, CALICO, BGP = (
    f"{{plugin: {name}}}" for name in ("flannel, backend: vxlan", "calico, backend: vxlan", "calico, backend: none")
)
BALANCED = """
apiVersion: v1
kind: Service
metadata: {name: balanced, namespace: shop}
spec: {type: LoadBalancer, clusterIP: 10.96.50.50, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}
"""
CROWD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: crowd, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: crowd}}
  template:
    metadata: {labels: {app: crowd}}
    spec: {containers: [{name: main, image: registry.example/main, ports: [{containerPort: 8000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: crowd, namespace: shop}
spec: {clusterIP: 10.96.60.60, selector: {app: crowd}, ports: [{port: 8000}]}
"""


EDGE = """
{apiVersion: v1, kind: Pod,
 metadata: {name: edge-0, namespace: ops, labels: {app: edge, app.kubernetes.io/name: traefik}},
 spec: {nodeName: n2, containers: [{name: traefik, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: ops},
 spec: {clusterIP: 10.96.70.70, selector: {app: edge}, ports: [{port: 80}]}}
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: edge},
 spec: {controller: traefik.io/ingress-controller}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  ingressClassName: edge
  rules:
    - host: shop.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
GRANTED = (
    EDGE
    + """
---
{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: traefik},
 spec: {controllerName: traefik.io/gateway-controller}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: door, namespace: ops},
 spec: {gatewayClassName: traefik, listeners: [{name: http, port: 80, protocol: HTTP}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: far, namespace: ops},
 spec: {parentRefs: [{name: door}], hostnames: [far.example],
        rules: [{backendRefs: [{name: api, namespace: shop, port: 80}]}]}}
---
{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: ops, namespace: shop},
 spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: ops}], to: [{group: "", kind: Service}]}}
"""
)
WEB_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}
          podSelector: {matchLabels: {app: toolbox}}
        - {ipBlock: {cidr: 10.244.3.7/32}}
      ports: [{port: 8080}]
"""
TOOLBOX = """
apiVersion: v1
kind: Pod
metadata: {name: toolbox, namespace: ops, labels: {app: toolbox}}
spec: {nodeName: n1, containers: [{name: toolbox, image: registry.example/toolbox}]}
status: {podIP: 10.244.1.20}
"""
DNS_ALLOWED = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: names-only, namespace: ops}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]
      ports: [{protocol: UDP, port: 53}, {port: 53}]
"""

MESHED = """
{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{label}}}}}}}
---
{{apiVersion: v1, kind: Pod, metadata: {{name: probe-2, namespace: shop}},
 spec: {{nodeName: n1, containers: [{{name: main}}]}}, status: {{podIP: 10.244.1.30}}}}
"""
SIDECARS, AMBIENT = (
    MESHED.format(label=text) for text in ("istio-injection: enabled", "istio.io/dataplane-mode: ambient")
)

Question = Callable[[Simulation], list[tuple[object, ...]]]
"""What a question makes visible; the first value of each tuple is in the words of the client."""


def send(probe: Probe) -> Question:
    """What the client and the server see on each branch, and how likely it is."""
    return lambda simulation: sorted((_outcome(each) for each in simulation.branches(probe)), key=str)


def _outcome(exchange: Exchange) -> tuple[object, ...]:
    source = exchange.seen_by_server.source if exchange.seen_by_server else None
    name = exchange.server.name if exchange.server else None
    return (str(exchange.client_sees), name, source, round(exchange.probability, 9))


def tcp(source: str, destination: str) -> Question:
    return send(Probe(source, destination))


def look_up(source: str, name: str, simultaneous: bool = False) -> Question:
    """The end of a name's resolution, its addresses, how many queries it took and how many seconds of waiting."""

    def question(simulation: Simulation) -> list[tuple[object, ...]]:
        found = Resolver(simulation.session(), simulation.cluster, source, simultaneous=simultaneous).lookup(name)
        return [(found.rcode, found.addresses, len(found.queries), found.seconds)]

    return question


def get(source: str, url: str, connect_to: str = "svc/ops/edge:80") -> Question:
    """The status of a request, on each branch, or how it ended without one."""

    def question(simulation: Simulation) -> list[tuple[object, ...]]:
        probe = HttpProbe(source, url, connect_to=connect_to)
        return sorted(
            {(str(each.status or each.client_sees), each.application) for each in request_branches(simulation, probe)}
        )

    return question


@dataclass(frozen=True)
class Case:
    """``shows`` is answered otherwise with the fault; ``stays``, a control, is not. ``sees`` is (healthy, broken).

    ``cni`` is written instead of flannel: Calico is one that enforces policies.
    """

    name: str
    shows: Question
    sees: tuple[str, str]
    stays: Question | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    change: str = ""
    cni: str = FLANNEL


CASES = (
    Case("selector-typo", tcp(PROBE, WEB), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("target-port-mismatch", tcp(PROBE, WEB), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("named-port-missing", tcp(PROBE, WEB), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("selector-too-broad", tcp(PROBE, "svc/shop/api:80"), ("connected", "connected"),
         options={"service": "shop/api"}),
    Case("headless-surprise", tcp(PROBE, "svc/shop/web:80"), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("external-traffic-local", tcp("external", "172.20.2.13:30080"), ("connected", "timeout"), tcp(PROBE, WEB)),
    Case("cni-missing", tcp(PROBE, "svc/shop/api:80"), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("ipam-exhausted", tcp(PROBE, "svc/shop/api:80"), ("connected", "refused"), tcp(PROBE, NEAR),
         options={"pod": "shop/api-0"}),
    Case("load-balancer-pending", tcp("external", "198.51.100.20:80"), ("connected", "unreachable"), tcp(PROBE, WEB),
         change=BALANCED),
    Case("readiness-fails", tcp(PROBE, WEB), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("service-protocol-udp", tcp(PROBE, WEB), ("connected", "unreachable"), tcp(PROBE, NEAR)),
    Case("internal-traffic-local", tcp("pod/shop/api-0", WEB), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("node-without-pod-cidr", tcp(PROBE, "svc/shop/api:80"), ("connected", "refused"), tcp(PROBE, NEAR)),
    Case("ip-forward-off", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("forward-policy-drop", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("bridge-nf-off", send(Probe(PROBE, WEB, seed=1)), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("conntrack-full", tcp(PROBE, NEAR), ("connected", "timeout"), tcp("pod/shop/web-1", "pod/shop/db-0:5432")),
    Case("hairpin-off", tcp(WEB_0, WEB), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("no-default-route", tcp(N1, WEB), ("connected", "unreachable"), tcp(PROBE, WEB)),
    Case("tunnel-port-blocked", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("pod-mtu-too-large",
         send(Probe(PROBE, "pod/shop/web-1", protocol="icmp", size=1472, dont_fragment=True)),
         ("message too long", "timeout"), send(Probe(PROBE, "pod/shop/web-1", protocol="icmp", size=100))),
    Case("bgp-down", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR), cni=BGP),
    Case("iptables-legacy-rules", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("checksum-offload", tcp(N1, "svc/shop/api:80"), ("connected", "timeout"), tcp(PROBE, "svc/shop/api:80")),
    Case("wrong-interface", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("overlapping-ranges", tcp("external", "172.20.1.11:30080"), ("connected", "timeout"), tcp(PROBE, WEB)),
    Case("rp-filter-strict", tcp(PROBE, FAR), ("connected", "timeout"), tcp(PROBE, NEAR)),
    Case("wrong-cluster-cidr", tcp(PROBE, WEB), ("connected", "connected"), tcp(PROBE, NEAR)),
    Case("kube-proxy-down", tcp(PROBE, "svc/shop/api:80"), ("connected", "unreachable"), tcp(PROBE, WEB),
         options={"service": "shop/api"}),
    Case("foreign-service-range", send(Probe(PROBE, "svc/shop/web", protocol="icmp")), ("unreachable", "connected"),
         tcp(PROBE, WEB)),
    Case("late-packets", send(Probe(PROBE, WEB, late_segment=True)), ("connected", "reset"), tcp(PROBE, WEB)),
    Case("stale-udp-entry", send(Probe(PROBE, "10.96.0.10:53", protocol="udp")), ("connected", "unreachable"),
         send(Probe(PROBE, "10.96.0.10:53", protocol="udp", source_port=42000)), options={"pod": "ops/probe"}),
    Case("localhost-node-port", tcp(N1, "127.0.0.1:30080"), ("connected", "refused"), tcp(N1, "172.20.1.11:30080")),
    Case("host-port-conflict", tcp(PROBE, "10.96.60.60:8000"), ("connected", "connected"), tcp(PROBE, NEAR),
         change=CROWD),
    Case("listens-on-loopback", tcp(PROBE, NEAR), ("connected", "refused"), tcp(PROBE, "svc/shop/api:80")),
    Case("coredns-loop", look_up(PROBE, "web.shop"), ("NOERROR", "refused"), tcp(PROBE, WEB)),
    Case("long-search-list", look_up(PROBE, "example.com"), ("NOERROR", "NOERROR"), tcp(PROBE, WEB),
         options={"pod": "ops/probe"}),
    Case("node-local-dns", look_up(PROBE, "web.shop"), ("NOERROR", "timeout"), look_up(WEB_0, "web.shop"),
         change=DNS_ALLOWED, cni=CALICO),
    Case("dns-race", look_up(PROBE, "example.com", simultaneous=True), ("NOERROR", "NOERROR"),
         look_up(PROBE, "example.com")),
    Case("stale-hosts-entry", look_up(PROBE, "web.shop"), ("NOERROR", "NOERROR"), look_up(PROBE, "api.shop")),
    Case("egress-without-dns", look_up(PROBE, "web.shop"), ("NOERROR", "timeout"), tcp(PROBE, WEB), cni=CALICO,
         options={"namespace": "ops"}),
    Case("namespace-label-missing", tcp("pod/ops/toolbox", WEB), ("connected", "timeout"), tcp("pod/shop/api-0", WEB),
         change=WEB_POLICY + "---" + TOOLBOX, cni=CALICO),
    Case("one-dash-too-many", tcp(PROBE, WEB), ("timeout", "connected"), tcp("pod/ops/toolbox", WEB),
         change=WEB_POLICY + "---" + TOOLBOX, cni=CALICO),
    Case("policy-service-port", tcp("pod/shop/api-0", WEB), ("connected", "timeout"), tcp(PROBE, WEB),
         change=WEB_POLICY, cni=CALICO),
    Case("ip-block-host-bits", tcp("pod/shop/db-1", WEB), ("timeout", "connected"), tcp("pod/shop/api-0", WEB),
         change=WEB_POLICY, cni=CALICO),
    Case("ingress-class-missing", get(PROBE, "http://shop.example/"), ("200", "404"), tcp(PROBE, WEB), change=EDGE),
    Case("ingress-backend-port", get(PROBE, "http://shop.example/"), ("200", "503"), tcp(PROBE, WEB), change=EDGE),
    Case("reference-grant-missing", get(PROBE, "http://far.example/"), ("200", "500"), tcp(PROBE, WEB),
         change=GRANTED),
    Case("mtls-strict", get(PROBE, "http://api.shop/", ""), ("200", "reset"), get(INSIDE, "http://api.shop/", ""),
         change=SIDECARS),
    Case("external-name-virtual-host", get(PROBE, "http://api.shop/", ""), ("200", "404"),
         get(PROBE, "http://web.shop/", ""), options={"service": "shop/api"}),
    Case("ambient-without-hbone", get(INSIDE, "http://api.shop/", ""), ("200", "timeout"),
         get(PROBE, "http://api.shop/", ""), change=AMBIENT, cni=CALICO),
)  # fmt: skip


BY_NAME = {case.name: case for case in CASES}


def simulate(case: Case, broken: bool) -> Simulation:
    return _simulation(case.name, broken)


@cache
def _simulation(name: str, broken: bool) -> Simulation:
    case = BY_NAME[name]
    text = SCENE.read_text().replace(FLANNEL, case.cni)
    changes = [("change.yaml", case.change)] if case.change else []
    faults = [Fault(case.name, case.options)] if broken else []
    return Simulation(load_cluster([(SCENE.name, text)], changes, faults))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_some_probe_goes_another_way_with_the_fault(case: Case) -> None:
    assert case.shows(simulate(case, True)) != case.shows(simulate(case, False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_client_sees_what_the_catalogue_says(case: Case) -> None:
    seen = tuple({str(outcome[0]) for outcome in case.shows(simulate(case, broken))} for broken in (False, True))

    assert tuple(expected in outcome for expected, outcome in zip(case.sees, seen, strict=True)) == (True, True), seen


@pytest.mark.parametrize("case", [each for each in CASES if each.stays], ids=lambda case: case.name)
def test_a_control_probe_goes_as_it_did(case: Case) -> None:
    assert case.stays is not None
    assert case.stays(simulate(case, True)) == case.stays(simulate(case, False))


def test_every_fault_of_the_catalogue_has_a_case() -> None:
    assert sorted(case.name for case in CASES) == sorted(CATALOGUE)


def test_numbers_are_unique() -> None:
    numbers = [kind.number for kind in CATALOGUE.values()]

    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("selector-tipo", r"^h\.yaml:\d+: spec\.faults\[0\]\.name: .*no such fault; did you mean selector-typo"),
        ("{name: selector-typo, pod: shop/web-0}", r"spec\.faults\[0\]\.pod: .*no such option; it has service"),
        ("{name: selector-typo, service: shop/wep}", r"\[0\]\.service: .*no Service 'shop/wep'; there are shop/web"),
        ("{name: selector-typo, service: shop/pay}", "Service shop/pay has nothing that this fault could break"),
        ("{name: ip-forward-off, node: n9}", "no Node 'n9'; there are n1, n2, n3"),
        ("{name: target-port-mismatch, port: 0}", "must be a number from 1 to 65535, not 0"),
        ("load-balancer-pending", "the cluster has no Service that it could break"),
    ],
    ids=["misspelled", "unknown option", "unknown object", "object that does not fit", "unknown node", "bad number",
         "nothing to break"],
)  # fmt: skip
def test_a_fault_that_cannot_be_is_refused_at_its_key(written: str, message: str) -> None:
    text = SCENE.read_text().replace("  proxy: {mode: iptables}", f"  proxy: {{mode: iptables}}\n  faults: [{written}]")
    with pytest.raises(InputError, match=message):
        Simulation(load_cluster([("h.yaml", text)]))


def test_masquerading_a_tunnel_packet_spoils_its_checksum() -> None:
    """n1 ── flannel.1 ══ MASQUERADE of the outer packet ══ eth0 of n3, which takes it for damaged"""
    simulation = simulate(BY_NAME["checksum-offload"], True)
    last = exchange_document(simulation.trace(Probe(N1, "svc/shop/api:80")))["request"]["hops"][-1]

    assert (last["netns"], last["packet"]["udp"]["checksum"]) == ("n3", "wrong")
    assert next(step["state"] for step in last["steps"] if step["kind"] == "conntrack") == "INVALID"


def test_offloading_alone_spoils_nothing() -> None:
    """From Pod to Pod nobody translates the outer packet, so that it keeps having no checksum."""
    simulation = simulate(BY_NAME["checksum-offload"], True)
    hops = exchange_document(simulation.trace(Probe(PROBE, FAR)))["request"]["hops"]

    assert [hop["packet"]["udp"].get("checksum") for hop in hops if "vxlan" in hop["packet"]] == [None] * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [("cni: {plugin: flannel, backend: host-gw}", "no VXLAN tunnel"),
     ("proxy: {mode: nftables}", "kube-proxy masquerades without iptables")],
    ids=["no tunnel", "no iptables"],
)  # fmt: skip
def test_checksums_need_a_tunnel_and_iptables_to_be_spoiled(settings: str, message: str) -> None:
    text = SCENE.read_text()
    old = f"cni: {FLANNEL}" if settings.startswith("cni") else "proxy: {mode: iptables}"
    assert old in text
    with pytest.raises(InputError, match=message):
        Simulation(load_cluster([("h.yaml", text.replace(old, settings))], faults=["checksum-offload"]))


def test_several_faults_add_up() -> None:
    both = [Fault("selector-typo"), Fault("ip-forward-off", {"node": "n2"})]
    simulation = Simulation(load_cluster([(SCENE.name, SCENE.read_text())], faults=both))

    assert simulation.trace(Probe(PROBE, WEB)).client_sees == "refused"
    assert simulation.trace(Probe(PROBE, FAR)).client_sees == "timeout"


def test_the_documentation_lists_every_fault_as_the_catalogue_has_it() -> None:
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")
    missing = [
        kind.name for kind in CATALOGUE.values() if f"| F{kind.number} | `{kind.name}` | {kind.title} |" not in text
    ]

    assert missing == []
