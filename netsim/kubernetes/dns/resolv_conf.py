"""/etc/resolv.conf: of a node, and what the kubelet makes of it for a Pod (pkg/kubelet/network/dns/dns.go)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.roles import is_cluster_dns, is_node_local_dns
from netsim.kubernetes.objects import IPAddress, Node, Pod

DNS_NAMESPACE, DNS_SERVICE = "kube-system", "kube-dns"
RESOLV_CONF_ANNOTATION = "netsim.dev/resolv-conf"
"""On a Node: the text of its /etc/resolv.conf, where that is not one line with the name server outside."""

MAX_NAMESERVERS = 3
MAX_SEARCHES = 32
"""The limits of the kubelet, and of glibc for name servers (MAXNS in resolv.h)."""

CLUSTER_OPTIONS = (("ndots", "5"),)
KUBE_DNS_INDEX = 10
"""kubeadm gives kube-dns the tenth address of the Service range (cmd/kubeadm/app/constants: GetDNSIP)."""


@dataclass(frozen=True, slots=True)
class ResolvConf:
    """The file as a resolver reads it; ``options`` are (name, value) pairs, value "" for a flag (resolv.conf(5))."""

    nameservers: tuple[IPAddress, ...]
    searches: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def _number(self, option: str, default: int, most: int) -> int:
        value = dict(self.options).get(option, "")
        if not value.isdecimal():
            return default
        return most if len(value.lstrip("0")) > len(str(most)) else min(int(value[-len(str(most)) :]), most)

    @property
    def ndots(self) -> int:
        """Dots from which on a name is tried as it is first (RES_MAXNDOTS is 15)."""
        return self._number("ndots", 1, 15)

    @property
    def timeout(self) -> int:
        """Seconds that the resolver waits for one server (RES_TIMEOUT)."""
        return self._number("timeout", 5, 30)

    @property
    def attempts(self) -> int:
        """How often it goes through all servers (RES_DFLRETRY)."""
        return self._number("attempts", 2, 5)

    @property
    def tcp_only(self) -> bool:
        return "use-vc" in dict(self.options)

    @property
    def text(self) -> str:
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {address}" for address in self.nameservers]
        words = [f"{name}:{value}" if value else name for name, value in self.options]
        lines += [f"options {' '.join(words)}"] if words else []
        return "".join(f"{line}\n" for line in lines)


def cluster_dns(cluster: Cluster) -> tuple[IPAddress, ...]:
    """What ``clusterDNS`` of the kubelets is: as set, else the address of Service kube-system/kube-dns."""
    if cluster.settings.cluster_dns:
        return cluster.settings.cluster_dns
    service = cluster.find_service(DNS_NAMESPACE, DNS_SERVICE)
    if service is not None and service.cluster_ips:
        return service.cluster_ips[:1]
    return (cluster.settings.service_cidrs[0][KUBE_DNS_INDEX],)


def node_resolv_conf(cluster: Cluster, node: Node) -> ResolvConf:
    """The node's own file; InputError for an annotation that cannot be read."""
    text = node.meta.annotations.get(RESOLV_CONF_ANNOTATION)
    if text is None:
        return ResolvConf((cluster.settings.external_client,))
    try:
        return parse_resolv_conf(text)
    except ValueError as error:
        raise node.meta.error(f"metadata.annotations.{RESOLV_CONF_ANNOTATION}", str(error)) from None


def parse_resolv_conf(text: str) -> ResolvConf:
    """Read the file; of several ``search`` lines the last counts. ValueError for a name server that is no address."""
    nameservers: list[IPAddress] = []
    searches: tuple[str, ...] = ()
    options: list[tuple[str, str]] = []
    for line in text.splitlines():
        match line.split():
            case ["nameserver", address, *_]:
                nameservers.append(ip_address(address))
            case ["search" | "domain", *domains]:
                searches = tuple(domain.rstrip(".").lower() for domain in domains)
            case ["options", *words]:
                options += [(name, value) for name, _, value in (word.partition(":") for word in words)]
            case _:
                continue
    return ResolvConf(tuple(nameservers[:MAX_NAMESERVERS]), searches[:MAX_SEARCHES], tuple(options))


def pod_resolv_conf(cluster: Cluster, pod: Pod) -> ResolvConf:
    """The file that the kubelet mounts into a Pod, by its dnsPolicy and dnsConfig."""
    conf = _by_policy(cluster, pod)
    extra = pod.spec.dns_config
    options = dict(conf.options) | dict(extra.options)
    return ResolvConf(
        tuple(dict.fromkeys(conf.nameservers + extra.nameservers))[:MAX_NAMESERVERS],
        tuple(dict.fromkeys(conf.searches + tuple(s.rstrip(".").lower() for s in extra.searches)))[:MAX_SEARCHES],
        tuple(options.items()),
    )


def _by_policy(cluster: Cluster, pod: Pod) -> ResolvConf:
    policy = pod.spec.dns_policy or _usual_policy(pod)
    if policy == "None":
        return ResolvConf(())
    host = ResolvConf(())
    if pod.node_name:
        host = node_resolv_conf(cluster, cluster.node(pod.node_name))
    if policy == "Default" or (policy == "ClusterFirst" and pod.host_network):
        return host
    return cluster_first(cluster, pod.namespace, host.searches)


def _usual_policy(pod: Pod) -> str:
    """Of a Pod whose manifest says nothing. A short manifest of CoreDNS means the usual one, which asks the node's
    servers; with ClusterFirst, written down, it would ask itself."""
    return "Default" if is_cluster_dns(pod) or is_node_local_dns(pod) else "ClusterFirst"


def cluster_first(cluster: Cluster, namespace: str, more_searches: tuple[str, ...] = ()) -> ResolvConf:
    """The file of dnsPolicy ClusterFirst in a namespace."""
    domain = cluster.settings.cluster_domain
    searches = (f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *more_searches)
    return ResolvConf(cluster_dns(cluster), searches, CLUSTER_OPTIONS)
