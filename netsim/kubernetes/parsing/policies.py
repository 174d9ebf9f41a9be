"""NetworkPolicy and ClusterNetworkPolicy, refused where the API server refuses them.

Sources: pkg/apis/networking/validation/validation.go and pkg/apis/networking/v1/defaults.go (kubernetes/kubernetes);
the kubebuilder markers of apis/v1alpha2/clusternetworkpolicy_types.go (kubernetes-sigs/network-policy-api).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from netsim.kubernetes.objects import IPNetwork, Protocol
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_label_selector, read_meta
from netsim.kubernetes.policies import (
    Action,
    ClusterNetworkPolicy,
    ClusterNetworkPolicyPeer,
    ClusterNetworkPolicyPort,
    ClusterNetworkPolicyRule,
    IPBlock,
    NamespacedPod,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicyRule,
    PolicyType,
    Tier,
)

Value = TypeVar("Value")

MOST_ITEMS = 25
"""Rules of a direction, peers and protocols of a rule, and networks of a peer in a ClusterNetworkPolicy."""
HIGHEST_PRIORITY = 1000
LONGEST_RULE_NAME = 100
DOMAIN_NAME = re.compile(
    r"(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?"
)
SPEC_KEYS = ("podSelector", "policyTypes", "ingress", "egress")
PORT_KEYS = ("protocol", "port", "endPort")
SELECTOR_KEYS = ("podSelector", "namespaceSelector")
CLUSTER_SPEC_KEYS = ("tier", "priority", "subject", "ingress", "egress")
INGRESS_PEERS = ("namespaces", "pods")
EGRESS_PEERS = (*INGRESS_PEERS, "nodes", "networks", "domainNames")
PROTOCOL_KEYS = {"tcp": Protocol.TCP, "udp": Protocol.UDP, "sctp": Protocol.SCTP}


def read_network_policy(root: Field) -> NetworkPolicy:
    meta, spec = read_meta(root), root["spec"]
    spec.refuse_unknown_keys(SPEC_KEYS)
    egress = _read_rules(spec["egress"], "to")
    return NetworkPolicy(
        meta=meta,
        pod_selector=read_label_selector(spec["podSelector"]),
        policy_types=_read_policy_types(spec["policyTypes"], has_egress=bool(egress)),
        ingress=_read_rules(spec["ingress"], "from"),
        egress=egress,
    )


def _read_policy_types(field: Field, has_egress: bool) -> frozenset[PolicyType]:
    """Read policyTypes; absent or empty: Ingress always, Egress where there is an egress rule (SetDefaults)."""
    written = field.each(lambda each: each.choice(PolicyType))
    if len(written) > len(PolicyType):
        raise field.error("may not specify more than two policyTypes")
    return frozenset(written or (PolicyType.INGRESS, *([PolicyType.EGRESS] if has_egress else [])))


def _read_rules(field: Field, peers_key: str) -> tuple[NetworkPolicyRule, ...]:
    def read(rule: Field) -> NetworkPolicyRule:
        rule.refuse_unknown_keys(("ports", peers_key))
        return NetworkPolicyRule(rule[peers_key].each(_read_peer), rule["ports"].each(_read_port))

    return field.each(read)


def _read_peer(field: Field) -> NetworkPolicyPeer:
    field.refuse_unknown_keys((*SELECTOR_KEYS, "ipBlock"))
    selectors = [field[key] for key in SELECTOR_KEYS if field[key].present]
    if not selectors and not field["ipBlock"].present:
        raise field.error("must specify a peer: podSelector, namespaceSelector or ipBlock")
    if selectors and field["ipBlock"].present:
        raise field.error("may not specify both ipBlock and another peer")
    return NetworkPolicyPeer(
        pod_selector=field["podSelector"].maybe(read_label_selector),
        namespace_selector=field["namespaceSelector"].maybe(read_label_selector),
        ip_block=field["ipBlock"].maybe(_read_ip_block),
    )


def _read_ip_block(field: Field) -> IPBlock:
    field.refuse_unknown_keys(("cidr", "except"))
    cidr = field["cidr"].parsed(formats.legacy_network)

    def read_except(each: Field) -> IPNetwork:
        inner = each.parsed(formats.legacy_network)
        if inner.version != cidr.version or inner.network_address not in cidr or inner.prefixlen <= cidr.prefixlen:
            raise each.error(f"must be a strict subset of cidr, which is {cidr}")
        return inner

    return IPBlock(cidr, field["except"].each(read_except))


def _read_port(field: Field) -> NetworkPolicyPort:
    field.refuse_unknown_keys(PORT_KEYS)
    protocol = field["protocol"].choice(Protocol, Protocol.TCP)
    port = field["port"].maybe(_read_number_or_name)
    if not field["endPort"].present:
        return NetworkPolicyPort(protocol, port)
    if not isinstance(port, int):
        why = "is not specified" if port is None else "is a name"
        raise field["endPort"].error(f"may not be specified when port {why}")
    end_port = field["endPort"].port()
    if end_port < port:
        raise field["endPort"].error(f"must be greater than or equal to port, which is {port}")
    return NetworkPolicyPort(protocol, port, end_port)


def _read_number_or_name(field: Field) -> int | str:
    value = field.option()
    if isinstance(value, str):
        if value.isdecimal():
            raise field.error(f'must be the number {value} without quotes; "{value}" would be the name of a port')
        return field.parsed(formats.port_name)
    return field.port()


def read_cluster_network_policy(root: Field) -> ClusterNetworkPolicy:
    meta, spec = read_meta(root, namespaced=False), root["spec"]
    spec.refuse_unknown_keys(CLUSTER_SPEC_KEYS)
    return ClusterNetworkPolicy(
        meta=meta,
        tier=spec["tier"].choice(Tier),
        priority=spec["priority"].integer(0, HIGHEST_PRIORITY),
        subject=_read_subject(spec["subject"]),
        ingress=_few(spec["ingress"], lambda rule: _read_cluster_rule(rule, "from", INGRESS_PEERS)),
        egress=_few(spec["egress"], lambda rule: _read_cluster_rule(rule, "to", EGRESS_PEERS)),
    )


def _few(field: Field, read: Callable[[Field], Value]) -> tuple[Value, ...]:
    values = field.each(read)
    if len(values) > MOST_ITEMS:
        raise field.error(f"must have at most {MOST_ITEMS} items, not {len(values)}")
    return values


def _some(field: Field, read: Callable[[Field], Value]) -> tuple[Value, ...]:
    values = _few(field, read)
    if not values:
        raise field.error("must have at least one item")
    return values


def _only_key(field: Field, known: tuple[str, ...]) -> str | None:
    """Which of the `known` keys a mapping has, of which it must have exactly one; None for a key of a later version."""
    present = [key for key, value in field.items() if value.present]
    if len(present) != 1:
        raise field.error(f"must have exactly one of {', '.join(known)}, not {len(present)} keys")
    return present[0] if present[0] in known else None


def _read_subject(field: Field) -> NamespacedPod:
    if _only_key(field, INGRESS_PEERS) is None:
        field.refuse_unknown_keys(INGRESS_PEERS)
    return _read_pods(field)


def _read_pods(field: Field) -> NamespacedPod:
    """Read the `namespaces` or the `pods` of a subject or peer."""
    if field["namespaces"].present:
        return NamespacedPod(read_label_selector(field["namespaces"]))
    pods = field["pods"]
    pods.refuse_unknown_keys(SELECTOR_KEYS)
    if not pods["podSelector"].present:
        raise pods["podSelector"].error("missing; it must be a label selector, {} for every Pod")
    return NamespacedPod(read_label_selector(pods["namespaceSelector"]), read_label_selector(pods["podSelector"]))


def _read_cluster_rule(field: Field, peers_key: str, peer_keys: tuple[str, ...]) -> ClusterNetworkPolicyRule:
    field.refuse_unknown_keys(("name", "action", peers_key, "protocols"))
    name, protocols = field["name"].string(""), field["protocols"]
    if len(name) > LONGEST_RULE_NAME:
        raise field["name"].error(f"must have at most {LONGEST_RULE_NAME} characters")
    rule = ClusterNetworkPolicyRule(
        action=field["action"].choice(Action),
        peers=_some(field[peers_key], lambda peer: _read_cluster_peer(peer, peer_keys)),
        ports=_some(protocols, _read_protocol) if protocols.present else (),
        name=name,
    )
    if rule.action is not Action.ACCEPT and any(peer.domain_names for peer in rule.peers):
        raise field["action"].error("must be Accept where a peer has domainNames")
    if any(port.name for port in rule.ports) and any(peer.pods is None and not peer.unknown for peer in rule.peers):
        raise protocols.error("destinationNamedPort cannot be used with networks, nodes or domainNames")
    return rule


def _read_cluster_peer(field: Field, known: tuple[str, ...]) -> ClusterNetworkPolicyPeer:
    match _only_key(field, known):
        case "namespaces" | "pods":
            return ClusterNetworkPolicyPeer(pods=_read_pods(field))
        case "nodes":
            return ClusterNetworkPolicyPeer(nodes=read_label_selector(field["nodes"]))
        case "networks":
            networks = _some(field["networks"], lambda each: each.parsed(formats.network))
            return ClusterNetworkPolicyPeer(networks=networks)
        case "domainNames":
            return ClusterNetworkPolicyPeer(domain_names=_some(field["domainNames"], _read_domain_name))
        case _:
            return ClusterNetworkPolicyPeer()


def _read_domain_name(field: Field) -> str:
    text = field.string()
    if not DOMAIN_NAME.fullmatch(text):
        raise field.error(f"{text!r} is not a domain name such as example.org or *.example.org")
    return text.lower().removesuffix(".")


def _read_protocol(field: Field) -> ClusterNetworkPolicyPort:
    known = (*PROTOCOL_KEYS, "destinationNamedPort")
    key = _only_key(field, known)
    if key is None:
        field.refuse_unknown_keys(known)
    if key == "destinationNamedPort":
        return ClusterNetworkPolicyPort(name=field[key].parsed(formats.port_name))
    assert key is not None
    field[key].refuse_unknown_keys(("destinationPort",))
    ports = _read_destination_port(field[key]["destinationPort"])
    return replace(ports, protocol=PROTOCOL_KEYS[key])


def _read_destination_port(field: Field) -> ClusterNetworkPolicyPort:
    if not field.present:
        raise field.error("missing; it must have a number or a range")
    if _only_key(field, ("number", "range")) == "number":
        number = field["number"].port()
        return ClusterNetworkPolicyPort(first=number, last=number)
    field.refuse_unknown_keys(("number", "range"))
    field["range"].refuse_unknown_keys(("start", "end"))
    first, last = field["range"]["start"].port(), field["range"]["end"].port()
    if first >= last:
        raise field["range"]["end"].error(f"must be greater than start, which is {first}")
    return ClusterNetworkPolicyPort(first=first, last=last)
