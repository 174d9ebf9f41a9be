"""Pod, and the workloads that make Pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job."""

from __future__ import annotations

from dataclasses import replace

from netsim.kubernetes.objects import (
    READY_ANNOTATION,
    Container,
    ContainerPort,
    IPAddress,
    ObjectMeta,
    Pod,
    PodDNSConfig,
    PodPhase,
    PodSpec,
    PodTemplate,
    Protocol,
    Toleration,
    Workload,
    WorkloadKind,
)
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_label_selector, read_labels, read_meta, read_requirement
from netsim.kubernetes.parsing.nodes import TAINT_EFFECTS
from netsim.kubernetes.selectors import LabelSelector, Operator, Requirement

MAX_REPLICAS = 2000
DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")


def read_pod(root: Field) -> Pod:
    meta, spec, status = read_meta(root), root["spec"], root["status"]
    phase = status["phase"].choice(PodPhase, PodPhase.RUNNING)
    _check_ready_annotation(root["metadata"]["annotations"])
    crash_loop = _crash_loop(status["containerStatuses"])
    return Pod(
        meta=meta,
        spec=read_pod_spec(spec),
        pod_ips=_pod_ips(status),
        host_ip=status["hostIP"].maybe(lambda field: field.parsed(formats.address)),
        ready=phase is PodPhase.RUNNING and not crash_loop and _is_ready(status["conditions"], meta),
        terminating=root["metadata"]["deletionTimestamp"].present,
        phase=phase,
        pending_reason=_pending_reason(status["conditions"]) if phase is PodPhase.PENDING else "",
        crash_loop=crash_loop,
    )


def read_workload(root: Field, kind: WorkloadKind) -> Workload:
    meta, spec = read_meta(root), root["spec"]
    template = _read_template(spec["template"])
    if kind is WorkloadKind.JOB:
        template = replace(template, labels=_job_labels(meta) | dict(template.labels))
        selector = LabelSelector(_job_labels(meta))
    else:
        selector = _read_selector(spec, template)
    return Workload(
        meta=meta,
        kind=kind,
        replicas=_replicas(root, kind),
        selector=selector,
        template=template,
        service_name=spec["serviceName"].string(""),
        first_ordinal=spec["ordinals"]["start"].integer(0, 10**6, 0),
    )


def read_pod_spec(spec: Field) -> PodSpec:
    if not spec["containers"].present:
        raise spec["containers"].error("missing; a Pod needs a list with at least one container")
    return PodSpec(
        containers=_read_containers(spec["containers"], host_network=spec["hostNetwork"].boolean(False)),
        sidecars=_read_sidecars(spec["initContainers"], host_network=spec["hostNetwork"].boolean(False)),
        node_name=spec["nodeName"].maybe(lambda field: field.parsed(formats.dns_subdomain)) or "",
        host_network=spec["hostNetwork"].boolean(False),
        node_selector=read_labels(spec["nodeSelector"]),
        node_affinity=_read_node_affinity(spec["affinity"]["nodeAffinity"]),
        tolerations=spec["tolerations"].each(_read_toleration),
        dns_policy=spec["dnsPolicy"].one_of(DNS_POLICIES) if spec["dnsPolicy"].present else "",
        dns_config=_read_dns_config(spec["dnsConfig"]),
        hostname=spec["hostname"].maybe(lambda field: field.parsed(formats.dns_label)) or "",
        service_account=_read_service_account(spec["serviceAccountName"]),
        subdomain=spec["subdomain"].maybe(lambda field: field.parsed(formats.dns_label)) or "",
        host_aliases=tuple(pair for pairs in spec["hostAliases"].each(_read_host_alias) for pair in pairs),
    )


def _read_service_account(field: Field) -> str:
    return field.parsed(formats.dns_subdomain) if field.string("") else "default"


def _read_containers(field: Field, host_network: bool) -> tuple[Container, ...]:
    names: set[str] = set()

    def read(container: Field) -> Container:
        name = container["name"].parsed(formats.dns_label)
        if name in names:
            raise container["name"].error(f"another container of this Pod is called {name!r}")
        names.add(name)
        return Container(name, _read_container_ports(container["ports"], host_network))

    return field.each(read)


def _read_sidecars(field: Field, host_network: bool) -> tuple[Container, ...]:
    """Read the init containers that keep running; the others are gone before the Pod serves anybody."""
    staying = (each for each in field.elements() if each["restartPolicy"].string("") == "Always")
    return tuple(
        Container(each["name"].parsed(formats.dns_label), _read_container_ports(each["ports"], host_network))
        for each in staying
    )


def _read_container_ports(field: Field, host_network: bool) -> tuple[ContainerPort, ...]:
    """Read the ports of one container, whose names differ (validateContainerPorts in pkg/apis/core/validation)."""
    names: set[str] = set()

    def read(field: Field) -> ContainerPort:
        port = _read_container_port(field, host_network)
        if port.name in names:
            raise field["name"].error(f"another port of this container is called {port.name!r}")
        names.update([port.name] if port.name else [])
        return port

    return field.each(read)


