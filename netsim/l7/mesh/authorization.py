"""Istio's AuthorizationPolicy: whether a workload lets a request in.

Order and meaning: "Authorization Policy" in Istio's reference (DENY before ALLOW; no ALLOW policy admits everybody; an
ALLOW policy without rules admits nobody). A proxy that sees no HTTP takes ALLOW rules about HTTP never to fit, and
DENY rules as if they did not speak of it. CUSTOM and AUDIT, and the conditions of ``when``, are not modelled: a rule
with conditions fits in a DENY policy and never in an ALLOW policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.mesh import (
    ROOT_NAMESPACE,
    AuthorizationAction,
    AuthorizationOperation,
    AuthorizationPolicy,
    AuthorizationRule,
    AuthorizationSource,
    Values,
)
from netsim.kubernetes.objects import Pod
from netsim.l7.decision import Tried
from netsim.l7.http import HttpRequest
from netsim.packet import IPAddress


@dataclass(frozen=True, slots=True)
class Caller:
    """A client as the server's proxy knows it: ``pod`` only where mutual TLS said who it is."""

    address: IPAddress
    pod: Pod | None = None

    @property
    def principal(self) -> str:
        """The identity in its certificate, without ``spiffe://``; "" without one."""
        return f"cluster.local/ns/{self.pod.namespace}/sa/{self.pod.spec.service_account}" if self.pod else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the workload's port, and the request where the proxy can read it."""

    port: int
    request: HttpRequest | None = None


def authorize(cluster: Cluster, pod: Pod, caller: Caller, asked: Asked) -> tuple[bool, tuple[Tried, ...]]:
    """Whether the policies of a Pod let a caller in, and what each of them said."""
    policies = [each for each in cluster.authorization_policies if _selects(each, pod)]
    tried: list[Tried] = []
    for policy in policies:
        if policy.action is AuthorizationAction.DENY and (number := _fitting(policy, caller, asked)):
            return False, (*tried, Tried(_named(policy), True, f"rule {number} denies the request"))
        if policy.action is AuthorizationAction.DENY:
            tried.append(Tried(_named(policy), False, "no rule fits, so it does not deny"))
    allowing = [policy for policy in policies if policy.action is AuthorizationAction.ALLOW]
    for policy in allowing:
        if number := _fitting(policy, caller, asked):
            return True, (*tried, Tried(_named(policy), True, f"rule {number} allows the request"))
        tried.append(Tried(_named(policy), False, "no rule fits, so it does not allow"))
    return not allowing, tuple(tried)


def _selects(policy: AuthorizationPolicy, pod: Pod) -> bool:
    if policy.targeted or policy.namespace not in (pod.namespace, ROOT_NAMESPACE):
        return False
    return policy.selector is None or policy.selector.matches(pod.meta.labels)


def _named(policy: AuthorizationPolicy) -> str:
    return f"AuthorizationPolicy {policy.namespace}/{policy.name} ({policy.action})"


def _fitting(policy: AuthorizationPolicy, caller: Caller, asked: Asked) -> int:
    """The number of the first rule that fits; 0 for none."""
    denies = policy.action is AuthorizationAction.DENY
    return next((n for n, rule in enumerate(policy.rules, start=1) if _fits(rule, caller, asked, denies)), 0)


def _fits(rule: AuthorizationRule, caller: Caller, asked: Asked, denies: bool) -> bool:
    if rule.conditions and not denies:
        return False
    from_fits = not rule.sources or any(_from(source, caller) for source in rule.sources)
    return from_fits and (not rule.operations or any(_to(each, asked, denies) for each in rule.operations))


def _from(source: AuthorizationSource, caller: Caller) -> bool:
    namespace = caller.pod.namespace if caller.pod is not None else ""
    return (
        _holds(source.principals, caller.principal)
        and _holds(source.namespaces, namespace)
        and (not source.ip_blocks or any(caller.address in block for block in source.ip_blocks))
        and not any(caller.address in block for block in source.not_ip_blocks)
    )


def _to(operation: AuthorizationOperation, asked: Asked, denies: bool) -> bool:
    if not _holds(operation.ports, str(asked.port)):
        return False
    request = asked.request
    if request is None:
        return denies or not (operation.methods or operation.paths or operation.hosts)
    return (
        _holds(operation.methods, request.method)
        and _holds(operation.paths, request.path)
        and _holds(operation.hosts, request.host)
    )


def _holds(values: Values, text: str) -> bool:
    """Whether a text is among those allowed, if any are listed, and among none of those refused."""
    fits = not values.allowed or any(_matches(each, text) for each in values.allowed)
    return fits and not any(_matches(each, text) for each in values.refused)


def _matches(pattern: str, text: str) -> bool:
    if pattern == "*":
        return bool(text)
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    return text.endswith(pattern[1:]) if pattern.startswith("*") else text == pattern
