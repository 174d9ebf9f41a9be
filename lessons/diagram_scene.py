"""What a diagram shows of a cluster: read from the simulation, limited to what the author names.

read_scene(simulation, show, visited) → DiagramScene
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import netsim
from lessons.diagram_layout import NodeColumn, PodColumn, shortened
from lessons.itinerary import Stop
from lessons.places import OUTSIDE, ROUTER, UNDERLAY, PlaceKind

Show = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkBar:
    """A subnet of the underlay: the nodes on it and the elements that are plugged in."""

    name: str
    label: str
    nodes: tuple[str, ...]
    uplinks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceLabel:
    name: str
    label: str
    pods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiagramScene:
    """`client` is the address of the machine outside, empty where it is not shown."""

    nodes: tuple[NodeColumn, ...]
    links: tuple[LinkBar, ...]
    services: tuple[ServiceLabel, ...]
    router: bool
    client: str
    link_of_port: Mapping[str, str]
    summary: tuple[str, ...]


def link_id(bridge: str) -> str:
    return f"link:{UNDERLAY}:{bridge}"


def read_scene(simulation: netsim.Simulation, show: Show, visited: Sequence[Stop]) -> DiagramScene:
    """Raises netsim.NetsimError for a node, Pod or Service in `show` that the cluster does not have."""
    network = simulation.network
    switch = network.namespaces[UNDERLAY]
    link_of_port = {port.name: link_id(port.master) for port in switch.interfaces.values() if port.master}
    names = _node_names(simulation, show, visited)
    names = sorted(names, key=lambda name: _link_order(network, name, list(dict.fromkeys(link_of_port.values()))))
    pods = _pod_names(simulation, show, visited, names)
    hosts = {stop.place.netns for stop in visited if stop.place.kind is PlaceKind.PROCESS}
    columns = tuple(
        _node_column(network, name, pods, process=name in hosts, uplink_left=index > 0)
        for index, name in enumerate(names)
    )
    links = _links(network, columns, link_of_port)
    kinds = {stop.place.kind for stop in visited}
    client = show.get("external", True) or PlaceKind.OUTSIDE in kinds
    services = _services(simulation, show)
    return DiagramScene(
        nodes=columns,
        links=links,
        services=services,
        router=bool(client or PlaceKind.ROUTER in kinds or len(links) > 1),
        client=_address(network.namespaces[OUTSIDE], "eth0") if client else "",
        link_of_port=link_of_port,
        summary=tuple(_summary(columns, services, network)),
    )


def _node_names(simulation: netsim.Simulation, show: Show, visited: Sequence[Stop]) -> list[str]:
    shown = show.get("nodes")
    names = [node.name for node in simulation.cluster.nodes] if shown is None else list(shown)
    for name in names:
        simulation.cluster.node(name)
    return list(dict.fromkeys([*names, *(stop.node for stop in visited if stop.node)]))


def _pod_names(
    simulation: netsim.Simulation, show: Show, visited: Sequence[Stop], nodes: Iterable[str]
) -> list[str]:  # fmt: skip
    """Namespaces of the Pods to draw, in the author's order; Pods without a network of their own have none."""
    shown = show.get("pods")
    if shown is None:
        names = [netns.name for netns in simulation.network.namespaces.values() if netns.pod]
    else:
        names = [name for name in shown if not simulation.cluster.pod(*name.split("/", 1)).host_network]
    names += [stop.place.netns for stop in visited if "/" in stop.place.netns]
    known = simulation.network.namespaces
    return [name for name in dict.fromkeys(names) if name in known and known[name].node in set(nodes)]


def _link_order(network: netsim.Network, node: str, links: Sequence[str]) -> int:
    """Nodes of one subnet stand together."""
    switch = network.namespaces[UNDERLAY]
    masters = [port.master for port in switch.interfaces.values() if getattr(port, "peer_namespace", "") == node]
    return links.index(link_id(masters[0])) if masters and masters[0] else len(links)


