"""A playground's cluster before a packet moves: its picture, who can send what to whom, and what each node holds.

    play(request) → {
        "diagram": {...}       lessons.picture.drawing.draw without an exchange
        "sources": groups, "destinations": groups    [{name, options: [{value, label, host, port, elements}, ...]}, ...]
        "machines": [{name, devices, routes, rules}, ...]    one for each node
    }

An option's `value` is what a probe takes, `host` its name or address for a program, `port` the one that a form should
offer, `elements` the parts of the picture that stand for it. `devices` and `routes` are lines as `ip` prints them,
`rules` how many there are of each sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.picture import drawing as diagrams
from lessons.runs import scenarios

Option = dict[str, Any]
Group = dict[str, Any]

A_NODE = gettext_noop("node {node} · {address}")
A_NODE_PORT = gettext_noop("{address} · {node} for {service}")
THE_CLIENT = gettext_noop("client outside · {address}")
phrases.register(A_NODE, A_NODE_PORT, THE_CLIENT)
IPTABLES_RULE, NFT_CHAIN_LINE, IPVS_SERVER = "-A ", "\t\t", "  -> "


def play(request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises manifests.ManifestError or netsim.NetsimError for content that the engine refuses."""
    simulation = scenarios.simulation_of(request)
    cluster = simulation.cluster
    return {
        "diagram": diagrams.draw(simulation, (), request["show"]),
        "sources": _groups(("pods", _pods(cluster)), ("machines", _machines(cluster, "external"))),
        "destinations": _groups(
            ("services", _services(cluster)),
            ("pods", _pods(cluster)),
            ("node ports", _node_ports(cluster)),
            ("load balancers", _load_balancers(cluster)),
            ("machines", _machines(cluster, str(cluster.settings.external_client))),
        ),
        "machines": [_machine(simulation, node.name) for node in cluster.nodes],
    }


def _groups(*groups: tuple[str, Iterable[Option]]) -> list[Group]:
    found = [(name, list(options)) for name, options in groups]
    return [{"name": name, "options": options} for name, options in found if options]


def _option(value: str, label: str, host: object, port: int | None = None, *elements: str) -> Option:
    return {"value": value, "label": label, "host": str(host), "port": port, "elements": list(elements)}


def _pods(cluster: netsim.Cluster) -> Iterable[Option]:
    for pod in cluster.pods:
        if pod.pod_ips and not pod.finished:
            key = f"{pod.namespace}/{pod.name}"
            where = f"{pod.pod_ips[0]} · {pod.node_name}"
            port = next((each.port for each in pod.spec.ports), None)
            elements = [] if pod.host_network else [f"pod:{key}", f"process:{key}:", f"interface:{key}:eth0"]
            yield _option(f"pod/{key}", f"{key} · {where}", pod.pod_ips[0], port, *elements)


def _services(cluster: netsim.Cluster) -> Iterable[Option]:
    for service in cluster.services:
        key = f"{service.namespace}/{service.name}"
        port = service.ports[0].port if service.ports else None
        address = service.external_name or (service.cluster_ips[0] if service.cluster_ips else "headless")
        label = f"{key} · {address}:{port}" if port else f"{key} · {address}"
        yield _option(f"svc/{key}", label, f"{service.name}.{service.namespace}", port, f"service:{key}")


def _node_ports(cluster: netsim.Cluster) -> Iterable[Option]:
    for service in cluster.services:
        for port in service.ports:
            for node in cluster.nodes if port.node_port else ():
                value = _host(node.addresses[0])
                service_name = f"{service.namespace}/{service.name}"
                label = A_NODE_PORT.format(address=f"{value}:{port.node_port}", node=node.name, service=service_name)
                yield _option(f"{value}:{port.node_port}", label, value, port.node_port)


def _load_balancers(cluster: netsim.Cluster) -> Iterable[Option]:
    for service in cluster.services:
        for address in (*(each.ip for each in service.load_balancer_ingress), *service.external_ips):
            for port in service.ports:
                value = f"{_host(address)}:{port.port}"
                yield _option(value, f"{value} · {service.namespace}/{service.name}", _host(address), port.port)


def _machines(cluster: netsim.Cluster, outside: str) -> Iterable[Option]:
    """The nodes, and the client outside under the name that this side of a probe has for it."""
    for node in cluster.nodes:
        name, address = node.name, node.addresses[0]
        yield _option(
            f"node/{name}", A_NODE.format(node=name, address=address), address, None, f"node:{name}",
            f"netns:{name}", f"process:{name}:", f"routing:{name}:", f"netfilter:{name}:",
        )  # fmt: skip
    client = cluster.settings.external_client
    yield _option(outside, THE_CLIENT.format(address=client), client, None, "outside:external:")


def _host(address: object) -> str:
    return f"[{address}]" if ":" in str(address) else str(address)


def _machine(simulation: netsim.Simulation, node: str) -> dict[str, Any]:
    terminal = netsim.Terminal(simulation, f"node/{node}")

    def lines(command: str) -> list[str]:
        return [line.rstrip() for line in terminal.run(command).text.splitlines() if line.strip()]

    return {
        "name": node,
        "devices": sorted(lines("ip -br addr")),
        "routes": sorted(lines("ip route")),
        "rules": {
            "iptables": sum(line.startswith(IPTABLES_RULE) for line in lines("iptables-save")),
            "nftables": sum(_is_nft_rule(line) for line in lines("nft list ruleset")),
            "ipvs": sum(line.startswith(IPVS_SERVER) for line in lines("ipvsadm -Ln")[2:]),
        },
    }


def _is_nft_rule(line: str) -> bool:
    """A line inside a chain or set that is neither its head nor the continuation of the line before."""
    if not line.startswith(NFT_CHAIN_LINE) or line[2:3].isspace():
        return False
    return not line.strip().startswith(("type ", "comment ", "elements ", "flags ", "typeof ", "}"))
