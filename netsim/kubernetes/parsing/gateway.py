"""GatewayClass, Gateway and ReferenceGrant, with the limits of Gateway API's custom resource definitions (v1.6)."""

from __future__ import annotations

from netsim.kubernetes.gateway import (
    FromNamespaces,
    Gateway,
    GatewayClass,
    GrantFrom,
    GrantTo,
    Listener,
    ListenerProtocol,
    ReferenceGrant,
    SecretReference,
    TlsMode,
)
from netsim.kubernetes.objects import ObjectMeta
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.hostnames import hostname
from netsim.kubernetes.parsing.ingress import controller_name
from netsim.kubernetes.parsing.metadata import read_label_selector, read_meta
from netsim.kubernetes.selectors import LabelSelector

MAX_LISTENERS = 64
WITH_TLS = (ListenerProtocol.HTTPS, ListenerProtocol.TLS)
WITHOUT_HOSTNAME = (ListenerProtocol.TCP, ListenerProtocol.UDP)


def read_gateway_class(root: Field) -> GatewayClass:
    return GatewayClass(
        meta=read_meta(root, namespaced=False), controller_name=root["spec"]["controllerName"].parsed(controller_name)
    )


def read_gateway(root: Field) -> Gateway:
    meta, spec = read_meta(root), root["spec"]
    listeners = tuple(spec["listeners"].elements())
    if not 1 <= len(listeners) <= MAX_LISTENERS:
        raise spec["listeners"].error(f"must list from 1 to {MAX_LISTENERS} listeners")
    addresses = root["status"]["addresses"] if root["status"]["addresses"].present else spec["addresses"]
    return Gateway(
        meta=meta,
        class_name=spec["gatewayClassName"].parsed(formats.dns_subdomain),
        listeners=_read_listeners(listeners, meta),
        addresses=tuple(
            address["value"].parsed(formats.address)
            for address in addresses.elements()
            if address["type"].string("IPAddress") == "IPAddress" and address["value"].present
        ),
    )


def _read_listeners(fields: tuple[Field, ...], meta: ObjectMeta) -> tuple[Listener, ...]:
    names: set[str] = set()
    places: set[tuple[int, ListenerProtocol, str]] = set()

    def read(field: Field) -> Listener:
        listener = _read_listener(field, meta.namespace)
        if listener.name in names:
            raise field["name"].error(f"another listener of this Gateway is called {listener.name!r}")
        place = (listener.port, listener.protocol, listener.hostname)
        if place in places:
            raise field["port"].error("another listener of this Gateway has this port, protocol and hostname")
        names.add(listener.name)
        places.add(place)
        return listener

    return tuple(read(field) for field in fields)


def _read_listener(field: Field, namespace: str) -> Listener:
    protocol = field["protocol"].choice(ListenerProtocol)
    if protocol in WITHOUT_HOSTNAME and field["hostname"].string(""):
        raise field["hostname"].error(f"must be left out for protocol {protocol}")
    namespaces = field["allowedRoutes"]["namespaces"]
    from_namespaces = namespaces["from"].choice(FromNamespaces, FromNamespaces.SAME)
    if from_namespaces is FromNamespaces.SELECTOR and not namespaces["selector"].present:
        raise namespaces["selector"].error("missing; `from: Selector` needs it")
    mode = _read_tls_mode(field["tls"], protocol)
    return Listener(
        name=field["name"].parsed(formats.dns_subdomain),
        port=field["port"].port(),
        protocol=protocol,
        hostname=field["hostname"].maybe(lambda each: each.parsed(hostname) if each.string() else "") or "",
        tls_mode=mode,
        certificates=field["tls"]["certificateRefs"].each(lambda each: _read_certificate(each, namespace)),
        from_namespaces=from_namespaces,
        namespace_selector=namespaces["selector"].maybe(read_label_selector) or LabelSelector(),
        kinds=field["allowedRoutes"]["kinds"].each(lambda each: each["kind"].string()),
    )


def _read_tls_mode(tls: Field, protocol: ListenerProtocol) -> TlsMode | None:
    if protocol not in WITH_TLS:
        if tls.present:
            raise tls.error(f"must be left out for protocol {protocol}")
        return None
    mode = tls["mode"].choice(TlsMode, TlsMode.TERMINATE)
    if protocol is ListenerProtocol.HTTPS and mode is not TlsMode.TERMINATE:
        raise tls["mode"].error("must be Terminate for protocol HTTPS")
    if protocol is ListenerProtocol.TLS and not tls["mode"].present:
        raise tls["mode"].error("missing; protocol TLS needs Terminate or Passthrough")
    if mode is TlsMode.TERMINATE and not any(tls["certificateRefs"].elements()):
        raise tls["certificateRefs"].error("missing; mode Terminate needs a certificate")
    return mode


def _read_certificate(field: Field, namespace: str) -> SecretReference:
    return SecretReference(
        namespace=field["namespace"].maybe(lambda each: each.parsed(formats.dns_label)) or namespace,
        name=field["name"].parsed(formats.dns_subdomain),
        kind=field["kind"].string("Secret"),
        group=field["group"].string(""),
    )


def read_reference_grant(root: Field) -> ReferenceGrant:
    spec = root["spec"]
    for key in ("from", "to"):
        if not any(spec[key].elements()):
            raise spec[key].error("missing; it must list at least one kind")
    return ReferenceGrant(
        meta=read_meta(root),
        sources=spec["from"].each(
            lambda each: GrantFrom(
                each["group"].string(), each["kind"].string(), each["namespace"].parsed(formats.dns_label)
            )
        ),
        targets=spec["to"].each(
            lambda each: GrantTo(each["group"].string(), each["kind"].string(), each["name"].string(""))
        ),
    )
