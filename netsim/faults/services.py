"""Faults in Service objects: what they select, which port they send to, and from where they may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netsim.faults.kinds import Choice, EditObjects, FaultKind
from netsim.kubernetes.objects import Protocol, Service, ServiceType, TrafficPolicy
from netsim.kubernetes.parsing import Manifests

SERVICE = {"service": "the Service to break, as NAMESPACE/NAME"}
UNUSED_PORT = 7777
"""A port that nothing in a course's cluster listens on."""


def _selects(service: Service) -> bool:
    return bool(service.selector) and service.type is not ServiceType.EXTERNAL_NAME


def _is_virtual(service: Service) -> bool:
    return _selects(service) and not service.headless


def _is_outside(service: Service) -> bool:
    return service.type in (ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER)


def _edit(suits: Callable[[Service], bool], change: Callable[[Service, Choice], Service]) -> EditObjects:
    """An edit of one Service that suits."""

    def edit(manifests: Manifests, choice: Choice) -> Manifests:
        broken = choice.service(manifests.services, suits)
        services = tuple(change(each, choice) if each is broken else each for each in manifests.services)
        return replace(manifests, services=services)

    return edit


def _misspell_selector(service: Service, choice: Choice) -> Service:
    key, value = next(iter(service.selector.items()))
    misspelled = value[:-2] + value[-1] + value[-2] if len(value) > 1 and value[-1] != value[-2] else value + "x"
    return replace(service, selector={**service.selector, key: misspelled})


def _shift_target_port(service: Service, choice: Choice) -> Service:
    number = choice.number("port", UNUSED_PORT, 1, 65535)
    return replace(service, ports=tuple(replace(port, target_port=number) for port in service.ports))


def _name_missing_port(service: Service, choice: Choice) -> Service:
    name = choice.text("port", "https-alt")
    return replace(service, ports=tuple(replace(port, target_port=name) for port in service.ports))


def _make_headless(service: Service, choice: Choice) -> Service:
    """Without an address of its own; what belongs to a node port or a balancer goes with it, as the API server drops
    it (dropTypeDependentFields in pkg/registry/core/service)."""
    return replace(
        service,
        type=ServiceType.CLUSTER_IP,
        headless=True,
        cluster_ips=(),
        ports=tuple(replace(port, node_port=None) for port in service.ports),
        external_traffic_policy=TrafficPolicy.CLUSTER,
        health_check_node_port=None,
        allocate_load_balancer_node_ports=True,
        load_balancer_source_ranges=(),
        load_balancer_ingress=(),
    )


def _keep_external_local(service: Service, choice: Choice) -> Service:
    return replace(service, external_traffic_policy=TrafficPolicy.LOCAL)


def _keep_internal_local(service: Service, choice: Choice) -> Service:
    return replace(service, internal_traffic_policy=TrafficPolicy.LOCAL)


def _take_address_back(service: Service, choice: Choice) -> Service:
    return replace(service, load_balancer_ingress=())


def _swap_protocol(service: Service, choice: Choice) -> Service:
    ports = tuple(
        replace(port, protocol=Protocol.UDP if port.protocol is Protocol.TCP else Protocol.TCP)
        for port in service.ports
    )
    return replace(service, ports=ports)


def _alias_an_outside_name(service: Service, choice: Choice) -> Service:
    """The application moved out; its Service became a name for the new place."""
    ports = tuple(replace(port, node_port=None) for port in service.ports)
    return replace(
        service, type=ServiceType.EXTERNAL_NAME, external_name=choice.text("name", "www.example.com"),
        selector={}, cluster_ips=(), ports=ports,
    )  # fmt: skip


FAULTS = (
    FaultKind(
        number=1, name="selector-typo", title="The Service selects Pods that do not exist",
        symptom="the name resolves, connections are refused at once; the EndpointSlice has no addresses",
        remedy="correct the selector or the Pods' labels", options=SERVICE,
        edit_objects=_edit(_selects, _misspell_selector),
    ),
    FaultKind(
        number=2, name="target-port-mismatch", title="The Service sends to a port that nobody listens on",
        symptom="refused by a reset that comes from a Pod's address; the Pod's own port works",
        remedy="set targetPort to the port that the Pod listens on, or to its name",
        options={**SERVICE, "port": f"the wrong number, {UNUSED_PORT} unless given"},
        edit_objects=_edit(_selects, _shift_target_port),
    ),
    FaultKind(
        number=3, name="named-port-missing", title="The Service names a port that no container declares",
        symptom="Pods are ready, yet the EndpointSlice has no port; connections are refused",
        remedy="use the name that the container declares",
        options={**SERVICE, "port": "the wrong name, https-alt unless given"},
        edit_objects=_edit(_selects, _name_missing_port),
    ),
    FaultKind(
        number=5, name="headless-surprise", title="The Service became headless",
        symptom="the name gives the Pods' addresses; the Service's port is refused, the Pod's port works",
        remedy="dial the Pod's port, or give the Service a ClusterIP", options=SERVICE,
        edit_objects=_edit(_is_virtual, _make_headless),
    ),
    FaultKind(
        number=6, name="external-traffic-local", title="externalTrafficPolicy Local, and a node without an endpoint",
        symptom="from outside some nodes answer and others time out; from Pods all is well",
        remedy="spread the Pods over the nodes that are called, or accept losing the client's address with Cluster",
        options=SERVICE, edit_objects=_edit(_is_outside, _keep_external_local),
    ),
    FaultKind(
        number=26, name="load-balancer-pending", title="Nobody implements Services of type LoadBalancer",
        symptom="EXTERNAL-IP stays <pending>; ClusterIP and node port work",
        remedy="install a load-balancer controller, or use a node port", options=SERVICE,
        edit_objects=_edit(lambda service: bool(service.load_balancer_ingress), _take_address_back),
    ),
    FaultKind(
        number=35, name="service-protocol-udp", title="The Service's port has the wrong protocol",
        symptom="TCP times out or is refused, as the proxy's mode has it; the Service lists 80/UDP",
        remedy="correct the protocol", options=SERVICE, edit_objects=_edit(_is_virtual, _swap_protocol),
    ),
    FaultKind(
        number=36, name="internal-traffic-local", title="internalTrafficPolicy Local, and a node without an endpoint",
        symptom="works from nodes that have an endpoint, times out from the others",
        remedy="Cluster, or trafficDistribution PreferSameNode, which falls back", options=SERVICE,
        edit_objects=_edit(_is_virtual, _keep_internal_local),
    ),
    FaultKind(
        number=44, name="external-name-virtual-host", title="A Service became an alias of a name outside",
        symptom="the name resolves and connects; HTTP says 404, and TLS that the certificate is for another name",
        remedy="dial the real name, or let a proxy set Host and the server name of TLS",
        options={**SERVICE, "name": "the name outside, www.example.com unless given"},
        edit_objects=_edit(_is_virtual, _alias_an_outside_name),
    ),
)  # fmt: skip
