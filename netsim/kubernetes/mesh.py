"""PeerAuthentication (security.istio.io): which workloads of an Istio mesh accept plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netsim.kubernetes.objects import KubernetesObject
from netsim.kubernetes.selectors import LabelSelector

ROOT_NAMESPACE = "istio-system"
"""Where a policy without a selector is for the whole mesh (meshConfig.rootNamespace)."""


class MtlsMode(StrEnum):
    UNSET = "UNSET"
    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAuthentication(KubernetesObject):
    """`selector` is None for a whole namespace or mesh; `ports` are exceptions by the workload's own port."""

    selector: LabelSelector | None = None
    mode: MtlsMode = MtlsMode.UNSET
    ports: Mapping[int, MtlsMode] = field(default_factory=dict, hash=False)
    created: str = ""
