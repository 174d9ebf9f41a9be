"""Faults of Istio's meshes: clients that STRICT shuts out, and policies that do not know how ambient mode travels."""

from __future__ import annotations

from dataclasses import replace

from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.mesh import ROOT_NAMESPACE, MtlsMode, PeerAuthentication
from netsim.kubernetes.objects import ObjectMeta, PodSpec, Protocol
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.policies import NetworkPolicy, NetworkPolicyPort, NetworkPolicyRule, PolicyType
from netsim.kubernetes.selectors import LabelSelector

MODE_LABEL = "istio.io/dataplane-mode"
INJECTING = {("istio-injection", "enabled"), ("sidecar.istio.io/inject", "true"), (MODE_LABEL, "ambient")}


def _insist_on_mtls(manifests: Manifests, choice: Choice) -> Manifests:
    """One policy for the whole mesh, in place of the one that it has."""
    if not _has_istio(manifests):
        raise choice.error("", "the cluster has no Istio mesh")
    strict = PeerAuthentication(meta=ObjectMeta("default", ROOT_NAMESPACE), mode=MtlsMode.STRICT)
    others = tuple(
        each for each in manifests.peer_authentications if each.namespace != ROOT_NAMESPACE or each.selector is not None
    )
    return replace(manifests, peer_authentications=(*others, strict))


def _has_istio(manifests: Manifests) -> bool:
    templates = tuple(each.template for each in manifests.workloads)
    labels = [
        *(each.meta.labels for each in (*manifests.namespaces, *manifests.pods)),
        *(each.labels for each in templates),
    ]
    specs = [*(each.spec for each in templates), *(each.spec for each in manifests.pods)]
    return any(INJECTING & set(each.items()) or "istio.io/rev" in each for each in labels) or any(
        container.name == "istio-proxy" for spec in specs for container in (*spec.containers, *spec.sidecars)
    )


def _allow_own_ports_only(manifests: Manifests, choice: Choice) -> Manifests:
    """Everybody may call the ports that the namespace's containers declare; between ztunnels nobody calls those."""
    ambient = [each.name for each in manifests.namespaces if each.meta.labels.get(MODE_LABEL) == "ambient"]
    if not ambient:
        raise choice.error("", f"the cluster has no Namespace with the label {MODE_LABEL}: ambient")
    namespace = choice.text("namespace", ambient[0])
    if namespace not in ambient:
        raise choice.error("namespace", f"no ambient Namespace {namespace!r}; there are {', '.join(ambient)}")
    declared = [port for spec in _specs(manifests, namespace) for port in spec.ports]
    ports = sorted({port.port for port in declared if port.protocol is Protocol.TCP})
    if not ports:
        raise choice.error("namespace", f"no container of {namespace} declares a TCP port")
    policy = NetworkPolicy(
        meta=ObjectMeta("declared-ports", namespace),
        pod_selector=LabelSelector(),
        policy_types=frozenset({PolicyType.INGRESS}),
        ingress=(NetworkPolicyRule((), tuple(NetworkPolicyPort(Protocol.TCP, port) for port in ports)),),
    )
    return replace(manifests, network_policies=(*manifests.network_policies, policy))


def _specs(manifests: Manifests, namespace: str) -> list[PodSpec]:
    workloads = [each.template.spec for each in manifests.workloads if each.namespace == namespace]
    return workloads + [each.spec for each in manifests.pods if each.namespace == namespace]


FAULTS = (
    FaultKind(
        number=27, name="mtls-strict", title="The mesh accepts mutual TLS only, and a client is outside of it",
        symptom="reset by peer for clients outside the mesh; the server's proxy logs filter_chain_not_found",
        remedy="take the client into the mesh, or PERMISSIVE for one workload or port",
        edit_objects=_insist_on_mtls,
    ),
    FaultKind(
        number=28, name="ambient-without-hbone", title="A policy for an ambient namespace forgets port 15008",
        symptom="calls within the mesh time out, those from outside of it arrive; the policy allows the Pods' ports",
        remedy="allow TCP port 15008, by which ztunnels talk to each other (HBONE)",
        options={"namespace": "the ambient Namespace, the first unless given"}, edit_objects=_allow_own_ports_only,
    ),
)  # fmt: skip
