"""PeerAuthentication and AuthorizationPolicy (security.istio.io): who may call a workload of an Istio mesh, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netsim.kubernetes.objects import IPNetwork, KubernetesObject
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


class AuthorizationAction(StrEnum):
    ALLOW = "ALLOW"
    DENY = "DENY"
    AUDIT = "AUDIT"
    CUSTOM = "CUSTOM"


@dataclass(frozen=True, slots=True)
class Values:
    """What a field may be and may not be; both empty is anything. ``*`` may stand at one end of a value, or alone."""

    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allowed or self.refused)


@dataclass(frozen=True, slots=True)
class AuthorizationSource:
    """One entry of a rule's `from`. `principals` are `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`; blocks are CIDRs."""

    principals: Values = Values()
    namespaces: Values = Values()
    ip_blocks: tuple[IPNetwork, ...] = ()
    not_ip_blocks: tuple[IPNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationOperation:
    """One entry of a rule's `to`; all but the ports are known of HTTP only."""

    ports: Values = Values()
    methods: Values = Values()
    paths: Values = Values()
    hosts: Values = Values()


@dataclass(frozen=True, slots=True)
class AuthorizationRule:
    """One of the sources and one of the operations must fit; none means any. `conditions` are the keys of `when`."""

    sources: tuple[AuthorizationSource, ...] = ()
    operations: tuple[AuthorizationOperation, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationPolicy(KubernetesObject):
    """Who may call which workloads; `selector` is None for a whole namespace, or for the mesh in its root namespace.

    `targeted` policies are for waypoints and Gateways (`targetRefs`), not for the Pods of their namespace.
    """

    selector: LabelSelector | None = None
    action: AuthorizationAction = AuthorizationAction.ALLOW
    rules: tuple[AuthorizationRule, ...] = ()
    targeted: bool = False