def _read_container_port(field: Field, host_network: bool) -> ContainerPort:
    port = field["containerPort"].port()
    host_port = field["hostPort"].integer(0, 65535, 0)
    if host_network and host_port not in (0, port):
        raise field["hostPort"].error(f"must equal containerPort ({port}), because the Pod uses the node's network")
    return ContainerPort(
        port=port,
        name=field["name"].maybe(lambda name: name.parsed(formats.port_name)) or "",
        protocol=field["protocol"].choice(Protocol, Protocol.TCP),
        host_port=host_port,
        host_ip=field["hostIP"].maybe(lambda each: each.parsed(formats.address)) if field["hostIP"].present else None,
    )


def _read_node_affinity(field: Field) -> tuple[tuple[Requirement, ...], ...]:
    required = field["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    operators = tuple(Operator)
    return required.each(
        lambda term: (
            term["matchExpressions"].each(lambda each: read_requirement(each, operators))
            + term["matchFields"].each(lambda each: read_requirement(each, operators))
        )
    )


def _read_toleration(field: Field) -> Toleration:
    operator = field["operator"].one_of(("Equal", "Exists"), "Equal")
    key = field["key"].string("")
    if not key and operator != "Exists":
        raise field["operator"].error("must be Exists where the toleration has no key")
    effect = field["effect"].one_of(TAINT_EFFECTS) if field["effect"].present else ""
    return Toleration(key, operator, field["value"].string(""), effect)


def _read_dns_config(field: Field) -> PodDNSConfig:
    return PodDNSConfig(
        nameservers=field["nameservers"].each(lambda each: each.parsed(formats.address)),
        searches=field["searches"].each(lambda each: each.string()),
        options=field["options"].each(lambda each: (each["name"].string(), each["value"].string(""))),
    )


def _read_host_alias(field: Field) -> tuple[tuple[IPAddress, str], ...]:
    address = field["ip"].parsed(formats.address)
    return tuple((address, name) for name in field["hostnames"].each(lambda each: each.parsed(formats.dns_subdomain)))


def _read_template(field: Field) -> PodTemplate:
    if not field.present:
        raise field.error("missing; it must be a Pod template with metadata and spec")
    _check_ready_annotation(field["metadata"]["annotations"])
    return PodTemplate(
        labels=read_labels(field["metadata"]["labels"]),
        annotations=field["metadata"]["annotations"].string_map(),
        spec=read_pod_spec(field["spec"]),
    )


def _read_selector(spec: Field, template: PodTemplate) -> LabelSelector:
    if not spec["selector"].present:
        raise spec["selector"].error("missing; it must be a label selector that matches the template's labels")
    selector = read_label_selector(spec["selector"])
    if not selector.match_labels and not selector.match_expressions:
        raise spec["selector"].error("empty; it must match the template's labels and no other workload's")
    if not selector.matches(template.labels):
        labels = ", ".join(f"{key}={value}" for key, value in template.labels.items()) or "none"
        raise spec["selector"].error(f"does not match the labels of the Pod template, which are {labels}")
    return selector


def _job_labels(meta: ObjectMeta) -> dict[str, str]:
    """Labels that the Job controller gives its Pods (batch/v1 JobNameLabel)."""
    return {"batch.kubernetes.io/job-name": meta.name, "job-name": meta.name}


def _replicas(root: Field, kind: WorkloadKind) -> int:
    match kind:
        case WorkloadKind.JOB:
            return _job_pods(root)
        case WorkloadKind.DAEMON_SET:
            return 1
        case _:
            return root["spec"]["replicas"].integer(0, MAX_REPLICAS, 1)


def _job_pods(root: Field) -> int:
    """Count the Pods that run at once; none for a Job that is suspended or has ended."""
    ended = any(
        condition["type"].string() in ("Complete", "Failed") and condition["status"].string() == "True"
        for condition in root["status"]["conditions"].elements()
    )
    if ended or root["spec"]["suspend"].boolean(False):
        return 0
    parallelism = root["spec"]["parallelism"].integer(0, MAX_REPLICAS, 1)
    return min(parallelism, root["spec"]["completions"].integer(0, 10**6, parallelism))


def _pod_ips(status: Field) -> tuple[IPAddress, ...]:
    first = status["podIP"].maybe(lambda field: field.parsed(formats.address))
    addresses = status["podIPs"].each(lambda field: field["ip"].parsed(formats.address))
    if first is not None and addresses and addresses[0] != first:
        raise status["podIPs"].error(f"must begin with podIP, which is {first}")
    if len({address.version for address in addresses}) < len(addresses):
        raise status["podIPs"].error("must hold at most one IPv4 and one IPv6 address")
    return addresses or ((first,) if first is not None else ())


def _is_ready(conditions: Field, meta: ObjectMeta) -> bool:
    for condition in conditions.elements():
        if condition["type"].string() == "Ready":
            return condition["status"].string() == "True"
    return meta.annotations.get(READY_ANNOTATION) != "false"


def _pending_reason(conditions: Field) -> str:
    messages = (c["message"].string("") for c in conditions.elements() if c["status"].string("") == "False")
    return next((message for message in messages if message), "")


def _crash_loop(statuses: Field) -> str:
    for status in statuses.elements():
        waiting = status["state"]["waiting"]
        if waiting["reason"].string("") == "CrashLoopBackOff":
            return waiting["message"].string("") or "CrashLoopBackOff"
    return ""


def _check_ready_annotation(annotations: Field) -> None:
    if annotations[READY_ANNOTATION].present:
        annotations[READY_ANNOTATION].one_of(("true", "false"))
