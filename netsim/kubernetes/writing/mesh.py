"""PeerAuthentication and AuthorizationPolicy."""

from __future__ import annotations

from netsim.kubernetes.mesh import (
    AuthorizationOperation,
    AuthorizationPolicy,
    AuthorizationRule,
    AuthorizationSource,
    PeerAuthentication,
    Values,
)
from netsim.kubernetes.selectors import LabelSelector
from netsim.kubernetes.writing.metadata import manifest
from netsim.kubernetes.writing.values import Manifest, compact, texts

VERSION = "security.istio.io/v1"


def write_peer_authentication(item: PeerAuthentication) -> Manifest:
    ports = {str(port): {"mode": str(mode)} for port, mode in item.ports.items()}
    spec = {"selector": _workloads(item.selector), "mtls": {"mode": str(item.mode)}, "portLevelMtls": ports or None}
    return manifest(item, VERSION, "PeerAuthentication", created=item.created, spec=compact(spec))


def _workloads(selector: LabelSelector | None) -> Manifest | None:
    """type/v1beta1/selector.proto of istio/api, which knows labels only."""
    return None if selector is None else {"matchLabels": dict(selector.match_labels)}


def write_authorization_policy(item: AuthorizationPolicy) -> Manifest:
    """What the policy is targeted at, and the values of a rule's conditions, are not known and so not written."""
    spec = compact(
        {
            "selector": _workloads(item.selector),
            "action": str(item.action),
            "rules": [_rule(each) for each in item.rules],
        }
    )
    targets: Manifest = {"targetRefs": []} if item.targeted else {}
    return manifest(item, VERSION, "AuthorizationPolicy", spec=spec | targets)


def _rule(rule: AuthorizationRule) -> Manifest:
    return compact(
        {
            "from": [{"source": _source(each)} for each in rule.sources],
            "to": [{"operation": _operation(each)} for each in rule.operations],
            "when": [{"key": key} for key in rule.conditions],
        }
    )


def _source(source: AuthorizationSource) -> Manifest:
    return compact(
        {
            **_values(source.principals, "principals"),
            **_values(source.namespaces, "namespaces"),
            "ipBlocks": texts(source.ip_blocks),
            "notIpBlocks": texts(source.not_ip_blocks),
        }
    )


def _operation(operation: AuthorizationOperation) -> Manifest:
    return compact(
        _values(operation.ports, "ports")
        | _values(operation.methods, "methods")
        | _values(operation.paths, "paths")
        | _values(operation.hosts, "hosts")
    )


def _values(values: Values, key: str) -> Manifest:
    return {key: list(values.allowed), f"not{key.capitalize()}": list(values.refused)}
