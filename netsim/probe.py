"""A probe: who sends what to whom, in the words of Kubernetes, and what that means as a first packet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from netsim.errors import NetsimError
from netsim.forwarding import FIRST_SOURCE_PORT, Request
from netsim.kubernetes.cluster import WORKLOADS, Cluster
from netsim.kubernetes.dns.hosts_file import HostsFile, hosts_file
from netsim.kubernetes.dns.lookup import find_address, service_address, service_behind
from netsim.kubernetes.dns.resolv_conf import ResolvConf, node_resolv_conf, pod_resolv_conf
from netsim.kubernetes.objects import Pod, Service
from netsim.packet import IPAddress, Protocol, parse_port, parse_protocol
from netsim.underlay import EXTERNAL

SOURCE_FORMS = "pod/NAMESPACE/NAME, deploy/NAMESPACE/NAME, node/NAME or external[/IP]"
DESTINATION_FORMS = (
    "an IP address, pod/NAMESPACE/NAME, deploy/NAMESPACE/NAME, svc/NAMESPACE/NAME, node/NAME or a DNS name, "
    "with :NUMBER for the port"
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One first packet to send.

    ``source`` and ``destination`` take the forms above; ``port`` may instead stand in the destination, or be left out
    where a Service or Pod has a first port. ``protocol`` is tcp, udp, sctp or icmp, ``ttl`` the TTL or hop limit, 1 to
    255. ``size`` is bytes of payload, up to 65,000; with TCP the client writes them once it is connected, and the first
    segment is followed. ``seed`` decides every random choice.
    ``uid``, ``mark`` and ``bind`` are the sending process's user, its socket's mark and the address that it binds to,
    as the proxies of a mesh set them; ``process`` names it in the trace.
    ``late_segment``: once connected with TCP, the server sends a segment from beyond the window.
    ``simultaneous``: sent from the same port at the same time as the probe before it in the session, whose connection
    no kernel has entered yet.

    Raises NetsimError for a number out of its range.
    """

    source: str
    destination: str
    port: int | None = None
    protocol: str = "tcp"
    seed: int = 0
    ttl: int = 64
    size: int = 0
    dont_fragment: bool = False
    source_port: int = FIRST_SOURCE_PORT
    uid: int = 0
    mark: int = 0
    bind: IPAddress | None = None
    process: str = ""
    late_segment: bool = False
    simultaneous: bool = False

    def __post_init__(self) -> None:
        for name, value, lowest, highest in (
            ("port", self.port, 1, 65535),
            ("ttl", self.ttl, 1, 255),
            ("size", self.size, 0, 65000),
            ("source_port", self.source_port, 1, 65535),
        ):
            if value is not None and not lowest <= value <= highest:
                raise NetsimError(f"{name}: {value} is not between {lowest} and {highest}")


def resolve(probe: Probe, cluster: Cluster) -> Request:
    """The probe as a first packet; NetsimError says which part of it does not fit this cluster."""
    protocol = _protocol(probe.protocol)
    client = _client(probe.source, cluster)
    host, port = _split(probe.destination)
    port = probe.port if probe.port is not None else port
    address, default_port = _destination(host, cluster, client, protocol)
    if protocol in (Protocol.ICMP, Protocol.ICMPV6):
        protocol = Protocol.ICMP if address.version == 4 else Protocol.ICMPV6
        port = None
    if probe.late_segment and protocol is not Protocol.TCP:
        raise NetsimError(f"late_segment: {protocol} has no segments, only tcp has")
    if port is None and protocol not in (Protocol.ICMP, Protocol.ICMPV6):
        port = default_port
        if port is None:
            example = f"[{host}]:80" if ":" in host else f"{host}:80"
            raise NetsimError(f"destination: {probe.destination} needs a port, such as {example}")
    return Request(
        client.namespace, address, port, protocol, probe.source_port, probe.ttl, probe.size, probe.dont_fragment,
        probe.uid, probe.mark, probe.bind, probe.process, probe.late_segment, probe.simultaneous,
    )  # fmt: skip


def external_address(source: str) -> IPAddress | None:
    """The address that ``external/IP`` asks the client outside to have; None for any other source."""
    match source.split("/", 1):
        case ["external", text]:
            return _address(text, "source")
        case _:
            return None


def _protocol(text: str) -> Protocol:
    try:
        return parse_protocol(text)
    except ValueError as error:
        raise NetsimError(f"protocol: {error}") from None


