"""What the API server refuses in a Service although every field by itself is well formed.

Source: pkg/apis/core/validation/validation.go (ValidateService, validateServiceExternalTrafficPolicy,
ValidateNonSpecialIP, ValidateLoadBalancerStatus).
"""

from __future__ import annotations

from collections.abc import Iterator

from netsim.kubernetes.objects import IPAddress, ServiceType
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field


def check_service(root: Field, service_type: ServiceType) -> None:
    """Refuse fields that do not go with the type of the Service, with each other, or with what addresses can be.

    Two that change nothing are let pass, since exports of older clusters carry them: the policy Cluster where nothing
    comes from outside, and the health check port of a balancer that has gone back to it.
    """
    spec = root["spec"]
    balanced = service_type is ServiceType.LOAD_BALANCER
    policy = spec["externalTrafficPolicy"].string("Cluster")
    if policy == "Local" and not _is_externally_accessible(spec, service_type):
        raise spec["externalTrafficPolicy"].error("may only be set for externally-accessible services")
    if spec["healthCheckNodePort"].integer(0, 65535, 0) and not balanced:
        raise spec["healthCheckNodePort"].error(
            "may only be set when type is 'LoadBalancer' and externalTrafficPolicy is 'Local'"
        )
    for key in ("loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if spec[key].present and not balanced:
            raise spec[key].error("may only be used when type is 'LoadBalancer'")
    if spec["sessionAffinityConfig"].present and spec["sessionAffinity"].string("None") == "None":
        raise spec["sessionAffinityConfig"].error("must not be set when session affinity is None")
    if service_type is ServiceType.EXTERNAL_NAME:
        _refuse_cluster_ips(spec)
    for field, address in _addresses(spec["externalIPs"]):
        refuse_special(field, address)
    ingress = root["status"]["loadBalancer"]["ingress"]
    if ingress.present and tuple(ingress.elements()) and not balanced:
        raise ingress.error("may only be used when spec.type is 'LoadBalancer'")


def _refuse_cluster_ips(spec: Field) -> None:
    for field in (spec["clusterIP"], *spec["clusterIPs"].elements()):
        if field.string("") not in ("", "None"):
            raise field.error("may not be set for ExternalName services")


def _is_externally_accessible(spec: Field, service_type: ServiceType) -> bool:
    """pkg/apis/core/helper/helpers.go (ExternallyAccessible)."""
    if service_type in (ServiceType.LOAD_BALANCER, ServiceType.NODE_PORT):
        return True
    return service_type is ServiceType.CLUSTER_IP and bool(tuple(spec["externalIPs"].elements()))


def _addresses(field: Field) -> Iterator[tuple[Field, IPAddress]]:
    for element in field.elements():
        yield element, element.parsed(formats.address)


def refuse_special(field: Field, address: IPAddress) -> None:
    """Refuse an address that no other machine could be reached at."""
    for is_special, what in (
        (address.is_unspecified, "unspecified (0.0.0.0 or ::)"),
        (address.is_loopback, "in the loopback range (127.0.0.0/8, ::1/128)"),
        (address.is_link_local, "in the link-local range (169.254.0.0/16, fe80::/10)"),
        (address.is_multicast, "a multicast address"),
    ):
        if is_special:
            raise field.error(f"{address} may not be {what}")
