"""The engine's command line: ``python -m netsim COMMAND FILE…``; see ``--help``, and that of each command.

Bad input exits with 2 and says ``file:line: path.to.key: what is wrong``; a packet that does not arrive exits with 0.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path

from netsim import Cluster, NetsimError, Probe, Simulation, exchange_document, load_cluster
from netsim.cni.protocol import Attachment
from netsim.kubernetes.dns.message import RecordType
from netsim.linux.namespace import NetworkNamespace
from netsim.packet import parse_protocol
from netsim.policy.explanation import PARTY_FORMS, explain
from netsim.policy.reachability import Reachability, reach_question
from netsim.probe import DESTINATION_FORMS, SOURCE_FORMS
from netsim.proxy.query import ProxyAnswer, new_packet_verdict
from netsim.render import render
from netsim.resolver import ADDRESSES, Resolver
from netsim.tools.cni import run_commands, runs_document, runs_text
from netsim.tools.explaintext import explanation_document, explanation_text
from netsim.tools.reachtext import reach_csv, reach_document, reach_text
from netsim.tools.resolutions import resolution_document, resolution_text
from netsim.tools.show import SHOWS, show
from netsim.tools.tracetext import exchange_text


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the value is the exit code."""
    options = _parsed(_parser(), arguments)
    try:
        print(options.run(options), end="")
    except NetsimError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parsed(parser: argparse.ArgumentParser, arguments: list[str] | None) -> argparse.Namespace:
    """The options; argparse leaves over what stands behind them, which is the query of a command that ends with one."""
    options, rest = parser.parse_known_args(arguments)
    if rest and (len(rest) > 1 or rest[0].startswith("-") or not getattr(options, "ends_with_query", False)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.files += rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m netsim", description="What a packet does in a Kubernetes cluster.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_trace(commands.add_parser("trace", help="send one packet and follow it, there and back"))
    _add_proxy(commands.add_parser("proxy", help="what kube-proxy's rules on a node do to a new packet"))
    _add_reach(commands.add_parser("reach", help="which Pods may open a connection to which, by the network policies"))
    _add_explain(commands.add_parser("explain", help="why the network policies allow or deny a connection"))
    _add_dns(commands.add_parser("dns", help="look a name up: every query, its way and its answer"))
    _add_show(commands.add_parser("show", help="the kernel's state in a node or a Pod"))
    _add_cni(commands.add_parser("cni", help="run a CNI configuration list, and show the JSON that goes in and out"))
    _add_render(commands.add_parser("render", help="the network as commands that build it in network namespaces"))
    return parser


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="YAML manifests; - is standard input")


def _add_trace(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=SOURCE_FORMS)
    parser.add_argument("--to", dest="destination", required=True, metavar="HOST[:PORT]", help=DESTINATION_FORMS)
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp")
    parser.add_argument("--all-branches", action="store_true", help="every way that random choices can go")
    parser.add_argument("--seed", type=int, default=0, help="decides the random choices")
    parser.add_argument("--ttl", type=int, default=64)
    parser.add_argument("--size", type=int, default=0, metavar="BYTES", help="payload")
    parser.add_argument("--df", action="store_true", help="forbid fragments")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_trace)


def _add_proxy(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    parser.add_argument("--node", required=True, metavar="NAME")
    parser.add_argument("--from", dest="source", required=True, metavar="IP")
    parser.add_argument("--to", dest="destination", required=True, metavar="IP:PORT", help="[IP]:PORT for IPv6")
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp or sctp")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_proxy)


def _add_reach(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    parser.add_argument("--port", default="", help="a number, or the name that the destination Pods give to a port")
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp, which has no port")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="pods, and allowed[i][j]: true, false or null (undefined)")
    form.add_argument("--csv", action="store_true", help="true, false or nothing (undefined)")
    parser.set_defaults(run=_reach)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=PARTY_FORMS)
    parser.add_argument("--to", dest="destination", required=True, metavar="DESTINATION[:PORT]", help=PARTY_FORMS)
    parser.add_argument("--protocol", default="tcp", help="tcp (default), udp, sctp or icmp")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_explain)


def _add_dns(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s FILE… --from SOURCE QUERY [--type TYPE] [--json]"
    parser.add_argument(
        "files", nargs="+", metavar="FILE… QUERY", help="YAML manifests, and last a name as typed; a final dot ends it"
    )
    parser.add_argument("--from", dest="source", required=True, metavar="SOURCE", help=SOURCE_FORMS)
    types = [str(each) for each in RecordType]
    parser.add_argument("--type", choices=types, help="default: A and AAAA, as programs ask")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_dns, ends_with_query=True)


def _add_show(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--node", metavar="NAME")
    where.add_argument("--pod", metavar="NS/NAME")
    parser.add_argument("what", choices=SHOWS)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_show)


def _add_render(parser: argparse.ArgumentParser) -> None:
    _add_files(parser)
    parser.add_argument("-o", dest="directory", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_render)


