"""What a diagram shows of a cluster: read from the simulation, limited to what the author names.

read_scene(simulation, show, visited) → DiagramScene
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.picture.canvas import shortened
from lessons.picture.columns import NodeColumn
from lessons.picture.devices import address_of, node_column
from lessons.picture.itinerary import Stop
from lessons.picture.objects import Plate, plates
from lessons.picture.places import OUTSIDE, UNDERLAY, PlaceKind
from lessons.picture.policies import selections
from lessons.picture.roles import OUTSIDE_ELEMENT, marks
from lessons.picture.services import ServiceLabel

Show = Mapping[str, Any]
LONGEST_SERVICE = 21


@dataclass(frozen=True, slots=True)
class LinkBar:
    """A subnet of the underlay: the nodes on it and the elements that are plugged in."""

    name: str
    label: str
    nodes: tuple[str, ...]
    uplinks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiagramScene:
    """`client` is the address of the machine outside, empty where it is not shown, `client_role` the word that marks it
    as who sends or is asked; `link_of_port` leads from the ports
    of the underlay's switches to their bars."""

    nodes: tuple[NodeColumn, ...]
    links: tuple[LinkBar, ...]
    services: tuple[ServiceLabel, ...]
    plates: tuple[Plate, ...]
    router: bool
    client: str
    client_role: str
    link_of_port: Mapping[str, str]
    summary: tuple[str, ...]


def read_scene(simulation: netsim.Simulation, show: Show, visited: Sequence[Stop]) -> DiagramScene:
    """Raises netsim.NetsimError for a node, Pod, Service or object in `show` that the cluster does not have."""
    network = simulation.network
    switch = network.namespaces[UNDERLAY]
    link_of_port = {port.name: _link_id(port.master) for port in switch.interfaces.values() if port.master}
    ends = show.get("ends", ())
    names = _node_names(simulation, show, visited, ends)
    order = list(dict.fromkeys(link_of_port.values()))
    names.sort(key=lambda name: _link_order(network, name, order))
    pods = _pod_names(simulation, show, visited, ends, names)
    roles = show.get("roles", {})
    marked = marks(simulation.cluster, roles)
    policies = selections(simulation.cluster, pods)
    selected = frozenset(pod for found in policies.values() for pod in found)
    columns = tuple(
        node_column(simulation, name, pods, _processes_on(simulation, name, show, visited), marked, selected)
        for name in names
    )
    links = _links(network, columns, link_of_port)
    kinds = {stop.place.kind for stop in visited}
    client = show.get("external", True) or PlaceKind.OUTSIDE in kinds or OUTSIDE in ends
    services = _services(simulation, show, marked)
    objects = plates(simulation.cluster, show, services, pods)
    return DiagramScene(
        nodes=columns,
        links=links,
        services=services,
        plates=objects,
        router=bool(client or PlaceKind.ROUTER in kinds or len(links) > 1),
        client=address_of(network.namespaces[OUTSIDE], "eth0") if client else "",
        client_role=marked.get(OUTSIDE_ELEMENT, ""),
        link_of_port=link_of_port,
        summary=(*_way(roles), *_summary(columns, services, links, network), *_read(objects), *_selected(policies)),
    )


def _link_id(bridge: str) -> str:
    return f"link:{UNDERLAY}:{bridge}"


def _node_names(
    simulation: netsim.Simulation, show: Show, visited: Sequence[Stop], ends: Sequence[str]
) -> list[str]:  # fmt: skip
    shown = show.get("nodes")
    names = [node.name for node in simulation.cluster.nodes] if shown is None else list(shown)
    named = [end.removeprefix("node/") for end in ends if end.startswith("node/")]
    for name in (*names, *named):
        simulation.cluster.node(name)
    own = [simulation.network.namespaces[pod].node for pod in _pods_among(simulation, ends)]
    return [name for name in dict.fromkeys([*names, *(stop.node for stop in visited), *named, *own]) if name]


def _pods_among(simulation: netsim.Simulation, ends: Iterable[str]) -> list[str]:
    """Namespaces of the Pods that a packet starts or ends at."""
    names = [end.removeprefix("pod/") for end in ends if end.startswith("pod/")]
    return [name for name in names if name in simulation.network.namespaces]


