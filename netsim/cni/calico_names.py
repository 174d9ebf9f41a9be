"""Names that Calico's CNI plugin gives, which its policy agent relies on."""

from __future__ import annotations

from hashlib import sha1

from netsim.kubernetes.objects import Pod

WORKLOAD_PREFIX = "cali"


def workload_interface(pod: Pod) -> str:
    """The node's end of a Pod's cable (VethNameForWorkload in libcalico-go/lib/backend/k8s/conversion)."""
    digest = sha1(f"{pod.namespace}.{pod.name}".encode(), usedforsecurity=False).hexdigest()
    return f"{WORKLOAD_PREFIX}{digest[:11]}"