def _add_cni(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="CONFLIST", help="a network configuration list; - is standard input")
    parser.add_argument("commands", nargs="+", metavar="COMMAND", help="ADD, DEL, CHECK, STATUS, GC, VERSION")
    parser.add_argument("--container", default="c1", metavar="ID", help="CNI_CONTAINERID")
    parser.add_argument("--netns", metavar="PATH", help="CNI_NETNS; the runtime has made it before")
    parser.add_argument("--interface", default="eth0", metavar="NAME", help="CNI_IFNAME")
    parser.add_argument("--args", dest="arguments", default="", metavar="K=V;…", help="CNI_ARGS, such as IP=10.1.0.7")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_cni)


def _simulation(options: argparse.Namespace) -> Simulation:
    return Simulation(_cluster(options))


def _cluster(options: argparse.Namespace) -> Cluster:
    return load_cluster([_read(name) for name in options.files])


def _read(name: str) -> tuple[str, str]:
    if name == "-":
        return "<stdin>", sys.stdin.read()
    try:
        return name, Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise NetsimError(f"{name}: {why}") from None


def _json(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"


def _trace(options: argparse.Namespace) -> str:
    probe = Probe(
        options.source, options.destination, protocol=options.protocol, seed=options.seed,
        ttl=options.ttl, size=options.size, dont_fragment=options.df,
    )  # fmt: skip
    simulation = _simulation(options)
    if not options.all_branches:
        exchange = simulation.trace(probe)
        return _json(exchange_document(exchange)) if options.json else exchange_text(exchange)
    exchanges = simulation.branches(probe)
    if options.json:
        return _json({"branches": [exchange_document(exchange) for exchange in exchanges]})
    return "\n".join(exchange_text(exchange) for exchange in exchanges)


def _proxy(options: argparse.Namespace) -> str:
    namespace = _namespace(_simulation(options), options)
    host, _, port = options.destination.rpartition(":")
    try:
        source, destination = ip_address(options.source), ip_address(host.strip("[]"))
        answer = new_packet_verdict(namespace, source, destination, int(port), parse_protocol(options.protocol))
    except ValueError as error:
        raise NetsimError(f"--from, --to or --protocol: {error}") from None
    return _json(asdict(answer)) if options.json else _proxy_text(answer)


def _proxy_text(answer: ProxyAnswer) -> str:
    lines = [str(answer.verdict) + (", masqueraded" if answer.masquerade else "")]
    lines += [f"  {endpoint.address} with probability {endpoint.probability:.4g}" for endpoint in answer.endpoints]
    lines += answer.rules
    return "\n".join(lines) + "\n"


def _reach(options: argparse.Namespace) -> str:
    protocol, port = reach_question(options.protocol, options.port)
    reach = Reachability(_cluster(options))
    if options.csv:
        return reach_csv(reach, protocol, port)
    if options.json:
        return json.dumps(reach_document(reach, protocol, port)) + "\n"
    return reach_text(reach, protocol, port)


def _explain(options: argparse.Namespace) -> str:
    found = explain(_cluster(options), options.source, options.destination, options.protocol)
    return _json(explanation_document(found)) if options.json else explanation_text(found)


def _dns(options: argparse.Namespace) -> str:
    *options.files, name = options.files
    if not options.files:
        raise NetsimError("FILE… QUERY: a file and a name are needed")
    simulation = _simulation(options)
    resolver = Resolver(simulation.session(), simulation.cluster, options.source)
    types = ADDRESSES if options.type is None else (RecordType(options.type),)
    resolution = resolver.lookup(name, types)
    return _json(resolution_document(resolution)) if options.json else resolution_text(resolution)


def _show(options: argparse.Namespace) -> str:
    simulation = _simulation(options)
    shown = show(_namespace(simulation, options), options.what)
    return _json({options.what: shown.items}) if options.json else shown.text


def _namespace(simulation: Simulation, options: argparse.Namespace) -> NetworkNamespace:
    """The namespace that ``--node`` or ``--pod`` names."""
    cluster, namespaces = simulation.cluster, simulation.network.namespaces
    if options.node is not None:
        return namespaces[cluster.node(options.node).name]
    namespace, slash, name = options.pod.partition("/")
    if not slash:
        raise NetsimError(f"--pod: {options.pod!r} is not NAMESPACE/NAME")
    pod = cluster.pod(namespace, name)
    if not pod.pod_ips:
        raise NetsimError(f"Pod {namespace}/{name} is {pod.phase} and has no network: {pod.pending_reason}")
    return namespaces[pod.node_name if pod.host_network else f"{namespace}/{name}"]


def _cni(options: argparse.Namespace) -> str:
    netns = options.netns or f"/var/run/netns/{options.container}"
    attachment = Attachment(options.container, netns, options.interface, options.arguments)
    runs = run_commands(*_read(options.file), options.commands, attachment)
    return _json(runs_document(runs)) if options.json else runs_text(runs)


def _render(options: argparse.Namespace) -> str:
    files = render(_simulation(options).network)
    try:
        for name, text in files.items():
            path = options.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if text.startswith("#!"):
                path.chmod(0o755)
    except OSError as error:
        raise NetsimError(f"{options.directory}: {error.strerror}") from None
    if options.json:
        return _json({"directory": str(options.directory), "files": sorted(files)})
    return "".join(f"{options.directory / name}\n" for name in sorted(files))


if __name__ == "__main__":
    sys.exit(main())
