"""AuthorizationPolicy in an Istio mesh: DENY before ALLOW, identities by mutual TLS, HTTP where a proxy reads it.

shop/web-0 (meshed, ServiceAccount default) ─┐
ops/probe  (outside, plain text)             ┴──> shop/api-0, Service api :80 → 9090
"""

from __future__ import annotations

import pytest

from netsim.requests import HttpProbe, send_request
from netsim.trace import ClientSees
from tests.netsim.requests.test_mesh import meshed

INSIDE, OUTSIDE = "pod/shop/web-0", "pod/ops/probe"


def policy(spec: str, name: str = "one", namespace: str = "shop") -> str:
    return (
        "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, "
        f"metadata: {{name: {name}, namespace: {namespace}}}, spec: {{{spec}}}}}"
    )


def status(mesh: str, source: str, *policies: str, url: str = "http://api.shop/a/b") -> int | None:
    return send_request(meshed(mesh, *policies), HttpProbe(source, url)).status


GET_ONLY = "rules: [{to: [{operation: {methods: [GET]}}]}]"
CASES = {
    "nothing written": ((), INSIDE, 200),
    "an ALLOW policy without rules": ((policy(""),), INSIDE, 403),
    "a rule without conditions": ((policy("rules: [{}]"),), OUTSIDE, 200),
    "a policy for other Pods": ((policy("selector: {matchLabels: {app: web}}"),), INSIDE, 200),
    "a policy of another namespace": ((policy("", namespace="ops"),), INSIDE, 200),
    "a policy of the root namespace": ((policy("", namespace="istio-system"),), INSIDE, 403),
    "a policy for a waypoint": ((policy("targetRefs: [{kind: Gateway, name: waypoint}]"),), INSIDE, 200),
    "the client's namespace": ((policy("rules: [{from: [{source: {namespaces: [shop]}}]}]"),), INSIDE, 200),
    "a namespace that nobody vouches for": (
        (policy("rules: [{from: [{source: {namespaces: [ops]}}]}]"),), OUTSIDE, 403,
    ),
    "the client's identity": (
        (policy("rules: [{from: [{source: {principals: ['cluster.local/ns/shop/sa/default']}}]}]"),), INSIDE, 200,
    ),
    "any identity": ((policy("rules: [{from: [{source: {principals: ['*']}}]}]"),), OUTSIDE, 403),
    "an address block": ((policy("rules: [{from: [{source: {ipBlocks: [10.244.1.9]}}]}]"),), OUTSIDE, 200),
    "a method": ((policy(GET_ONLY),), INSIDE, 200),
    "a path by its beginning": ((policy("rules: [{to: [{operation: {paths: ['/a/*']}}]}]"),), INSIDE, 200),
    "another path": ((policy("rules: [{to: [{operation: {paths: [/a]}}]}]"),), INSIDE, 403),
    "a path that is not": ((policy("rules: [{to: [{operation: {notPaths: ['/a*']}}]}]"),), INSIDE, 403),
    "the port of the workload": ((policy("rules: [{to: [{operation: {ports: ['9090']}}]}]"),), INSIDE, 200),
    "the port of the Service": ((policy("rules: [{to: [{operation: {ports: ['80']}}]}]"),), INSIDE, 403),
    "DENY before ALLOW": (
        (policy("rules: [{}]"), policy(f"action: DENY, {GET_ONLY}", "two")), INSIDE, 403,
    ),
    "a DENY that does not fit": (
        (policy("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]"),), INSIDE, 200,
    ),
    "conditions never allow": ((policy("rules: [{when: [{key: 'request.headers[a]', values: [b]}]}]"),), INSIDE, 403),
}  # fmt: skip


@pytest.mark.parametrize(("policies", "source", "expected"), CASES.values(), ids=CASES.keys())
def test_a_sidecar_lets_in_whom_policies_allow(policies, source, expected):
    assert status("istio", source, *policies) == expected


def test_ztunnel_reads_no_http():
    """ALLOW rules about HTTP never fit there, and what is refused is closed."""
    result = send_request(meshed("ambient", policy(GET_ONLY)), HttpProbe(INSIDE, "http://api.shop/"))
    assert (result.status, result.client_sees) == (None, ClientSees.RESET)
    assert "AuthorizationPolicy" in result.reason


def test_ztunnel_denies_where_a_rule_speaks_of_http_as_well():
    assert status("ambient", INSIDE, policy("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]")) is None


def test_ztunnel_knows_identities_and_ports():
    allowed = policy("rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {ports: ['9090']}}]}]")
    assert status("ambient", INSIDE, allowed) == 200
    assert status("ambient", OUTSIDE, allowed) is None


def test_the_decision_names_the_policy_and_the_rule():
    result = send_request(meshed("istio", policy(f"action: DENY, {GET_ONLY}")), HttpProbe(INSIDE, "http://api.shop/"))
    tried = result.decisions[-1].tried[-1]
    assert (tried.candidate, tried.why) == ("AuthorizationPolicy shop/one (DENY)", "rule 1 denies the request")
