"""``ipvsadm``: the virtual servers of one namespace and their real ones, as text.

Source of the columns and the order: ipvsadm.c (print_service_entry), libipvs.c (ipvs_cmp_services, ipvs_cmp_dests).
"""

from __future__ import annotations

from collections.abc import Iterator

from netsim.linux.ipvs import RealServer, VirtualServer
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import Protocol, host_and_port

HEADING = """IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
"""
PROTOCOL_ORDER = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
OPTIONS = {Protocol.TCP: "-t", Protocol.UDP: "-u", Protocol.SCTP: "--sctp-service"}


def ipvsadm_list(namespace: NetworkNamespace) -> str:
    """``ipvsadm -Ln``; no connection is counted, since what is shown is the state before anything was sent."""
    lines: list[str] = []
    for service in _services(namespace):
        protocol, address, port = service.virtual
        flags = "" if service.persistent is None else f" persistent {service.persistent}"
        lines.append(f"{protocol.upper():<4} {host_and_port(address, port)} {service.scheduler}{flags}")
        for server in _servers(service):
            lines.append(f"  -> {server!s:<28} {'Masq':<7} {server.weight:<6} {0:<10} {0:<10}")
    return HEADING + "".join(f"{line}\n" for line in lines)


def ipvsadm_save(namespace: NetworkNamespace) -> str:
    """``ipvsadm-save -n``, which ``ipvsadm-restore`` loads; "" when there is no virtual server."""
    lines: list[str] = []
    for service in _services(namespace):
        protocol, address, port = service.virtual
        virtual = f"{OPTIONS[protocol]} {host_and_port(address, port)}"
        persistence = "" if service.persistent is None else f" -p {service.persistent}"
        lines.append(f"-A {virtual} -s {service.scheduler}{persistence}")
        lines += [f"-a {virtual} -r {server} -m -w {server.weight}" for server in _servers(service)]
    return "".join(f"{line}\n" for line in lines)


def _services(namespace: NetworkNamespace) -> Iterator[VirtualServer]:
    """IPv4 before IPv6, then by protocol, address and port."""
    return iter(
        sorted(
            namespace.ipvs,
            key=lambda service: (
                service.virtual.address.version,
                PROTOCOL_ORDER.index(service.virtual.protocol),
                int(service.virtual.address),
                service.virtual.port,
            ),
        )
    )


def _servers(service: VirtualServer) -> list[RealServer]:
    return sorted(service.servers, key=lambda server: (int(server.address), server.port))
