"""A name as an address, without a packet: what a resolver would find if every server could be reached.

Probes use it for their destinations; ``netsim.resolver`` asks for the same names with real queries.
"""

from __future__ import annotations

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns import outside
from netsim.kubernetes.dns.coredns import CoreDns
from netsim.kubernetes.dns.corefile import ForwardPlugin, corefile_of
from netsim.kubernetes.dns.message import Question, Rcode, RecordType, Response
from netsim.kubernetes.dns.resolv_conf import DNS_NAMESPACE, DNS_SERVICE, ResolvConf, cluster_dns
from netsim.kubernetes.dns.roles import is_cluster_dns
from netsim.kubernetes.dns.search import Heard, walk
from netsim.kubernetes.objects import IPAddress, Service, ServiceType


def find_address(cluster: Cluster, name: str, conf: ResolvConf) -> tuple[str, IPAddress]:
    """(the name that was found, its first address, IPv4 before IPv6); NetsimError (NXDOMAIN or NODATA) without one."""
    machine = cluster.settings.external_client

    def ask_outside(question: Question, forward: ForwardPlugin) -> Response:
        return outside.answer(question, machine)

    server = CoreDns(cluster, corefile_of(cluster), ask_outside) if _asks_cluster(cluster, conf) else None
    asked: list[str] = []
    found: list[IPAddress] = []
    exists = False

    def ask(candidate: str) -> Heard:
        nonlocal exists
        asked.append(candidate)
        for wanted in (RecordType.A, RecordType.AAAA):
            question = Question(candidate, wanted)
            response = server.answer(question) if server is not None else outside.answer(question, machine)
            exists = exists or response.rcode is Rcode.NOERROR
            found.extend(response.addresses(wanted))
        return Heard.SUCCESS if found else Heard.NOTHING

    if walk(name, conf, ask):
        return asked[-1], found[0]
    whom = "cluster DNS" if server is not None else "the name server outside the cluster"
    raise NetsimError(f"{name}: {'NODATA' if exists else 'NXDOMAIN'}; {whom} was asked for {', '.join(asked)}")


def _asks_cluster(cluster: Cluster, conf: ResolvConf) -> bool:
    """Whether the first name server of the file is one of the cluster's."""
    service = cluster.find_service(DNS_NAMESPACE, DNS_SERVICE)
    own = {*cluster_dns(cluster), *(service.cluster_ips if service is not None else ())}
    if conf.nameservers and conf.nameservers[0] in own:
        return True
    return any(conf.nameservers[:1] == pod.pod_ips[:1] for pod in cluster.pods if is_cluster_dns(pod))


def service_behind(cluster: Cluster, name: str) -> Service | None:
    """The Service whose own name this is."""
    bare = name.removesuffix(f".svc.{cluster.settings.cluster_domain}")
    service_name, dot, namespace = bare.partition(".")
    return cluster.find_service(namespace, service_name) if dot and bare != name else None


def service_address(cluster: Cluster, service: Service) -> IPAddress:
    """The first address record of a Service; NetsimError says why there is none."""
    called = f"Service {service.namespace}/{service.name}"
    if service.type is ServiceType.EXTERNAL_NAME:
        conf = ResolvConf(cluster_dns(cluster))
        try:
            return find_address(cluster, f"{service.external_name}.", conf)[1]
        except NetsimError as error:
            raise NetsimError(f"{called} is an alias: {error}") from None
    if not service.headless:
        return service.cluster_ips[0]
    for endpoint_slice in cluster.slices_of(service):
        for endpoint in endpoint_slice.endpoints:
            if endpoint.ready:
                return endpoint.addresses[0]
    raise NetsimError(f"{called} is headless and has no ready endpoint, so its name has no address")
