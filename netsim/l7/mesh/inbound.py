"""Whether a mesh proxy lets a connection in to its application, and how it calls it."""

from __future__ import annotations

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.mesh import MtlsMode
from netsim.l7.decision import Decision, Destination, Target, Tried
from netsim.l7.http import HttpRequest, HttpResponse
from netsim.l7.mesh.authorization import Asked, Caller, authorize
from netsim.l7.mesh.membership import Mesh
from netsim.l7.mesh.mtls import Rule, istio_mode, linkerd_admits, linkerd_policy
from netsim.l7.mesh.proxies import MeshProxy
from netsim.packet import IPAddress

PLAIN = "none"


def inbound(
    cluster: Cluster, proxy: MeshProxy, request: HttpRequest, wanted: Destination, client: IPAddress, security: str
) -> Decision:
    """Let a connection from ``client`` in to port ``wanted.port`` of the Pod, or refuse it.

    ``security`` is how it came: ``none`` is plain text, and so is TLS of the application's own.
    """
    authenticated = security in ("mTLS", "HBONE")
    if proxy.mesh is Mesh.LINKERD:
        rule = linkerd_policy(cluster, proxy.pod)
        admitted = linkerd_admits(rule, client, authenticated)
    else:
        rule = istio_mode(cluster, proxy.pod, wanted.port)
        admitted = authenticated or rule.mode != MtlsMode.STRICT
    tried: tuple[Tried, ...] = (_evidence(rule, security, admitted),)
    if not admitted:
        return _refusal(proxy, request, rule, tried)
    if proxy.mesh is not Mesh.LINKERD:
        caller = Caller(client, cluster.pod_with_ip(client) if authenticated else None)
        readable = request if proxy.unreachable is not None and request.readable else None
        allowed, said = authorize(cluster, proxy.pod, caller, Asked(wanted.port, readable))
        tried += said
        if not allowed:
            answer = HttpResponse(403) if readable is not None else None
            return Decision(proxy.text, "RBAC: access denied by AuthorizationPolicy", tried, response=answer)
    itself = Destination(wanted.address, wanted.port, f"{proxy.pod.namespace}/{proxy.pod.name}")
    target = Target(f"the application on port {wanted.port}", 1.0, request, (itself,))
    return Decision(proxy.text, f"lets the connection in to port {wanted.port}", tried, (target,))


def _evidence(rule: Rule, security: str, admitted: bool) -> Tried:
    came = "plain text" if security == PLAIN else security
    return Tried(f"{rule.mode} ({rule.because})", admitted, f"the connection came as {came}")


def _refusal(proxy: MeshProxy, request: HttpRequest, rule: Rule, tried: tuple[Tried, ...]) -> Decision:
    """Linkerd answers HTTP with 403; Envoy finds no filter chain for plain text and closes, as ztunnel does."""
    if proxy.mesh is Mesh.LINKERD:
        answer = HttpResponse(403) if request.readable else None
        return Decision(proxy.text, f"{rule.mode} refuses the client ({rule.because})", tried, response=answer)
    how = "filter_chain_not_found" if proxy.mesh is Mesh.ISTIO else "no principal"
    reason = f"{rule.because} is STRICT and the client does not speak mutual TLS ({how})"
    return Decision(proxy.text, reason, tried)