def _pod_names(
    simulation: netsim.Simulation, show: Show, visited: Sequence[Stop], ends: Sequence[str], nodes: Iterable[str]
) -> list[str]:  # fmt: skip
    """Namespaces of the Pods to draw, in the author's order; Pods without a network of their own have none."""
    shown = show.get("pods")
    if shown is None:
        names = [netns.name for netns in simulation.network.namespaces.values() if netns.pod]
    else:
        names = [name for name in shown if not simulation.cluster.pod(*name.split("/", 1)).host_network]
    names += _pods_among(simulation, ends)
    names += [stop.place.netns for stop in visited if "/" in stop.place.netns]
    known = simulation.network.namespaces
    return [name for name in dict.fromkeys(names) if name in known and known[name].node in set(nodes)]


def _processes_on(simulation: netsim.Simulation, node: str, show: Show, visited: Sequence[Stop]) -> tuple[str, ...]:
    """The node's own processes that are shown: Pods in its namespace that the author names, and who takes part.

    The engine does not name a Pod's process in the node's namespace when it sends, so a named one stands for any.
    """
    named = [simulation.cluster.pod(*name.split("/", 1)) for name in show.get("pods") or ()]
    found = [f"{pod.namespace}/{pod.name}" for pod in named if pod.host_network and pod.node_name == node]
    found += [
        stop.place.interface for stop in visited if stop.place.kind is PlaceKind.PROCESS and stop.place.netns == node
    ]
    ends = [end.removeprefix("pod/") for end in show.get("ends", ()) if end.startswith("pod/")]
    found += [name for name in ends if _shares_network_of(simulation, name, node)]
    if f"node/{node}" in show.get("ends", ()):
        found.append("")
    return tuple(dict.fromkeys(filter(None, found))) or tuple(dict.fromkeys(found))


def _shares_network_of(simulation: netsim.Simulation, pod: str, node: str) -> bool:
    found = simulation.cluster.pod(*pod.split("/", 1))
    return found.host_network and found.node_name == node


def _link_order(network: netsim.Network, node: str, links: Sequence[str]) -> int:
    """Nodes of one subnet stand together."""
    switch = network.namespaces[UNDERLAY]
    masters = [port.master for port in switch.interfaces.values() if getattr(port, "peer_namespace", "") == node]
    return links.index(_link_id(masters[0])) if masters and masters[0] else len(links)


def _links(
    network: netsim.Network, columns: Sequence[NodeColumn], link_of_port: Mapping[str, str]
) -> tuple[LinkBar, ...]:  # fmt: skip
    plugged: dict[str, list[tuple[str, str]]] = {}
    labels: dict[str, str] = {}
    for column in columns:
        for uplink in column.uplinks:
            device: Any = network.namespaces[column.name].interfaces[uplink.name]
            link = link_of_port[device.peer_name]
            plugged.setdefault(link, []).append((column.name, uplink.name))
            labels.setdefault(link, str(device.addresses[0].network) if device.addresses else "no address")
    return tuple(
        LinkBar(
            name=link,
            label=f"underlay · {labels[link]}",
            nodes=tuple(dict.fromkeys(node for node, _ in ends)),
            uplinks=tuple(f"interface:{node}:{device}" for node, device in ends),
        )
        for link, ends in plugged.items()
    )


def _services(simulation: netsim.Simulation, show: Show, marked: Mapping[str, str]) -> tuple[ServiceLabel, ...]:
    """The author's Services; without a list those that have an address and select Pods."""
    cluster = simulation.cluster
    shown = show.get("services")
    if shown is None:
        services = [service for service in cluster.services if service.cluster_ips and service.selector]
    else:
        services = [cluster.service(*name.split("/", 1)) for name in shown]
    return tuple(
        _service(cluster, service, marked.get(f"service:{service.namespace}/{service.name}", ""))
        for service in services
    )


def _service(cluster: netsim.Cluster, service: Any, role: str) -> ServiceLabel:
    ready = (
        f"{endpoint.target.namespace}/{endpoint.target.name}"
        for piece in cluster.slices_of(service)
        for endpoint in piece.endpoints
        if endpoint.target and endpoint.ready
    )
    return ServiceLabel(
        name=f"service:{service.namespace}/{service.name}",
        label="\n".join(_service_lines(service, role)),
        pods=tuple(dict.fromkeys(ready)),
        role=role,
    )


