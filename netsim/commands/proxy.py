"""``proxy``: what kube-proxy's rules on one node do to a new packet."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from ipaddress import ip_address

from netsim.commands.command import Command, add_files, add_json, as_json, namespace_of, simulation_of
from netsim.errors import NetsimError
from netsim.packet import parse_port, parse_protocol
from netsim.proxy.query import ProxyAnswer, new_packet_verdict

EXAMPLES = """\
examples:
  %(prog)s shop.yaml --node n1 --from 10.244.1.9 --to 10.96.41.80:80
  %(prog)s shop.yaml --node n1 --from 203.0.113.50 --to 192.168.1.11:30080 --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument("--node", required=True, metavar="NAME")
    parser.add_argument("--from", dest="source", required=True, metavar="IP")
    parser.add_argument("--to", dest="destination", required=True, metavar="IP:PORT", help="[IP]:PORT for IPv6")
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp or sctp")
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    namespace = namespace_of(simulation_of(options), options)
    host, _, port = options.destination.rpartition(":")
    try:
        source, destination = ip_address(options.source), ip_address(host.strip("[]"))
        answer = new_packet_verdict(namespace, source, destination, parse_port(port), parse_protocol(options.protocol))
    except ValueError as error:
        raise NetsimError(f"--from, --to or --protocol: {error}") from None
    return as_json(asdict(answer)) if options.json else _text(answer)


def _text(answer: ProxyAnswer) -> str:
    lines = [str(answer.verdict) + (", masqueraded" if answer.masquerade else "")]
    lines += [f"  {endpoint.address} with probability {endpoint.probability:.4g}" for endpoint in answer.endpoints]
    lines += answer.rules
    return "\n".join(lines) + "\n"


COMMAND = Command("proxy", "what kube-proxy's rules on a node do to a new packet", EXAMPLES, _add_arguments, _run)