def _node_column(
    network: netsim.Network, name: str, pods: Sequence[str], *, process: bool, uplink_left: bool
) -> NodeColumn:  # fmt: skip
    """The part of `pods` that runs on this node, over the node's own devices."""
    host = network.namespaces[name]
    devices = host.interfaces.values()
    uplink = next((d for d in devices if getattr(d, "peer_namespace", "") == UNDERLAY), None)
    tunnel = next((d for d in devices if hasattr(d, "vni")), None)
    columns = tuple(_pod_column(network, pod) for pod in pods if network.namespaces[pod].node == name)
    bridge = next((d for d in devices if host.ports(d.name)), None)
    return NodeColumn(
        name=name,
        pods=columns,
        bridge=bridge.name if bridge else "",
        bridge_label=f"{bridge.name} bridge · {_address(host, bridge.name)}" if bridge else "",
        tunnel=tunnel.name if tunnel else "",
        tunnel_label=f"{tunnel.name}\nVXLAN VNI {getattr(tunnel, 'vni', '')}" if tunnel else "",
        uplink=uplink.name if uplink else "",
        uplink_label=f"{uplink.name}\n{_address(host, uplink.name)}" if uplink else "",
        process=process,
        uplink_left=uplink_left,
    )


def _pod_column(network: netsim.Network, netns: str) -> PodColumn:
    pod = network.namespaces[netns]
    eth0: Any = pod.interfaces["eth0"]
    name = netns.partition("/")[2]
    ports = " ".join(f":{port}" for port in dict.fromkeys(socket.port for socket in pod.sockets))
    label = f"{name} {ports}" if ports and len(name) + len(ports) < 15 else name
    return PodColumn(
        netns=netns,
        process=shortened(label, 16),
        eth0=f"eth0\n{_address(pod, 'eth0')}",
        cable_id=f"interface:{eth0.peer_namespace}:{eth0.peer_name}",
        cable=f"{eth0.peer_name}\n{shortened(f'to {name}', 15)}",
    )


def _address(namespace: Any, device: str) -> str:
    addresses = namespace.interfaces[device].addresses
    return str(addresses[0].ip) if addresses else ""


def _links(
    network: netsim.Network, columns: Sequence[NodeColumn], link_of_port: Mapping[str, str]
) -> tuple[LinkBar, ...]:  # fmt: skip
    plugged: dict[str, list[NodeColumn]] = {}
    for column in columns:
        if column.uplink:
            uplink: Any = network.namespaces[column.name].interfaces[column.uplink]
            plugged.setdefault(link_of_port[uplink.peer_name], []).append(column)
    return tuple(
        LinkBar(
            name=name,
            label=f"underlay · {_subnet(network, nodes[0])}",
            nodes=tuple(node.name for node in nodes),
            uplinks=tuple(f"interface:{node.name}:{node.uplink}" for node in nodes),
        )
        for name, nodes in plugged.items()
    )


def _subnet(network: netsim.Network, node: NodeColumn) -> str:
    return str(network.namespaces[node.name].interfaces[node.uplink].addresses[0].network)


def _services(simulation: netsim.Simulation, show: Show) -> tuple[ServiceLabel, ...]:
    """The author's Services; without a list those that have an address and Pods of the learner's namespaces."""
    cluster = simulation.cluster
    shown = show.get("services")
    if shown is None:
        services = [service for service in cluster.services if service.cluster_ips and service.selector]
    else:
        services = [cluster.service(*name.split("/", 1)) for name in shown]
    labels = []
    for service in services:
        targets = [
            f"{endpoint.target.namespace}/{endpoint.target.name}"
            for piece in cluster.slices_of(service)
            for endpoint in piece.endpoints
            if endpoint.target and endpoint.ready
        ]
        port = f":{service.ports[0].port}" if service.ports else ""
        address = f"{service.cluster_ips[0]}{port}" if service.cluster_ips else "no address of its own"
        labels.append(
            ServiceLabel(
                name=f"service:{service.namespace}/{service.name}",
                label=f"{shortened(f'Service {service.namespace}/{service.name}', 21)}\n{address}",
                pods=tuple(dict.fromkeys(targets)),
            )
        )
    return tuple(labels)


def _summary(columns: Sequence[NodeColumn], services: Sequence[ServiceLabel], network: netsim.Network) -> list[str]:
    sentences = []
    for column in columns:
        pods = ", ".join(f"{pod.netns} ({_address(network.namespaces[pod.netns], 'eth0')})" for pod in column.pods)
        own = _address(network.namespaces[column.name], column.uplink) if column.uplink else "no address"
        sentences.append(f"Node {column.name} ({own}) runs {pods or 'none of the Pods shown'}.")
    for service in services:
        title, _, address = service.label.partition("\n")
        behind = ", ".join(service.pods) or "no ready endpoint"
        sentences.append(f"{title} ({address}) stands for {behind}.")
    if ROUTER in network.namespaces:
        sentences.append("All nodes are plugged into the underlay network.")
    return sentences
