"""Which Pods are in a mesh, as the injectors and Istio's node agent decide it.

Sources: istio.io's "Installing the Sidecar" (label ``istio-injection`` and its Pod override), manifests' label
``istio.io/dataplane-mode`` for ambient (cni/pkg/util/podutil.go), linkerd.io's "Automatic Proxy Injection".
"""

from __future__ import annotations

from enum import StrEnum

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Pod
from netsim.l7.controllers import GATEWAY_NAME_LABEL

WAYPOINT_CLASS = "istio-waypoint"


class Mesh(StrEnum):
    ISTIO = "Istio sidecar"
    LINKERD = "Linkerd"
    AMBIENT = "Istio ambient"


ISTIO_MESHES = (Mesh.ISTIO, Mesh.AMBIENT)


def mesh_of(cluster: Cluster, pod: Pod) -> Mesh | None:
    """The mesh that a Pod is in; None for a Pod outside, which every host-network Pod is."""
    if pod.host_network or is_waypoint(cluster, pod):
        return None
    labels = _namespace_labels(cluster, pod.namespace)
    if _has_container(pod, "istio-proxy") or _istio_injects(pod, labels):
        return Mesh.ISTIO
    if _has_container(pod, "linkerd-proxy") or _linkerd_injects(cluster, pod):
        return Mesh.LINKERD
    mode = pod.meta.labels.get("istio.io/dataplane-mode", labels.get("istio.io/dataplane-mode"))
    return Mesh.AMBIENT if mode == "ambient" and pod.meta.labels.get("app") != "ztunnel" else None


def is_waypoint(cluster: Cluster, pod: Pod) -> bool:
    """Whether a Pod is the proxy of a Gateway of class ``istio-waypoint``."""
    name = pod.meta.labels.get(GATEWAY_NAME_LABEL)
    return name is not None and any(
        gateway.key == (pod.namespace, name) and gateway.class_name == WAYPOINT_CLASS for gateway in cluster.gateways
    )


def _has_container(pod: Pod, name: str) -> bool:
    return any(container.name == name for container in (*pod.containers, *pod.spec.sidecars))


def _istio_injects(pod: Pod, namespace_labels: dict[str, str]) -> bool:
    own = pod.meta.labels.get("sidecar.istio.io/inject", pod.meta.annotations.get("sidecar.istio.io/inject"))
    if own is not None:
        return own == "true" and namespace_labels.get("istio-injection") != "disabled"
    return namespace_labels.get("istio-injection") == "enabled" or (
        "istio.io/rev" in namespace_labels and "istio-injection" not in namespace_labels
    )


def _linkerd_injects(cluster: Cluster, pod: Pod) -> bool:
    own = pod.meta.annotations.get("linkerd.io/inject")
    if own is None:
        namespace = next((each for each in cluster.namespaces if each.name == pod.namespace), None)
        own = namespace.meta.annotations.get("linkerd.io/inject") if namespace is not None else None
    return own in ("enabled", "ingress")


def _namespace_labels(cluster: Cluster, name: str) -> dict[str, str]:
    return next((dict(each.meta.labels) for each in cluster.namespaces if each.name == name), {})
