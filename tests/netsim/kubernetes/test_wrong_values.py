"""A wrong value is refused where it stands, in every kind of object: file, line in the file, and path of keys."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from textwrap import dedent
from typing import Any

import pytest

from netsim.errors import InputError
from netsim.kubernetes.parsing import parse_manifests
from netsim.kubernetes.parsing.yaml_source import YamlMapping, YamlNode, YamlSequence, child_path, read_documents
from netsim.kubernetes.parsing.yaml_text import write_documents
from netsim.kubernetes.writing import write_objects
from tests.netsim.kubernetes.manifests import load, parse
from tests.netsim.kubernetes.test_dumping import CLUSTERS_OF_ONE_SUBJECT
from tests.netsim.kubernetes.test_writing import EVERY_CLUSTER_OBJECT, OBJECTS, SLICE

Path = tuple[str | int, ...]

UNREAD = {
    "containerStatuses.name", "containerStatuses.ready", "conditions.type", "conditions.status", "parentRefs.group",
    "to.unknown", "from.unknown", "spec.targetRefs", "faults.service", "options.mtu",
}  # fmt: skip
"""The ends of paths that the engine has no use for, or whose type an option's planner checks."""
GOOD = {
    **OBJECTS,
    "EndpointSlice": SLICE,
    "Pod": CLUSTERS_OF_ONE_SUBJECT["a Pod with everything"][0],
    "LoadBalancer": CLUSTERS_OF_ONE_SUBJECT["every kind of Service"][1],
    "ClusterNetwork": CLUSTERS_OF_ONE_SUBJECT["settings with everything"][0],
    "Node": CLUSTERS_OF_ONE_SUBJECT["nodes that imply the ranges"][1],
    "StatefulSet": EVERY_CLUSTER_OBJECT[0],
}


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """The path of every value that is no mapping or list, or an empty one."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path


def with_value(document: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    changed = deepcopy(document)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def place(text: str, path: Path) -> tuple[int, str]:
    """The line of the value at ``path``, and the path as errors write it."""
    node: YamlNode = read_documents("good.yaml", text)[0]
    line, written = 1, ""
    for key in path:
        written = child_path(written, key)
        if isinstance(node, YamlMapping):
            line, node = node.key_lines[str(key)], node.entries[str(key)]
        elif isinstance(node, YamlSequence):
            node = node.items[int(key)]
            line = node.line
    return line, written


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_a_value_of_the_wrong_type_is_refused_at_its_own_line_and_key(text: str) -> None:
    (document,) = write_objects(parse(text))
    tried = 0
    for path in leaves(document):
        names = [key for key in path if isinstance(key, str)]
        if {".".join(names[-2:]), names[0]} & UNREAD:
            continue
        bad = write_documents([with_value(document, path, [["wrong"]])])
        with pytest.raises(InputError) as caught:
            parse_manifests([("bad.yaml", bad)])
        line, written = place(bad, path)
        assert caught.value.file == "bad.yaml"
        assert caught.value.path.startswith(written)
        assert caught.value.line in (line, line + 1), "the value, or the element in it"
        tried += 1
    assert tried > 3


POLICY = """\
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: p}
    spec:
      podSelector: {}
      ingress:
      - from:
"""
ADMIN = """\
    apiVersion: policy.networking.k8s.io/v1alpha2
    kind: ClusterNetworkPolicy
    metadata: {name: p}
    spec:
      tier: Admin
"""
INGRESS = """\
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata: {name: i}
    spec:
      rules:
      - host: a.example
        http:
          paths:
"""
GATEWAY = """\
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: g}
    spec:
      gatewayClassName: edge
      listeners:
"""
ROUTE = """\
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r}
    spec:
      rules:
      - filters:
"""
PEERS = """\
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: a}
    spec:
