"""Faults of name resolution: servers that are down, search lists that multiply, caches that policies forget."""

from __future__ import annotations

from dataclasses import replace

from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.dns.corefile import CONFIG_MAP, COREFILE_KEY
from netsim.kubernetes.dns.nodelocal import LINK_LOCAL
from netsim.kubernetes.dns.roles import NODE_LOCAL_LABEL, is_cluster_dns
from netsim.kubernetes.objects import (
    ConfigMap,
    Container,
    ContainerPort,
    ObjectMeta,
    Pod,
    PodSpec,
    PodTemplate,
    Protocol,
    Service,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.selectors import LabelSelector
from netsim.kubernetes.settings import ClusterNetwork

OFFICE_DOMAINS = ("corp.example", "dc1.corp.example", "dc2.corp.example")
LOOP = 'plugin/loop: Loop (127.0.0.53 -> :53) detected for zone "."'
"""What CoreDNS finds where its upstream is the stub resolver of the node, systemd-resolved (plugin/loop/loop.go)."""

COREFILE = """.:53 {{
    hosts {{
        {address} {name}
        fallthrough
    }}
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }}
    forward . /etc/resolv.conf
}}
"""


def _crash_servers(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
    """CoreDNS found itself behind its own forwarder and exits, again and again."""
    if not any(is_cluster_dns(pod) for pod in pods):
        raise choice.error("", "the cluster has no DNS Pods")
    return tuple(_crashed(pod) if is_cluster_dns(pod) else pod for pod in pods)


def _crashed(pod: Pod) -> Pod:
    return replace(pod, ready=False, crash_loop=LOOP)


def _lengthen_search_list(pods: tuple[Pod, ...], choice: Choice) -> tuple[Pod, ...]:
    """The office's domains in every Pod, and every name with fewer than 15 dots is tried in all of them first."""
    wanted = choice.pod(pods, lambda pod: not pod.host_network)
    dns = replace(
        wanted.spec.dns_config,
        searches=(*wanted.spec.dns_config.searches, *OFFICE_DOMAINS),
        options=(*wanted.spec.dns_config.options, ("ndots", "15")),
    )
    return tuple(replace(pod, spec=replace(pod.spec, dns_config=dns)) if pod is wanted else pod for pod in pods)


def _add_node_local_cache(manifests: Manifests, choice: Choice) -> Manifests:
    """A cache on every node takes the queries, as a process of the node and no Pod that a selector could name."""
    key, value = NODE_LOCAL_LABEL
    ports = (ContainerPort(53, "dns", Protocol.UDP), ContainerPort(53, "dns-tcp", Protocol.TCP))
    spec = PodSpec(containers=(Container("node-cache", ports),), host_network=True, dns_policy="Default")
    cache = Workload(
        meta=ObjectMeta("node-local-dns", "kube-system", labels={key: value}),
        kind=WorkloadKind.DAEMON_SET,
        selector=LabelSelector(match_labels={key: value}),
        template=PodTemplate(labels={key: value}, spec=spec),
    )
    settings = replace(manifests.settings or ClusterNetwork(), cluster_dns=(LINK_LOCAL,))
    return replace(manifests, settings=settings, workloads=(*manifests.workloads, cache))


def _pin_an_old_address(manifests: Manifests, choice: Choice) -> Manifests:
    """Somebody helped himself with a line in the Corefile, and the Service has moved since."""
    service = choice.service(manifests.services, lambda each: bool(each.selector))
    domain = (manifests.settings or ClusterNetwork()).cluster_domain
    address = choice.text("address", "10.244.250.9")
    text = COREFILE.format(address=address, name=_name(service, domain), domain=domain)
    namespace, name = CONFIG_MAP
    config = ConfigMap(meta=ObjectMeta(name, namespace), data={COREFILE_KEY: text})
    others = tuple(each for each in manifests.config_maps if each.key != CONFIG_MAP)
    return replace(manifests, config_maps=(*others, config))


def _name(service: Service, domain: str) -> str:
    return f"{service.name}.{service.namespace}.svc.{domain}"


FAULTS = (
    FaultKind(
        number=18, name="coredns-loop", title="CoreDNS forwards to itself and exits",
        symptom="all names fail, addresses work; CrashLoopBackOff, log: Loop … detected",
        remedy="point kubelet's resolvConf at the real file, not at the node's stub resolver",
        edit_pods=_crash_servers,
    ),
    FaultKind(
        number=19, name="long-search-list", title="Every outside name is tried in every search domain first",
        symptom="outside calls are slow; most answers are NXDOMAIN",
        remedy="a final dot, a smaller ndots in dnsConfig, or a cache on the node",
        options={"pod": "the Pod whose resolv.conf grows"}, edit_pods=_lengthen_search_list,
    ),
    FaultKind(
        number=43, name="node-local-dns", title="A DNS cache on each node takes the queries, and policies forget it",
        symptom="names fail for isolated Pods only, although port 53 of kube-dns is allowed",
        remedy="allow the cache's address with an ipBlock",
        edit_objects=_add_node_local_cache,
    ),
    FaultKind(
        number=51, name="stale-hosts-entry", title="The Corefile pins a name to an old address",
        symptom="one name gives an address that nobody has; the Service's own address works",
        remedy="delete the entry",
        options={"service": "the Service whose name is pinned", "address": "the old address, 10.244.250.9"},
        edit_objects=_pin_an_old_address,
    ),
)  # fmt: skip
