"""The Pod and the container that ``exec`` and ``logs`` are about."""

from __future__ import annotations

from netsim.kubernetes.cluster import WORKLOADS, Cluster
from netsim.kubernetes.objects import Pod, Service, Workload
from netsim.kubernetes.selectors import service_selects
from netsim.tools.kubectl.arguments import Arguments
from netsim.tools.kubectl.resources import resource_named
from netsim.tools.kubectl.selection import not_found
from netsim.tools.options import UsageError


def pod_of(cluster: Cluster, arguments: Arguments, word: str) -> Pod:
    """``POD``, ``pod/POD``, or the first Pod of ``deploy/NAME``, ``svc/NAME`` …; UsageError where there is none."""
    kind, slash, name = word.partition("/")
    resource = resource_named(kind if slash else "pods")
    name = name if slash else word
    found = next((each for each in resource.found(cluster, arguments.namespace) if each.name == name), None)
    match found:
        case None:
            raise UsageError(not_found(resource, name), 1)
        case Pod():
            return found
        case Workload() if found.kind.lower() in WORKLOADS:
            pods = list(cluster.pods_of(found.kind, found.namespace, found.name))
        case Service():
            own = (pod for pod in cluster.pods if pod.namespace == found.namespace)
            pods = [pod for pod in own if service_selects(found.selector, pod.meta.labels)]
        case _:
            raise UsageError(f"error: cannot attach to *v1.{resource.kind}: selector for it not implemented", 1)
    if not pods:
        raise UsageError("error: timed out waiting for the condition", 1)
    return min(pods, key=lambda pod: (not pod.ready, pod.name))


def container_of(pod: Pod, arguments: Arguments) -> tuple[str, str]:
    """The container's name, and the note that kubectl prints where it chose the first of several itself.

    Source: podcmd.FindOrDefaultContainerByName in kubectl, and the API server's check in registry/core/pod/strategy.go.
    """
    names = [each.name for each in pod.containers]
    others = [each.name for each in pod.spec.sidecars]
    wanted = arguments.text("--container")
    if wanted:
        if wanted not in names + others:
            raise UsageError(f"Error from server (BadRequest): container {wanted} is not valid for pod {pod.name}", 1)
        return wanted, ""
    every = names + [f"{name} (init)" for name in others]
    note = f'Defaulted container "{names[0]}" out of: {", ".join(every)}\n' if len(every) > 1 else ""
    return names[0] if names else "", note
