"""What a node's and a Pod's devices are in a diagram: read from the state of their kernels.

node_column(simulation, name, pods, processes) → NodeColumn
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import netsim
from lessons.picture.canvas import shortened
from lessons.picture.columns import NodeColumn, Part, PodColumn
from lessons.picture.places import IPVS_DEVICE, UNDERLAY, speaker

LONGEST = 14
"""Letters of a label in a box of a diagram_layout.BOX_WIDTH."""
GATEWAY = "cilium_host"
TUNNELS = {
    "Vxlan": "VXLAN",
    "Geneve": "Geneve",
    "Ipip": "IP-in-IP",
    "Wireguard": "WireGuard",
    "DatapathVxlan": "VXLAN",
    "CapturedVeth": "sleeve (UDP)",
}
"""Kinds of devices of netsim.linux.interfaces that encapsulate, and what they make."""
ADDRESS_HOLDERS = (IPVS_DEVICE, "nodelocaldns")


def node_column(
    simulation: netsim.Simulation,
    name: str,
    pods: Sequence[str],
    processes: Sequence[str],
    marks: Mapping[str, str],
    selected: Collection[str],
) -> NodeColumn:
    """The part of `pods` (namespaces) that runs on this node, over the node's own devices. `processes` are those of
    the node's own that are shown: "" for any, or the Pod that shares the node's namespace. `marks` are those of
    lessons.picture.roles, `selected` the Pods that policies select."""
    network = simulation.network
    host = network.namespaces[name]
    bridges = [device for device in host.interfaces.values() if host.ports(device.name)]
    switch = next((_bridge(host, device) for device in bridges), None)
    programmed = switch is None and bool(host.programs.on_devices)
    side = _beside(host, bridges)
    tunnels = tuple(_tunnel(device) for device in host.interfaces.values() if type(device).__name__ in TUNNELS)
    gateway = host.interfaces.get(GATEWAY)
    return NodeColumn(
        name=name,
        pods=tuple(
            _pod_column(network, pod, marks.get(f"pod:{pod}", ""), pod in selected)
            for pod in pods
            if network.namespaces[pod].node == name
        ),
        processes=tuple(Part(process, _process_label(process, name)) for process in processes),
        switch=Part("", "eBPF programs") if programmed else switch,
        programmed=programmed,
        side=side,
        gateway=_device(host, gateway) if gateway is not None and programmed and processes else None,
        dummies=() if programmed or side else _address_holders(host),
        tunnels=tunnels,
        uplinks=tuple(_device(host, device) for device in host.interfaces.values() if is_uplink(device)),
        role=marks.get(f"node:{name}", ""),
    )


def is_uplink(device: Any) -> bool:
    """Whether this device is plugged into the network between the nodes."""
    return getattr(device, "peer_namespace", "") == UNDERLAY


def address_of(namespace: Any, device: str) -> str:
    """The first address of a device, "" without one."""
    addresses = namespace.interfaces[device].addresses
    return str(addresses[0].ip) if addresses else ""


def _bridge(host: Any, device: Any) -> Part:
    address = address_of(host, device.name)
    return Part(device.name, f"{device.name} bridge · {address}" if address else f"{device.name} bridge")


def _beside(host: Any, bridges: Sequence[Any]) -> tuple[Part, ...]:
    """The cables from the first bridge to another device of the same node, and that device where it is a bridge."""
    if not bridges:
        return ()
    found: list[Part] = []
    for port in host.ports(bridges[0].name):
        if getattr(port, "peer_namespace", None) == host.name:
            far = host.interfaces[port.peer_name]
            found.append(Part(port.name, shortened(port.name, LONGEST)))
            if far.master:
                found += [Part(far.name, shortened(far.name, LONGEST)), Part(far.master, far.master)]
    return tuple(found)


def _tunnel(device: Any) -> Part:
    made = TUNNELS[type(device).__name__]
    number = getattr(device, "vni", None)
    told = f"{made} VNI {number}" if number and not device.external else made
    return Part(device.name, f"{shortened(device.name, LONGEST)}\n{told}")


def _device(host: Any, device: Any) -> Part:
    address = shortened(address_of(host, device.name), LONGEST)
    return Part(device.name, f"{shortened(device.name, LONGEST)}\n{address}".rstrip())


def _address_holders(host: Any) -> tuple[Part, ...]:
    found = [host.interfaces[name] for name in ADDRESS_HOLDERS if name in host.interfaces]
    return tuple(Part(device.name, f"{device.name}\n{_count(len(device.addresses))}") for device in found)


def _count(addresses: int) -> str:
    return "1 address" if addresses == 1 else f"{addresses} addresses"


def _process_label(process: str, node: str) -> str:
    return shortened(process.partition("/")[2] if process else f"process on {node}", LONGEST)


def _pod_column(network: netsim.Network, netns: str, role: str, policy: bool) -> PodColumn:
    pod = network.namespaces[netns]
    eth0: Any = pod.interfaces["eth0"]
    name = netns.partition("/")[2]
    proxy = next(filter(None, (speaker(socket.process, netns) for socket in pod.sockets)), "")
    own = dict.fromkeys(socket.port for socket in pod.sockets if not speaker(socket.process, netns))
    ports = " ".join(f":{port}" for port in own)
    label = f"{name} {ports}" if ports and len(name) + len(ports) < LONGEST else name
    return PodColumn(
        netns=netns,
        process=shortened(label, LONGEST),
        proxy=proxy,
        eth0=f"eth0\n{shortened(address_of(pod, 'eth0'), LONGEST)}",
        cable_id=f"interface:{eth0.peer_namespace}:{eth0.peer_name}",
        cable=f"{shortened(eth0.peer_name, LONGEST)}\n{shortened(f'to {name}', LONGEST)}",
        role=role,
        policy=policy,
    )
