"""Ways to break Calico's network before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, ip_interface

from netsim import Network
from netsim.linux.interfaces import Veth


def _client_cable(network: Network) -> str:
    cable = network.namespaces["shop/client"].interfaces["eth0"]
    assert isinstance(cable, Veth)
    return cable.peer_name


def spoofing_pod(network: Network) -> None:
    """The client's Pod takes an address of the world for its own."""
    pod = network.namespaces["shop/client"]
    pod.add_interface(replace(pod.interfaces["eth0"], addresses=(ip_interface("198.51.100.7/32"),)))


def without_proxy_arp(network: Network) -> None:
    network.namespaces["n1"].sysctls[f"net.ipv4.conf.{_client_cable(network)}.proxy_arp"] = 0


def node_does_not_forward(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.ipv4.ip_forward"] = 0


def without_block_route(network: Network) -> None:
    network.namespaces["n1"].routes.remove(IPv4Network("10.244.2.0/26"))


def tunnel_down(network: Network) -> None:
    network.namespaces["n2"].set_down("vxlan.calico")


def translation_flushed(network: Network) -> None:
    for node in ("n1", "n2"):
        for chain in network.namespaces[node].netfilter.table("nat").chains.values():
            chain.rules.clear()
