"""PeerAuthentication and AuthorizationPolicy, as security/v1 of istio/api has them."""

from __future__ import annotations

from ipaddress import ip_network

from netsim.kubernetes.mesh import (
    AuthorizationAction,
    AuthorizationOperation,
    AuthorizationPolicy,
    AuthorizationRule,
    AuthorizationSource,
    MtlsMode,
    PeerAuthentication,
    Values,
)
from netsim.kubernetes.objects import IPNetwork
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_labels, read_meta
from netsim.kubernetes.selectors import LabelSelector

SECURITY_GROUP = "security.istio.io"


def read_peer_authentication(root: Field) -> PeerAuthentication:
    spec = root["spec"]
    selector = LabelSelector(read_labels(spec["selector"]["matchLabels"])) if spec["selector"].present else None
    if spec["portLevelMtls"].present and selector is None:
        raise spec["portLevelMtls"].error("needs a selector: ports are those of a workload")
    return PeerAuthentication(
        meta=read_meta(root),
        selector=selector,
        mode=spec["mtls"]["mode"].choice(MtlsMode, MtlsMode.UNSET),
        ports={_port(key, value): value["mode"].choice(MtlsMode) for key, value in spec["portLevelMtls"].items()},
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def _port(key: str, field: Field) -> int:
    if not key.isdecimal() or not 1 <= int(key) <= 65535:
        raise field.error(f"{key!r} is not a port number")
    return int(key)


def read_authorization_policy(root: Field) -> AuthorizationPolicy:
    """Read security/v1/authorization_policy.proto of istio/api."""
    spec = root["spec"]
    labels = spec["selector"]["matchLabels"]
    return AuthorizationPolicy(
        meta=read_meta(root),
        selector=LabelSelector(read_labels(labels)) if spec["selector"].present else None,
        action=spec["action"].choice(AuthorizationAction, AuthorizationAction.ALLOW),
        rules=spec["rules"].each(_read_rule),
        targeted=spec["targetRefs"].present or spec["targetRef"].present,
    )


def _read_rule(field: Field) -> AuthorizationRule:
    return AuthorizationRule(
        sources=field["from"].each(lambda each: _read_source(each["source"])),
        operations=field["to"].each(lambda each: _read_operation(each["operation"])),
        conditions=field["when"].each(lambda each: each["key"].string()),
    )


def _read_source(field: Field) -> AuthorizationSource:
    return AuthorizationSource(
        principals=_read_values(field, "principals", "notPrincipals"),
        namespaces=_read_values(field, "namespaces", "notNamespaces"),
        ip_blocks=field["ipBlocks"].each(_read_block),
        not_ip_blocks=field["notIpBlocks"].each(_read_block),
    )


def _read_block(field: Field) -> IPNetwork:
    """A CIDR, or an address for itself."""
    text = field.string()
    return field.parsed(formats.network) if "/" in text else ip_network(field.parsed(formats.address))


def _read_operation(field: Field) -> AuthorizationOperation:
    return AuthorizationOperation(
        ports=_read_values(field, "ports", "notPorts"),
        methods=_read_values(field, "methods", "notMethods"),
        paths=_read_values(field, "paths", "notPaths"),
        hosts=_read_values(field, "hosts", "notHosts"),
    )


def _read_values(field: Field, allowed: str, refused: str) -> Values:
    return Values(field[allowed].each(lambda each: each.string()), field[refused].each(lambda each: each.string()))
