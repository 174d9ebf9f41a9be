"""Every kind of object is written so that its reader makes the same object again, whatever its fields hold.

manifest ──parse──> object ──write_objects, YAML──> manifest ──parse──> the same object
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import ConfigMap, ObjectMeta, OwnerReference, Protocol, Source
from netsim.kubernetes.parsing import READERS, Manifests, parse_manifests
from netsim.kubernetes.parsing.yaml_text import write_documents
from netsim.kubernetes.policies import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
)
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement
from netsim.kubernetes.writing import WRITERS, write_objects
from tests.netsim.kubernetes.manifests import load, parse, service
from tests.netsim.kubernetes.test_dumping import CLUSTERS_OF_ONE_SUBJECT

OBJECTS = {
    "NetworkPolicy": """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: all, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}
          policyTypes: [Egress]
          ingress:
          - {}
          - from: [{podSelector: {}}, {namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]
            ports: [{port: 80, endPort: 90}, {port: http, protocol: UDP}, {protocol: SCTP}]
          egress:
          - to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {ipBlock: {cidr: "fd00::/8"}}]
        """,
    "ClusterNetworkPolicy": """
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: all}
        spec:
          tier: Baseline
          priority: 0
          subject: {pods: {namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchLabels: {c: d}}}}
          ingress:
          - {name: one, action: Deny, from: [{namespaces: {}}, {pods: {podSelector: {}}}, {later: {}}]}
          - action: Pass
            from: [{pods: {podSelector: {matchLabels: {e: f}}}}]
            protocols: [{destinationNamedPort: http}, {tcp: {destinationPort: {number: 80}}}]
          egress:
          - action: Accept
            to: [{nodes: {}}, {networks: [10.0.0.0/8]}, {domainNames: ["*.example.org"]}]
            protocols: [{udp: {destinationPort: {range: {start: 53, end: 5353}}}}]
        """,
    "IngressClass": """
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata:
          name: edge
          annotations: {ingressclass.kubernetes.io/is-default-class: "true"}
          creationTimestamp: "2026-01-02T03:04:05Z"
        spec: {controller: k8s.io/ingress-nginx}
        """,
    "Ingress": """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: all, creationTimestamp: "2026-01-02T03:04:05Z"}
        spec:
          ingressClassName: edge
          defaultBackend: {resource: {kind: Bucket, name: files}}
          tls: [{hosts: [a.example], secretName: cert}, {}]
          rules:
          - host: "*.example.org"
          - http:
              paths:
              - {path: /a, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
              - {pathType: ImplementationSpecific, backend: {service: {name: web, port: {name: http}}}}
        """,
    "Ingress with the old annotation": """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: old, annotations: {kubernetes.io/ingress.class: edge}}
        spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
        """,
    "GatewayClass": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: edge}
        spec: {controllerName: example.org/edge}
        """,
    "Gateway": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: all, namespace: infra}
        spec:
          gatewayClassName: edge
          listeners:
          - {name: web, port: 80, protocol: HTTP, hostname: "*.example.org",
             allowedRoutes: {namespaces: {from: Selector, selector: {}}, kinds: [{kind: HTTPRoute}]}}
          - {name: some, port: 81, protocol: HTTP,
             allowedRoutes: {namespaces: {from: All, selector: {matchLabels: {a: b}}}}}
          - {name: tls, port: 443, protocol: HTTPS,
             tls: {certificateRefs: [{name: one}, {name: two, namespace: certs, kind: Vault, group: example.org}]}}
          - {name: through, port: 8443, protocol: TLS, tls: {mode: Passthrough}}
        status: {addresses: [{value: 192.0.2.7}]}
        """,
    "HTTPRoute": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: all, creationTimestamp: "2026-01-02T03:04:05Z"}
        spec:
          parentRefs: [{name: edge, namespace: infra, sectionName: web, port: 80}, {kind: Service, name: web}]
          hostnames: [a.example]
          rules:
          - name: first
            matches:
            - path: {type: Exact, value: /a}
              method: GET
              headers: [{name: X-A, value: b}, {name: X-C, value: "d+", type: RegularExpression}]
              queryParams: [{name: q, value: "1"}]
            filters:
            - type: RequestHeaderModifier
              requestHeaderModifier: {set: [{name: A, value: b}], add: [{name: C, value: ""}], remove: [D]}
            - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [E]}}
            - {type: URLRewrite, urlRewrite: {hostname: b.example, path: {type: ReplaceFullPath, replaceFullPath: /}}}
            - {type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 80}}}
            backendRefs:
            - {name: web, namespace: shop, port: 80, weight: 0,
               filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [F]}}]}
            - {group: example.org, kind: Bucket, name: files}
          - matches: [{path: {value: /old}}]
            filters:
            - type: RequestRedirect
              requestRedirect: {scheme: https, hostname: c.example, port: 8443, statusCode: 301,
                                path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}
          - filters: [{type: RequestRedirect, requestRedirect: {}}]
        """,
    "HTTPRoute with nothing": """
        {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: none}}
        """,
    "TCPRoute": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: TCPRoute
        metadata: {name: all, creationTimestamp: "2026-01-02T03:04:05Z"}
        spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: db, port: 5432, weight: 3}]}]}
        """,
    "ReferenceGrant": """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {name: all}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}]
          to: [{group: "", kind: Service}, {group: "", kind: Secret, name: cert}]
        """,
    "PeerAuthentication": """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: all, creationTimestamp: "2026-01-02T03:04:05Z"}
        spec:
          selector: {matchLabels: {app: web}}
          mtls: {mode: STRICT}
          portLevelMtls: {8080: {mode: PERMISSIVE}}
        """,
    "PeerAuthentication of a namespace": """
        {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: none}}
        """,
    "AuthorizationPolicy": """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: all}
        spec:
          selector: {matchLabels: {app: web}}
          action: DENY
          rules:
          - from:
            - source: {principals: [cluster.local/ns/a/sa/b], notPrincipals: ["*"], namespaces: [a],
                       notNamespaces: [b], ipBlocks: [10.0.0.0/8, 192.0.2.1], notIpBlocks: [10.1.0.0/16]}
            to:
            - operation: {ports: ["80"], notPorts: ["81"], methods: [GET], notMethods: [PUT], paths: [/a*],
                          notPaths: [/b], hosts: [a.example], notHosts: [b.example]}
            when: [{key: "request.headers[x]", values: [y]}]
          - {}
        """,
    "AuthorizationPolicy of a Gateway": """
        {apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: gate},
         spec: {targetRefs: [{kind: Gateway, name: edge}]}}
        """,
    "ConfigMap": """
        {apiVersion: v1, kind: ConfigMap, metadata: {name: all}, data: {Corefile: "a {\\n  b\\n}\\n", empty: ""}}
        """,
    "metadata": """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: more
          uid: 6f1f
          labels: {"1.0": "1.0", a/b: "yes", null-like: "null", empty: ""}
          annotations: {long: "a: b # c\\n- d", time: "2026-01-02", number: "012", equals: "="}
          ownerReferences: [{kind: Other, name: x}, {kind: Database, name: main, controller: true}]
        """,
}


def again(manifests: Manifests) -> Manifests:
    return parse_manifests([("again.yaml", write_documents(write_objects(manifests)))])


@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_it_is_the_same_object_when_read_again(text: str) -> None:
    manifests = parse(text)
    assert again(manifests) == manifests


@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_it_stays_what_it_was_in_a_cluster(text: str) -> None:
    cluster = load(text)
    (field,) = (each.name for each in fields(Manifests) if getattr(parse(text), each.name))
    assert getattr(load(write_documents(write_objects(cluster))), field) == getattr(cluster, field)


NAMES = st.from_regex(r"[a-z]([a-z0-9]{0,6}[a-z0-9])?", fullmatch=True)
LABELS = st.dictionaries(
    NAMES, st.from_regex(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,5}[A-Za-z0-9])?)?", fullmatch=True), max_size=3
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
REQUIREMENTS = st.builds(
    Requirement,
    NAMES,
    st.sampled_from([Operator.IN, Operator.NOT_IN]),
    st.lists(NAMES, min_size=1, max_size=2).map(tuple),
) | st.builds(Requirement, NAMES, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST]))
SELECTORS = st.builds(LabelSelector, LABELS, st.lists(REQUIREMENTS, max_size=2).map(tuple))
BLOCKS = st.builds(IPBlock, st.ip_addresses().map(lambda a: ip_network((a, 12), strict=False)))
PEERS = (
    st.builds(NetworkPolicyPeer, SELECTORS, st.none() | SELECTORS)
    | st.builds(NetworkPolicyPeer, st.none(), SELECTORS)
    | st.builds(NetworkPolicyPeer, ip_block=BLOCKS)
)
PORTS = st.builds(NetworkPolicyPort, st.sampled_from(Protocol), st.none() | st.integers(1, 65535) | NAMES)
RULES = st.lists(
    st.builds(
        NetworkPolicyRule, st.lists(PEERS, max_size=3).map(tuple), st.lists(PORTS, max_size=3).map(tuple)
    ), max_size=3
).map(tuple)  # fmt: skip
OWNERS = st.none() | st.builds(OwnerReference, NAMES, NAMES)
META = st.builds(ObjectMeta, NAMES, NAMES, LABELS, st.dictionaries(TEXT, TEXT, max_size=3), TEXT, OWNERS)
POLICIES = st.builds(
    NetworkPolicy, meta=META, pod_selector=SELECTORS, ingress=RULES, egress=RULES,
    policy_types=st.frozensets(st.sampled_from(PolicyType), min_size=1),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(POLICIES)
def test_any_network_policy_is_the_same_when_read_again(policy: NetworkPolicy) -> None:
    assert again(Manifests(network_policies=(policy,))).network_policies == (policy,)


@settings(max_examples=50, deadline=None)
@given(META, st.dictionaries(TEXT, TEXT, max_size=3))
def test_any_text_is_the_same_when_read_again(meta: ObjectMeta, data: dict[str, str]) -> None:
    item = ConfigMap(meta=meta, data=data)
    assert again(Manifests(config_maps=(item,))).config_maps == (item,)


def test_every_kind_that_is_read_has_a_writer() -> None:
    everything = parse(*OBJECTS.values(), *EVERY_CLUSTER_OBJECT)
    kinds = {each["kind"] for each in write_objects(everything)}
    assert {kind for _, kind in READERS} - kinds == set()


EVERY_CLUSTER_OBJECT = (
    *CLUSTERS_OF_ONE_SUBJECT["every kind of workload"],
    *CLUSTERS_OF_ONE_SUBJECT["nodes that imply the ranges"],
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
    "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: []}}",
    "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s}, addressType: IPv4}",
    """
    {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {a: b}},
     template: {metadata: {labels: {a: b}}, spec: {containers: []}}}}
    """,
)


def test_every_field_of_a_cluster_has_a_writer() -> None:
    names = {each.name for each in fields(Cluster) if each.compare}
    assert names - {"settings", "ignored"} == set(WRITERS)


UNSEEN = {"source", "file", "line", "lines"}
"""Where an object was written says nothing of the object."""
NAMED_FAULT = """
    {apiVersion: netsim.dev/v1, kind: ClusterNetwork, metadata: {name: east},
     spec: {faults: [{name: kube-proxy-down, service: default/web}]}}
    """
TIRED_NODE = """
    {apiVersion: v1, kind: Node, metadata: {name: n1}, spec: {taints: [{key: a, value: b, effect: NoSchedule}]},
     status: {allocatable: {pods: "20"}, conditions: [{type: Ready, status: Unknown}]}}
    """
NODE_PORT = service("dns", spec="type: NodePort", ports="[{name: dns, protocol: UDP, port: 53, nodePort: 30053}]")
NOT_READY = """
    {apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, template:
     {metadata: {labels: {a: b}, annotations: {netsim.dev/ready: "false"}}, spec: {containers: []}}}}
    """
SLICE = """
    {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv6,
     metadata: {name: web-1, labels: {kubernetes.io/service-name: web}},
     endpoints: [{addresses: ["2001:db8::5"], conditions: {ready: false, serving: false, terminating: true},
                  nodeName: n1, zone: a, hostname: one, targetRef: {kind: Pod, namespace: default, name: web-0},
                  hints: {forZones: [{name: a}], forNodes: [{name: n1}]}}],
     ports: [{port: 53, name: dns, protocol: UDP}]}
    """


def test_no_field_of_any_object_is_left_untried() -> None:
    """A field that is added to an object without a case above, in which it is not its default, may be lost unseen."""
    clusters = [load(*texts) for texts in CLUSTERS_OF_ONE_SUBJECT.values()]
    manifests = [parse(text) for text in (*OBJECTS.values(), NAMED_FAULT, SLICE, TIRED_NODE, NODE_PORT, NOT_READY)]
    written = [again(each) for each in manifests]
    assert written == manifests
    kinds: set[type] = set()
    tried: set[tuple[type, str]] = set()
    for value in _values((clusters, manifests)):
        kinds.add(type(value))
        tried |= {(type(value), each.name) for each in fields(value) if getattr(value, each.name) != _default(each)}
    untried = {
        f"{kind.__name__}.{each.name}"
        for kind in kinds - {Source, Cluster, Manifests}
        for each in fields(kind)
        if each.name not in UNSEEN and (kind, each.name) not in tried
    }
    assert sorted(untried) == []


def _values(value: object) -> Iterator[object]:
    """Every dataclass value inside a value."""
    if is_dataclass(value):
        yield value
        for each in fields(value):
            yield from _values(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _values(each)


def _default(field: Field[object]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default