@dataclass(frozen=True, slots=True)
class _Client:
    """The sender's network namespace, and how it looks names up: first in its /etc/hosts, then with its resolver.

    Both files are written only for a destination that is a name.
    """

    namespace: str
    hosts: Callable[[], HostsFile]
    resolver: Callable[[], ResolvConf]


def _client(source: str, cluster: Cluster) -> _Client:
    match source.split("/"):
        case ["pod", namespace, name]:
            return _pod_client(cluster, cluster.pod(namespace, name))
        case [kind, namespace, name] if kind in WORKLOADS:
            return _pod_client(cluster, cluster.first_pod(kind, namespace, name))
        case ["node", name]:
            return _machine(name, partial(node_resolv_conf, cluster, cluster.node(name)))
        case ["external"] | ["external", _]:
            return _machine(EXTERNAL, partial(ResolvConf, (cluster.settings.external_client,)))
        case _:
            raise NetsimError(f"source: {source!r} is not {SOURCE_FORMS}")


def _machine(name: str, resolver: Callable[[], ResolvConf]) -> _Client:
    return _Client(name, partial(hosts_file, None, name, None), resolver)


def _pod_client(cluster: Cluster, pod: Pod) -> _Client:
    names = partial(hosts_file, pod, pod.spec.hostname or pod.name, None)
    return _Client(_namespace_of(pod), names, partial(pod_resolv_conf, cluster, pod))


def _namespace_of(pod: Pod) -> str:
    if not pod.pod_ips:
        why = f": {pod.pending_reason}" if pod.pending_reason else ""
        raise NetsimError(f"Pod {pod.namespace}/{pod.name} is {pod.phase} and has no network{why}")
    return pod.node_name if pod.host_network else f"{pod.namespace}/{pod.name}"


_WITH_PORT = re.compile(r"^(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?$")


def _split(destination: str) -> tuple[str, int | None]:
    """HOST and PORT of ``HOST[:PORT]``; an IPv6 address with a port stands in brackets."""
    if destination.count(":") > 1 and not destination.startswith("["):
        return destination, None
    found = _WITH_PORT.match(destination)
    if found is None:
        raise NetsimError(f"destination: {destination!r} is not {DESTINATION_FORMS}")
    try:
        port = parse_port(found["port"]) if found["port"] is not None else None
    except ValueError as error:
        raise NetsimError(f"destination: port {error}") from None
    return found["v6"] or found["host"], port


def _destination(host: str, cluster: Cluster, client: _Client, protocol: Protocol) -> tuple[IPAddress, int | None]:
    """The address behind HOST, and the port to use where none is given."""
    match host.split("/"):
        case ["pod", namespace, name]:
            return _pod_destination(cluster.pod(namespace, name), protocol)
        case [kind, namespace, name] if kind in WORKLOADS:
            return _pod_destination(cluster.first_pod(kind, namespace, name), protocol)
        case ["svc" | "service", namespace, name]:
            service = cluster.service(namespace, name)
            return service_address(cluster, service), _first_port(service, protocol)
        case ["node", name]:
            return cluster.node(name).addresses[0], None
        case [text] if re.fullmatch(r"[0-9.]+", text) or ":" in text:
            return _address(text, "destination"), None
        case [name] if name:
            written = client.hosts().addresses(name)
            if written:
                return written[0], None
            found, address = find_address(cluster, name, client.resolver())
            behind = service_behind(cluster, found)
            return address, _first_port(behind, protocol) if behind is not None else None
        case _:
            raise NetsimError(f"destination: {host!r} is not {DESTINATION_FORMS}")


def _pod_destination(pod: Pod, protocol: Protocol) -> tuple[IPAddress, int | None]:
    """The Pod's first address, and the first port that it declares for this protocol."""
    _namespace_of(pod)
    return pod.pod_ips[0], next((p.port for p in pod.spec.ports if p.protocol.lower() == protocol), None)


def _first_port(service: Service, protocol: Protocol) -> int | None:
    """The first port of this protocol; a headless Service has no translation, so a numeric target port counts."""
    for port in service.ports:
        if port.protocol.lower() == protocol:
            return port.target_port if service.headless and isinstance(port.target_port, int) else port.port
    return None


def _address(text: str, what: str) -> IPAddress:
    try:
        return ip_address(text)
    except ValueError as error:
        raise NetsimError(f"{what}: {error}") from None
