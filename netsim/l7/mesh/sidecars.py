"""The rules and sockets of a Pod with a sidecar: Istio's Envoy or Linkerd's proxy.

Sources: tools/istio-iptables/pkg/capture/run.go and its testdata in istio/istio (REDIRECT mode, all ports and ranges);
pkg/iptables/iptables.go in linkerd/linkerd2-proxy-init with the defaults of Linkerd's Helm chart.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from netsim.kubernetes.objects import Pod
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import (
    Comment,
    Destination,
    DestinationPort,
    DestinationPortIsNot,
    GroupIs,
    Jump,
    Match,
    OutInterface,
    ProtocolIs,
    RedirectToPort,
    Return,
    Source,
    Table,
    UserIs,
)
from netsim.linux.netfilter.multiport import DestinationPorts
from netsim.packet import Protocol

ENVOY_UID = 1337
ENVOY_OUTBOUND, ENVOY_INBOUND, HBONE_PORT = 15001, 15006, 15008
ENVOY_OWN_PORTS = (15090, 15021, 15020)
"""Prometheus, health and merged telemetry: never redirected (``excludeInboundPorts`` of the injection template)."""
PASSTHROUGH_SOURCE = {4: ip_address("127.0.0.6"), 6: ip_address("::6")}
"""What Envoy binds to when it calls its own application, so that the rules know the packet."""

LINKERD_UID = 2102
LINKERD_OUTBOUND, LINKERD_INBOUND = 4140, 4143
LINKERD_OWN_PORTS = (4190, 4191)
LINKERD_SKIPPED = (4567, 4568)
"""``proxyInit.ignoreInboundPorts`` and ``ignoreOutboundPorts``: Galera."""

TCP = ProtocolIs(Protocol.TCP)
LOOPBACK = {4: ip_network("127.0.0.1/32"), 6: ip_network("::1/128")}
LO = OutInterface("lo")


def plan_istio(namespace: NetworkNamespace, pod: Pod) -> None:
    """istio-init's rules and istio-proxy's sockets."""
    for version in sorted({address.version for address in pod.pod_ips}):
        _istio_rules(namespace.netfilter.table("nat", version), version, pod)
    process = f"{pod.namespace}/{pod.name} (istio-proxy)"
    for port in (ENVOY_OUTBOUND, ENVOY_INBOUND, HBONE_PORT, *ENVOY_OWN_PORTS):
        namespace.sockets.append(Socket(Protocol.TCP, port, process))


def _istio_rules(nat: Table, version: int, pod: Pod) -> None:
    loopback = Destination(LOOPBACK[version])
    away = Destination(LOOPBACK[version], negate=True)
    inbound, output = nat.chain("ISTIO_INBOUND"), nat.chain("ISTIO_OUTPUT")
    nat.chain("ISTIO_REDIRECT").append(RedirectToPort(ENVOY_OUTBOUND), TCP)
    nat.chain("ISTIO_IN_REDIRECT").append(RedirectToPort(ENVOY_INBOUND), TCP)
    nat.chain("PREROUTING").append(Jump("ISTIO_INBOUND"), TCP)
    nat.chain("OUTPUT").append(Jump("ISTIO_OUTPUT"))
    inbound.append(Return(), TCP, DestinationPort(Protocol.TCP, HBONE_PORT))
    excluded = ENVOY_OWN_PORTS + _ports(pod, "traffic.sidecar.istio.io/excludeInboundPorts")
    inbound.append(Return(), TCP, DestinationPorts(excluded))
    inbound.append(Jump("ISTIO_IN_REDIRECT"), TCP)
    skipped = _ports(pod, "traffic.sidecar.istio.io/excludeOutboundPorts")
    for protocol in (Protocol.TCP, Protocol.UDP) if skipped else ():
        output.append(Return(), ProtocolIs(protocol), DestinationPorts(skipped))
    output.append(Return(), Source(ip_network(f"{PASSTHROUGH_SOURCE[version]}/{32 if version == 4 else 128}")), LO)
    owners: tuple[Callable[[int, bool], Match], ...] = (UserIs, GroupIs)
    for owner in owners:
        to_itself = (away, LO, TCP, DestinationPortIsNot(Protocol.TCP, HBONE_PORT), owner(ENVOY_UID, False))
        output.append(Jump("ISTIO_IN_REDIRECT"), *to_itself)
        output.append(Return(), LO, owner(ENVOY_UID, True))
        output.append(Return(), owner(ENVOY_UID, False))
    output.append(Return(), loopback)
    output.append(Jump("ISTIO_REDIRECT"))


def plan_linkerd(namespace: NetworkNamespace, pod: Pod) -> None:
    """linkerd-init's rules and linkerd-proxy's sockets."""
    process = f"{pod.namespace}/{pod.name} (linkerd-proxy)"
    for version in sorted({address.version for address in pod.pod_ips}):
        _linkerd_rules(namespace.netfilter.table("nat", version), pod)
        loopback = LOOPBACK[version].network_address
        namespace.sockets.append(Socket(Protocol.TCP, LINKERD_OUTBOUND, process, loopback))
    for port in (LINKERD_INBOUND, *LINKERD_OWN_PORTS):
        namespace.sockets.append(Socket(Protocol.TCP, port, process))


def _linkerd_rules(nat: Table, pod: Pod) -> None:
    inbound = LINKERD_OWN_PORTS + (_ports(pod, "config.linkerd.io/skip-inbound-ports") or LINKERD_SKIPPED)
    outbound = _ports(pod, "config.linkerd.io/skip-outbound-ports") or LINKERD_SKIPPED
    redirect, output = nat.chain("PROXY_INIT_REDIRECT"), nat.chain("PROXY_INIT_OUTPUT")
    redirect.append(Return(), TCP, DestinationPorts(inbound), _ignoring(inbound))
    to_inbound, to_outbound = RedirectToPort(LINKERD_INBOUND), RedirectToPort(LINKERD_OUTBOUND)
    redirect.append(to_inbound, TCP, _comment("redirect-all-incoming-to-proxy-port"))
    nat.chain("PREROUTING").append(Jump("PROXY_INIT_REDIRECT"), _comment("install-proxy-init-prerouting"))
    output.append(Return(), UserIs(LINKERD_UID), _comment("ignore-proxy-user-id"))
    output.append(Return(), LO, _comment("ignore-loopback"))
    output.append(Return(), TCP, DestinationPorts(outbound), _ignoring(outbound))
    output.append(to_outbound, TCP, _comment("redirect-all-outgoing-to-proxy-port"))
    nat.chain("OUTPUT").append(Jump("PROXY_INIT_OUTPUT"), _comment("install-proxy-init-output"))


def _comment(words: str) -> Comment:
    return Comment(f"proxy-init/{words}")


def _ignoring(ports: tuple[int, ...]) -> Comment:
    return _comment(f"ignore-port-{','.join(map(str, ports))}")


def _ports(pod: Pod, annotation: str) -> tuple[int, ...]:
    """The ports that an annotation lists; InputError for anything else."""
    words = [word.strip() for word in pod.meta.annotations.get(annotation, "").split(",") if word.strip()]
    for word in words:
        if not (word.isdecimal() and 1 <= int(word) <= 65535):
            raise pod.meta.error(f"metadata.annotations.{annotation}", f"{word!r} is not a port number")
    if len(words) > MOST_LISTED:
        raise pod.meta.error(f"metadata.annotations.{annotation}", f"lists more than {MOST_LISTED} ports")
    return tuple(int(word) for word in words)


MOST_LISTED = 12
"""One rule lists at most 15 ports, and three are the proxy's own."""
