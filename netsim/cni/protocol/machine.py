"""The machine on which plugins run: its namespaces, its files, and what ``ip link`` and ``ip addr`` do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from netsim.cni.protocol.errors import CniError
from netsim.device_names import name_hash, virtual_mac
from netsim.linux.interfaces import Interface, InterfaceAddress, Veth
from netsim.linux.namespace import NetworkNamespace
from netsim.network import Network

NETNS_FOLDER = "/var/run/netns"


@dataclass(slots=True)
class Machine:
    """``sandboxes`` are the network namespaces of containers by path, such as ``/var/run/netns/c1``.

    ``files`` is what plugins keep on disk, text by path.
    """

    network: Network
    host: NetworkNamespace
    sandboxes: dict[str, NetworkNamespace] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def make_sandbox(self, path: str, name: str, pod: tuple[str, str] | None = None) -> NetworkNamespace:
        """What the runtime does before the first plugin runs; NetsimError when the namespace is there already."""
        namespace = self.network.add(NetworkNamespace(name, node=self.host.node, pod=pod))
        namespace.interfaces["lo"] = replace(namespace.interfaces["lo"], up=False, addresses=())
        self.sandboxes[path] = namespace
        return namespace

    def sandbox(self, path: str) -> NetworkNamespace:
        """The namespace at a path; CniError in the words of the reference plugins when there is none."""
        if path not in self.sandboxes:
            raise CniError(f'failed to open netns "{path}": failed to Statfs "{path}": no such file or directory')
        return self.sandboxes[path]

    def make_veth(
        self, sandbox: NetworkNamespace, name: str, container: str, mtu: int, master: str | None, hairpin: bool
    ) -> tuple[Veth, Veth]:
        """A cable into a sandbox, its end there called ``name``; returns (the container's end, the machine's)."""
        if name in sandbox.interfaces:
            raise CniError(f"container veth name provided ({name}) already exists")
        host_name = f"veth{name_hash(f'{container}/{name}', 8)}"
        inside = Veth(
            name=name, mac=virtual_mac(f"{sandbox.name}/{name}"), mtu=mtu,
            peer_namespace=self.host.name, peer_name=host_name,
        )  # fmt: skip
        outside = Veth(
            name=host_name, mac=virtual_mac(f"{self.host.name}/{host_name}"), mtu=mtu, master=master, hairpin=hairpin,
            peer_namespace=sandbox.name, peer_name=name,
        )  # fmt: skip
        self.network.connect(sandbox, inside, self.host, outside)
        return inside, outside

    def delete_link(self, namespace: NetworkNamespace, name: str) -> Interface | None:
        """``ip link del``: both ends of a cable go; None where there is no such device."""
        interface = namespace.interfaces.get(name)
        if interface is None:
            return None
        namespace.remove_interface(name)
        if isinstance(interface, Veth):
            self.network.namespaces[interface.peer_namespace].remove_interface(interface.peer_name)
        return interface


def add_addresses(namespace: NetworkNamespace, device: str, addresses: Iterable[InterfaceAddress]) -> None:
    """``ip addr add``."""
    interface = namespace.interfaces[device]
    namespace.add_interface(replace(interface, addresses=(*interface.addresses, *addresses)))


def enable_forwarding(namespace: NetworkNamespace, versions: Iterable[int]) -> None:
    """Let the machine forward packets of these IP versions (pkg/ip/ipforward_linux.go)."""
    keys = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
    namespace.sysctls.update({keys[version]: 1 for version in versions})