"""

WRONG = {
    "a peer without a kind": (
        POLICY + "        - podSelector: {}\n        - {}\n",
        "9: spec.ingress[0].from[1]",
        "must specify a peer: podSelector, namespaceSelector or ipBlock",
    ),
    "an excepted block outside its block": (
        POLICY + "        - ipBlock:\n            cidr: 10.0.0.0/8\n            except:\n            - 11.0.0.0/16\n",
        "11: spec.ingress[0].from[0].ipBlock.except[0]",
        "must be a strict subset of cidr, which is 10.0.0.0/8",
    ),
    "a port range without its start": (
        POLICY + "        - podSelector: {}\n        ports:\n        - endPort: 90\n",
        "10: spec.ingress[0].ports[0].endPort",
        "may not be specified when port is not specified",
    ),
    "a policy type misspelt": (
        POLICY + "        - podSelector: {}\n      policyTypes:\n      - ingress\n",
        "10: spec.policyTypes[0]",
        "must be one of Ingress, Egress, not 'ingress' (did you mean Ingress?)",
    ),
    "a priority too high": (
        ADMIN + "      priority: 1001\n      subject: {namespaces: {}}\n",
        "6: spec.priority",
        "must be a whole number from 0 to 1000, not the number 1001",
    ),
    "a subject of two kinds": (
        ADMIN + "      priority: 1\n      subject:\n        namespaces: {}\n        pods: {podSelector: {}}\n",
        "7: spec.subject",
        "must have exactly one of namespaces, pods, not 2 keys",
    ),
    "an action misspelt": (
        ADMIN + "      priority: 1\n      subject: {namespaces: {}}\n      egress:\n      - action: Allow\n",
        "9: spec.egress[0].action",
        "must be one of Accept, Deny, Pass, not 'Allow'",
    ),
    "a path that does not begin with a slash": (
        INGRESS + "          - pathType: Prefix\n            path: a\n",
        "10: spec.rules[0].http.paths[0].path",
        "'a' must begin with '/'",
    ),
    "a path without a type": (
        INGRESS + "          - path: /a\n",
        "9: spec.rules[0].http.paths[0].pathType",
        "missing; it must be a string",
    ),
    "a backend port in quotes": (
        INGRESS + '          - {path: /a, pathType: Exact,\n             backend: {service: {name: w,\n'
        '               port: {number: "80"}}}}\n',
        "11: spec.rules[0].http.paths[0].backend.service.port.number",
        "must be a whole number from 1 to 65535 without quotes",
    ),
    "a controller without a path": (
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: c}\nspec:\n  controller: nginx\n",
        "5: spec.controller",
        "'nginx' is not the name of a controller",
    ),
    "a listener's protocol in lower case": (
        GATEWAY + "      - name: web\n        port: 80\n        protocol: http\n",
        "9: spec.listeners[0].protocol",
        "must be one of HTTP, HTTPS,",
    ),
    "two listeners of one name": (
        GATEWAY + "      - {name: a, port: 80, protocol: HTTP}\n      - {name: a, port: 81, protocol: HTTP}\n",
        "8: spec.listeners[1].name",
        "another listener of this Gateway is called 'a'",
    ),
    "a redirect to a host that is none": (
        ROUTE + "        - type: RequestRedirect\n          requestRedirect:\n            hostname: -a-\n",
        "9: spec.rules[0].filters[0].requestRedirect.hostname",
        "'-a-' is not a DNS name",
    ),
    "a header with a blank in its name": (
        ROUTE + "        - type: RequestHeaderModifier\n          requestHeaderModifier:\n            set:\n"
        "            - name: my header\n              value: a\n",
        "10: spec.rules[0].filters[0].requestHeaderModifier.set[0].name",
        "'my header' is not a name",
    ),
    "a filter misspelt": (
        ROUTE + "        - type: UrlRewrite\n",
        "7: spec.rules[0].filters[0].type",
        "must be one of RequestHeaderModifier,",
    ),
    "a TCPRoute without a backend": (
        "apiVersion: gateway.networking.k8s.io/v1\nkind: TCPRoute\nmetadata: {name: t}\nspec:\n  rules:\n  - {}\n",
        "6: spec.rules[0].backendRefs",
        "missing; it must list at least one backend",
    ),
    "a grant to nobody": (
        "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {name: g}\nspec:\n  from: []\n",
        "5: spec.from",
        "missing; it must list at least one kind",
    ),
    "a mode of mTLS in lower case": (
        PEERS + "      mtls:\n        mode: strict\n",
        "6: spec.mtls.mode",
        "must be one of UNSET, DISABLE, PERMISSIVE, STRICT, not 'strict' (did you mean STRICT?)",
    ),
    "a service account that is no name": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  serviceAccountName: A_B\n  containers: []\n",
        "5: spec.serviceAccountName",
        "'A_B' is not a DNS name",
    ),
    "None beside an address": (
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  clusterIP: None\n  clusterIPs: [10.96.0.9]\n",
        "6: spec.clusterIPs",
        "must not hold None beside an address",
    ),
    "an address beside an external name": (
        """\
        apiVersion: v1
        kind: Service
        metadata: {name: s}
        spec: {type: ExternalName, externalName: a.example,
          clusterIPs: [10.96.0.9]}
        """,
        "5: spec.clusterIPs[0]",
        "may not be set for ExternalName services",
    ),
    "data that is no text": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  on: 1\n",
        "5: data.on",
        "must be a string, not the number 1",
    ),
    "a kind in a group that does not have it": (
        "kind: Gateway\nmetadata: {name: g}\napiVersion: networking.k8s.io/v1\n",
        "3: apiVersion",
        "no kind Gateway in networking.k8s.io/v1; did you mean Gateway in gateway.networking.k8s.io/v1?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where", "message"), WRONG.values(), ids=WRONG)
def test_the_error_says_where_and_what(text: str, where: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load(dedent(text))
    assert str(caught.value).startswith(f"test.yaml:{where}: {message}")
