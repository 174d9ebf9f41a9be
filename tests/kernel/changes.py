"""Ways to break the network of a scenario before anything is sent, by changing what a kernel knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from netsim import Network
from netsim.linux.interfaces import Veth
from netsim.linux.netfilter import Drop

Change = Callable[[Network], None]


def without_bridge_netfilter(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.bridge.bridge-nf-call-iptables"] = 0


def without_forwarding_on_n1(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.ipv4.ip_forward"] = 0


def without_forwarding_on_n2(network: Network) -> None:
    network.namespaces["n2"].sysctls["net.ipv4.ip_forward"] = 0


def without_localhost_routing(network: Network) -> None:
    network.namespaces["n1"].sysctls["net.ipv4.conf.all.route_localnet"] = 0


def without_route_to_other_pods(network: Network) -> None:
    network.namespaces["n1"].routes.remove(IPv4Network("10.244.2.0/24"))


def without_route_back(network: Network) -> None:
    network.namespaces["n2"].routes.remove(IPv4Network("10.244.1.0/24"))


def tunnel_to_nobody(network: Network) -> None:
    namespace = network.namespaces["n1"]
    for key, entry in list(namespace.fdb.items()):
        namespace.fdb[key] = entry._replace(remote=IPv4Address("192.168.1.77"))


def tunnel_end_down(network: Network) -> None:
    network.namespaces["n2"].set_down("flannel.1")


def bridge_down(network: Network) -> None:
    network.namespaces["n1"].set_down("cni0")


def server_unplugged(network: Network) -> None:
    _change_veth(network, lambda veth: replace(veth, master=None))


def without_hairpin_mode(network: Network) -> None:
    _change_veth(network, lambda veth: replace(veth, hairpin=False))


def _change_veth(network: Network, change: Callable[[Veth], Veth]) -> None:
    """Change the host's end of shop/near's cable."""
    cable = network.namespaces["shop/near"].interfaces["eth0"]
    assert isinstance(cable, Veth)
    host = network.namespaces[cable.peer_namespace]
    end = host.interfaces[cable.peer_name]
    assert isinstance(end, Veth)
    host.interfaces[end.name] = change(end)


def translation_flushed(network: Network) -> None:
    for node in ("n1", "n2"):
        for chain in network.namespaces[node].netfilter.table("nat").chains.values():
            chain.rules.clear()


def forwarding_forbidden(network: Network) -> None:
    """Policy DROP, as Docker sets it, and nobody's rules to allow the Pods."""
    chains = network.namespaces["n2"].netfilter.table("filter").chains
    chains["FORWARD"].policy = Drop()
    chains["FLANNEL-FWD"].rules.clear()


def pod_mtu_as_on_the_wire(network: Network) -> None:
    """1500 bytes for the client's Pod although the tunnel needs 50 of them."""
    for namespace, device in (("shop/client", "eth0"), ("n1", "cni0")):
        interfaces = network.namespaces[namespace].interfaces
        interfaces[device] = replace(interfaces[device], mtu=1500)
    cable = network.namespaces["shop/client"].interfaces["eth0"]
    assert isinstance(cable, Veth)
    interfaces = network.namespaces["n1"].interfaces
    interfaces[cable.peer_name] = replace(interfaces[cable.peer_name], mtu=1500)


def proxy_table_deleted(network: Network) -> None:
    """``nft delete table ip kube-proxy`` on every node."""
    for node in ("n1", "n2"):
        network.namespaces[node].nftables.tables.clear()


def service_chain_flushed(network: Network) -> None:
    """``nft flush chain`` for shop/near, whose packets then keep the Service's address."""
    for table in network.namespaces["n1"].nftables.tables.values():
        for chain in table.chains.values():
            if chain.name.startswith("service-") and "shop/near/" in chain.name:
                chain.rules.clear()
