"""/etc/hosts, which the C library reads before it asks a name server (``hosts: files dns``)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from netsim.kubernetes.objects import IPAddress, Pod

LOCAL = (("127.0.0.1", ("localhost",)), ("::1", ("localhost", "ip6-localhost", "ip6-loopback")))


@dataclass(frozen=True, slots=True)
class HostsFile:
    """Lines of (address, names), and what stands above them."""

    heading: str
    lines: tuple[tuple[IPAddress, tuple[str, ...]], ...]

    def addresses(self, name: str) -> tuple[IPAddress, ...]:
        """The addresses of a name, with or without its final dot; none if the file does not have it."""
        wanted = name.rstrip(".").lower()
        return tuple(address for address, names in self.lines if wanted in names)

    def name_of(self, address: IPAddress) -> str | None:
        return next((names[0] for entry, names in self.lines if entry == address), None)

    @property
    def text(self) -> str:
        return self.heading + "".join(f"{address}\t{' '.join(names)}\n" for address, names in self.lines)


def hosts_file(pod: Pod | None, hostname: str, address: IPAddress | None) -> HostsFile:
    """Of a Pod, as the kubelet writes it (pkg/kubelet/kubelet_pods.go managedHostsFileContent), or of a machine."""
    lines: list[tuple[IPAddress, tuple[str, ...]]] = [(ip_address(text), names) for text, names in LOCAL]
    if pod is None or pod.host_network:
        lines += [(address, (hostname,))] if address is not None else []
    else:
        names: tuple[str, ...] = (f"{hostname}.{pod.spec.subdomain}", hostname) if pod.spec.subdomain else (hostname,)
        lines += [(each, names) for each in pod.pod_ips]
    aliases = pod.spec.host_aliases if pod is not None else ()
    lines += [(each, (name.lower(),)) for each, name in aliases]
    return HostsFile("# Kubernetes-managed hosts file.\n" if pod is not None else "", tuple(lines))
