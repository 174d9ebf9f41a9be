"""``kubectl logs``: what the engine's state says that a container has written; nothing else is made up.

There is no clock, so every time is the first second of 1970. Line numbers in klog's headers are those of one release.
"""

from __future__ import annotations

from collections.abc import Iterator

from netsim.faults import proxy_views
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.roles import is_cluster_dns
from netsim.kubernetes.ingress import Ingress
from netsim.kubernetes.objects import Pod, PodPhase
from netsim.l7.controllers import controller_in
from netsim.l7.ingress import class_of
from netsim.tools.kubectl.arguments import SWITCH, VALUE, Arguments, Flags
from netsim.tools.kubectl.endpoints import ready_in
from netsim.tools.kubectl.events import NO_POD_CIDR
from netsim.tools.kubectl.states import pod_status
from netsim.tools.kubectl.targets import container_of, pod_of
from netsim.tools.machine import Machine, Output
from netsim.tools.options import UsageError

FLAGS = Flags(
    "logs",
    {"--container": VALUE, "--follow": SWITCH, "--previous": SWITCH, "--tail": VALUE},
    {"-c": "--container", "-f": "--follow", "-p": "--previous"},
)
NO_TIME = "01/Jan/1970:00:00:00 +0000"


def run(machine: Machine, words: list[str]) -> Output:
    arguments = FLAGS.parse(words)
    if not arguments.operands:
        message = "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"
        raise UsageError(f"{message}POD or TYPE/NAME is a required argument for the logs command", 1)
    word, *more = arguments.operands
    if more:
        arguments.flags["--container"] = more[:1]
    pod = pod_of(machine.cluster, arguments, word)
    container, note = container_of(pod, arguments)
    _check_started(pod, container, arguments)
    lines = list(_lines(machine, pod, container))
    tail = arguments.text("--tail")
    if tail.isdecimal():
        lines = lines[len(lines) - int(tail) :] if int(tail) < len(lines) else lines
    return Output(note + "".join(f"{line}\n" for line in lines))


def _check_started(pod: Pod, container: str, arguments: Arguments) -> None:
    """The kubelet's errors (validateContainerLogStatus in kubelet_pods.go)."""
    if pod.phase is PodPhase.PENDING and pod.node_name:
        what = f'container "{container}" in pod "{pod.name}" is waiting to start: {pod_status(pod)}'
        raise UsageError(f"Error from server (BadRequest): {what}", 1)
    if "--previous" in arguments and not pod.crash_loop:
        what = f'previous terminated container "{container}" in pod "{pod.name}" not found'
        raise UsageError(f"Error from server (BadRequest): {what}", 1)


def _lines(machine: Machine, pod: Pod, container: str) -> Iterator[str]:
    cluster = machine.cluster
    if container == (pod.containers[0].name if pod.containers else ""):
        yield from _dns(pod)
        yield from _network_agent(cluster, pod)
        yield from _service_proxy(cluster, pod)
        yield from _ingress_controller(cluster, pod)
    yield from _requests(machine, pod, container)


def _dns(pod: Pod) -> Iterator[str]:
    """CoreDNS on its way out (plugin/loop/loop.go); the random name of its query, which follows, is left out."""
    if is_cluster_dns(pod) and pod.crash_loop.startswith("plugin/"):
        yield f"[FATAL] {pod.crash_loop}, see https://coredns.io/plugins/loop#troubleshooting."


def _network_agent(cluster: Cluster, pod: Pod) -> Iterator[str]:
    """flannel without a lease (RegisterNetwork's error in main.go); its Pods have the label of kube-flannel.yml."""
    waiting = any(NO_POD_CIDR in each.pending_reason for each in cluster.pods if each.node_name == pod.node_name)
    if pod.meta.labels.get("app") == "flannel" and waiting:
        error = f'failed to acquire lease: node "{pod.node_name}" pod cidr not assigned'
        yield f"{_header('E', 1, 'main.go:292')} Error registering network: {error}"


def _service_proxy(cluster: Cluster, pod: Pod) -> Iterator[str]:
    """kube-proxy whose --config names no file (component-base cli/run.go around cmd/kube-proxy's Complete)."""
    if pod.meta.labels.get("k8s-app") == "kube-proxy" and pod.node_name in proxy_views(cluster):
        error = "failed complete: open /var/lib/kube-proxy/configuration.conf: no such file or directory"
        yield f'{_header("E", 1, "run.go:72")} "command failed" err="{error}"'


def _ingress_controller(cluster: Cluster, pod: Pod) -> Iterator[str]:
    """ingress-nginx about Ingresses that it leaves alone (internal/ingress/controller/store/store.go), and about
    backends without an endpoint (serviceEndpoints in internal/ingress/controller/controller.go)."""
    controller = controller_in(cluster, pod)
    if controller is None or controller.implementation.name != "ingress-nginx":
        return
    for ingress in cluster.ingresses:
        if class_of(cluster, ingress) in controller.ingress_classes:
            yield from _backends(cluster, ingress)
        elif why := _ignored(cluster, ingress):
            told = f'"Ignoring ingress because of error while validating ingress class" ingress="{_key(ingress)}"'
            yield f'{_header("I", 7, "store.go:436")} {told} error="{why}"'


def _ignored(cluster: Cluster, ingress: Ingress) -> str:
    """The error of GetIngressClass; "" for a class that another controller serves, which is no error."""
    name = class_of(cluster, ingress)
    if not name:
        return "ingress does not contain a valid IngressClass"
    if name not in {each.name for each in cluster.ingress_classes}:
        return f'no object matching key \\"{name}\\" in local store'
    return ""


def _backends(cluster: Cluster, ingress: Ingress) -> Iterator[str]:
    named = {(p.backend.service, p.backend.port): None for rule in ingress.rules for p in rule.paths}
    for name, port in named:
        service = cluster.find_service(ingress.namespace, name)
        found = next((p for p in service.ports if port in (p.port, p.name)), None) if service is not None else None
        if service is not None and (found is None or ready_in(cluster, service, found.name) == "<none>"):
            told = f'Service "{ingress.namespace}/{name}" does not have any active Endpoint.'
            yield f"{_header('W', 7, 'controller.go:1112')} {told}"


def _key(ingress: Ingress) -> str:
    return f"{ingress.namespace}/{ingress.name}"


def _header(severity: str, process: int, place: str) -> str:
    """klog's."""
    return f"{severity}0101 00:00:00.000000 {process:7} {place}]"


def _requests(machine: Machine, pod: Pod, container: str) -> Iterator[str]:
    """One line for each HTTP request of this session that the application answered, as traefik/whoami's -verbose writes
    it (app.go): the peer's address as the application saw it, method and path."""
    for result in machine.record.requests:
        seen = result.seen_by_application
        if seen is None:
            continue
        last = next(leg.exchange for leg in reversed(result.legs) if not leg.mirror)
        server, packet = last.server, last.seen_by_server
        if server is None or packet is None or packet.ports is None:
            continue
        source, port = packet.ports
        if (server.namespace, server.name) == (pod.namespace, pod.name) and _listens(pod, container, port):
            peer = f"[{packet.source}]:{source}" if packet.version == 6 else f"{packet.source}:{source}"
            yield f'{peer} - - [{NO_TIME}] "{seen.method} {seen.target.partition("?")[0]} HTTP/1.1" - -'


def _listens(pod: Pod, container: str, port: int) -> bool:
    """Whether this container has the port; one that no container declares is the first one's."""
    owners = [each.name for each in pod.containers + pod.spec.sidecars if port in {p.port for p in each.ports}]
    return container in (owners or [each.name for each in pod.containers[:1]])