def _service_lines(service: Any, role: str) -> list[str]:
    """Role and name, address, and how it is reached from outside, where the port is the same."""
    first = service.ports[0] if service.ports else None
    port = f":{first.port}" if first else ""
    address = f"{service.cluster_ips[0]}{port}" if service.cluster_ips else "no address of its own"
    before = f"{role} Service" if role else "Service"
    names = (f"{before} {service.namespace}/{service.name}", f"{before} {service.name}")
    lines = [
        shortened(names[len(names[0]) > LONGEST_SERVICE], LONGEST_SERVICE),
        shortened(address, LONGEST_SERVICE),
    ]
    outside = service.load_balancer_ips or service.external_ips
    if outside:
        lines.append(shortened(f"outside {outside[0]}", LONGEST_SERVICE))
    elif first and first.node_port:
        lines.append(f"node port {first.node_port}")
    return lines


NODE_RUNS = gettext_noop("Node {node} ({addresses}) runs {pods}.")
NODE_RUNS_NONE = gettext_noop("Node {node} ({addresses}) runs none of the Pods shown.")
NODE_TUNNELS = gettext_noop("From {node}, other nodes are reached through {tunnels}.")
SERVICE_STANDS_FOR = gettext_noop("{service} ({addresses}) stands for {pods}.")
SERVICE_WITHOUT_PODS = gettext_noop("{service} ({addresses}) has no ready endpoint.")
ONE_UNDERLAY = gettext_noop("All nodes are plugged into the same underlay network.")
SUBNETS_JOINED = gettext_noop("A router joins the subnets of the underlay: {subnets}.")
phrases.register(NODE_RUNS, NODE_RUNS_NONE, NODE_TUNNELS, SERVICE_STANDS_FOR, SERVICE_WITHOUT_PODS, ONE_UNDERLAY)
FROM_TO = gettext_noop("A packet goes from {source} to {destination}.")
FROM_ALONE = gettext_noop("Packets leave {source}.")
POLICY_SELECTS = gettext_noop("{policy} selects {pods}.")
phrases.register(SUBNETS_JOINED, FROM_TO, FROM_ALONE, POLICY_SELECTS)


def _way(roles: Mapping[str, str]) -> Iterator[str]:
    source, destination = roles.get("from", ""), roles.get("to", "")
    if source:
        yield (FROM_TO if destination else FROM_ALONE).format(source=source, destination=destination)


def _read(objects: Sequence[Plate]) -> Iterator[str]:
    return (sentence for plate in objects for sentence in plate.told)


def _selected(policies: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for policy, pods in policies.items():
        yield POLICY_SELECTS.format(policy=f"NetworkPolicy {policy}", pods=", ".join(pods))


def _summary(
    columns: Sequence[NodeColumn], services: Sequence[ServiceLabel], links: Sequence[LinkBar], network: netsim.Network
) -> list[str]:
    sentences = []
    for column in columns:
        pods = ", ".join(f"{pod.netns} ({address_of(network.namespaces[pod.netns], 'eth0')})" for pod in column.pods)
        own = [address_of(network.namespaces[column.name], uplink.name) for uplink in column.uplinks]
        ways = [f"{tunnel.name}" for tunnel in column.tunnels]
        told = {"node": column.name, "addresses": ", ".join(own) or "–", "pods": pods, "tunnels": ", ".join(ways)}
        sentences.append((NODE_RUNS if pods else NODE_RUNS_NONE).format(**told))
        if ways:
            sentences.append(NODE_TUNNELS.format(**told))
    for service in services:
        title, *addresses = service.label.removeprefix(f"{service.role} ").split("\n")
        told = {"service": title, "addresses": ", ".join(addresses), "pods": ", ".join(service.pods)}
        sentences.append((SERVICE_STANDS_FOR if service.pods else SERVICE_WITHOUT_PODS).format(**told))
    if len(links) == 1:
        sentences.append(ONE_UNDERLAY)
    elif links:
        subnets = "; ".join(f"{link.label.partition(' · ')[2]}: {', '.join(link.nodes)}" for link in links)
        sentences.append(SUBNETS_JOINED.format(subnets=subnets))
    return sentences
