"""Exchanges as plain dictionaries of JSON values: the one shape that web pages, tests and other tools read."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import Any

from netsim.linux.conntrack import FlowTuple
from netsim.linux.netfilter import RuleHit
from netsim.linux.routing import Route
from netsim.packet import Geneve, Icmp, IpInIp, OuterChecksum, Packet, Sctp, Sleeve, Tcp, Udp, Vxlan, Wireguard
from netsim.trace import Exchange, Hop, Server, Step, Trace

Document = dict[str, Any]


def exchange_document(exchange: Exchange) -> Document:
    """The exchange as ``python -m netsim trace --json`` prints it."""
    return {
        "verdict": exchange.verdict.value,
        "reason": exchange.reason,
        "client_sees": exchange.client_sees.value,
        "probability": exchange.probability,
        "server": _server(exchange.server),
        "seen_by_server": _seen(exchange.seen_by_server),
        "request": _trace(exchange.request),
        "reply": _trace(exchange.reply) if exchange.reply is not None else None,
        "data": [_trace(trace) for trace in exchange.data],
    }


def _server(server: Server | None) -> Document | None:
    if server is None:
        return None
    return {"kind": server.kind, "namespace": server.namespace, "name": server.name, "node": server.node}


def _seen(packet: Packet | None) -> Document | None:
    if packet is None:
        return None
    source_port, destination_port = packet.ports or (None, None)
    return {
        "source_ip": str(packet.source),
        "source_port": source_port,
        "destination_ip": str(packet.destination),
        "destination_port": destination_port,
        "ttl": packet.ttl,
    }


def _trace(trace: Trace) -> Document:
    return {
        "disposition": trace.disposition.value,
        "reason": trace.reason,
        "rules_evaluated": trace.rules_evaluated,
        "hops": [_hop(hop) for hop in trace.hops],
    }


def _hop(hop: Hop) -> Document:
    return {
        "node": hop.node,
        "netns": hop.namespace,
        "interface": hop.interface,
        "direction": hop.direction.value,
        "packet": packet_document(hop.packet),
        "steps": [_step(step) for step in hop.steps],
    }


def packet_document(packet: Packet) -> Document:
    """The headers of a packet, outermost first."""
    return {
        "ethernet": packet.ethernet._asdict() if packet.ethernet is not None else None,
        "ip": {
            "version": packet.version,
            "source": str(packet.source),
            "destination": str(packet.destination),
            "ttl": packet.ttl,
            "protocol": packet.protocol.value,
            "length": packet.length,
            "dont_fragment": packet.dont_fragment,
            "fragments": list(packet.fragments),
        },
        **_transport(packet),
        "inner": packet_document(packet.inner) if packet.inner is not None else None,
        "payload": packet.payload,
        "mark": packet.mark,
    }


def _transport(packet: Packet) -> Document:
    match packet.transport:
        case Tcp(source_port, destination_port, flags, mss):
            return {"tcp": {**_ports(source_port, destination_port), "flags": flags.value, "mss": mss or None}}
        case Udp(source_port, destination_port):
            return {"udp": _ports(source_port, destination_port)}
        case Sctp(source_port, destination_port, chunk):
            return {"sctp": {**_ports(source_port, destination_port), "chunk": chunk.value}}
        case Vxlan(source_port, destination_port, vni, OuterChecksum.WRONG):
            return {"udp": {**_ports(source_port, destination_port), "checksum": "wrong"}, "vxlan": {"vni": vni}}
        case Vxlan(source_port, destination_port, vni):
            return {"udp": _ports(source_port, destination_port), "vxlan": {"vni": vni}}
        case Geneve(source_port, destination_port, vni, options):
            return {"udp": _ports(source_port, destination_port), "geneve": {"vni": vni, "options_length": options}}
        case Wireguard(source_port, destination_port, padding):
            return {"udp": _ports(source_port, destination_port), "wireguard": {"padding": padding}}
        case Sleeve(source_port, destination_port):
            return {"udp": _ports(source_port, destination_port), "sleeve": {}}
        case IpInIp():
            return {"ipip": {}}
        case Icmp() as icmp:
            return {"icmp": _icmp(icmp, packet.version)}


def _ports(source_port: int, destination_port: int) -> Document:
    return {"source_port": source_port, "destination_port": destination_port}


def _icmp(icmp: Icmp, version: int) -> Document:
    number, code = icmp.numbers(version)
    return {
        "type": number,
        "code": code,
        "message": icmp.kind.value,
        "identifier": None if icmp.is_error else icmp.identifier,
        "mtu": icmp.mtu,
        "quoted": packet_document(icmp.quoted) if icmp.quoted is not None else None,
    }


def _step(step: Step) -> Document:
    return {"kind": step.kind, "text": step.text, **{f.name: _value(getattr(step, f.name)) for f in fields(step)}}


def _value(value: object) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case FlowTuple():
            return {"protocol": value.protocol.value, "text": value.text, **_flow(value)}
        case RuleHit():
            return {
                "table": value.table,
                "chain": value.chain,
                "number": value.number,
                "text": value.text,
                "element": value.element,
                "note": getattr(value.rule, "note", ""),
            }
        case Route():
            return {
                "text": value.text(),
                "destination": str(value.destination),
                "gateway": str(value.gateway) if value.gateway is not None else None,
                "device": value.device,
            }
        case tuple():
            return [_value(item) for item in value]
        case _:
            return str(value)


def _flow(flow: FlowTuple) -> Document:
    return {
        "source": str(flow.source),
        "source_port": flow.source_port,
        "destination": str(flow.destination),
        "destination_port": flow.destination_port,
    }
