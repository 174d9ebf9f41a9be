"""The ClusterNetwork document. It is ours, so a key that it does not have is an error."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

from netsim.kubernetes.objects import IPNetwork
from netsim.kubernetes.parsing import formats
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.settings import (
    BACKENDS,
    DEFAULT_POD_CIDRS,
    EXTERNAL_CLIENTS,
    ClusterNetwork,
    CniPlugin,
    CniSettings,
    Fault,
    LocalDetector,
    ProxyMode,
    ProxySettings,
    Subnet,
    Underlay,
)

SPEC_KEYS = (
    "cni",
    "proxy",
    "podCIDR",
    "serviceCIDR",
    "clusterDomain",
    "clusterDNS",
    "underlay",
    "externalClient",
    "policyEnforcement",
    "faults",
)
PROXY_KEYS = (
    "mode",
    "masqueradeAll",
    "localDetector",
    "clusterCIDR",
    "bridgeInterface",
    "interfaceNamePrefix",
    "nodePortAddresses",
    "localhostNodePorts",
)
INTERFACE_KEYS = {
    LocalDetector.BRIDGE_INTERFACE: "bridgeInterface",
    LocalDetector.INTERFACE_NAME_PREFIX: "interfaceNamePrefix",
}
MAX_SUBNETS = 32
MIN_MTU, MAX_MTU = 576, 65535


def read_cluster_network(root: Field) -> ClusterNetwork:
    """Read the document; every field is optional."""
    root.refuse_unknown_keys(("apiVersion", "kind", "metadata", "spec"))
    spec, defaults = root["spec"], ClusterNetwork()
    spec.refuse_unknown_keys(SPEC_KEYS)
    cni = _read_cni(spec["cni"])
    pod_cidrs = spec["podCIDR"].maybe(_read_cidrs) or DEFAULT_POD_CIDRS.get(cni.plugin, defaults.pod_cidrs)
    network = ClusterNetwork(
        name=root["metadata"]["name"].maybe(lambda field: field.parsed(formats.dns_subdomain)) or defaults.name,
        cni=cni,
        proxy=_read_proxy(spec["proxy"], _proxy_mode_beside(cni.plugin)),
        pod_cidrs=pod_cidrs,
        service_cidrs=spec["serviceCIDR"].maybe(_read_cidrs) or defaults.service_cidrs,
        cluster_domain=spec["clusterDomain"].maybe(lambda field: field.parsed(formats.dns_subdomain))
        or defaults.cluster_domain,
        cluster_dns=spec["clusterDNS"].each(lambda field: field.parsed(formats.address)),
        underlay=_read_underlay(spec["underlay"]),
        external_client=spec["externalClient"].maybe(lambda field: field.parsed(formats.address))
        or EXTERNAL_CLIENTS[pod_cidrs[0].version],
        policy_enforcement=spec["policyEnforcement"].maybe(lambda field: field.boolean(True)),
        faults=spec["faults"].each(_read_fault),
        written=_written_keys(spec),
        source=root.source,
    )
    _refuse_overlaps(spec, network)
    return network


def _read_cidrs(field: Field) -> tuple[IPNetwork, ...]:
    """Read one CIDR, or one a family with a comma between them, as in kube-controller-manager's flags."""
    return field.parsed(formats.networks)


def _read_cni(field: Field) -> CniSettings:
    field.refuse_unknown_keys(("plugin", "backend", "options"))
    plugin = field["plugin"].choice(CniPlugin, CniPlugin.FLANNEL)
    backends = BACKENDS[plugin]
    if field["backend"].present and not backends:
        raise field["backend"].error(f"must be left out: {plugin} has no choice of backends")
    backend = field["backend"].one_of(backends, backends[0]) if backends else ""
    return CniSettings(plugin, backend, {key: value.option() for key, value in field["options"].items()})


def _proxy_mode_beside(plugin: CniPlugin) -> ProxyMode:
    """The mode where none is written: Cilium comes with a replacement of kube-proxy."""
    return ProxyMode.NONE if plugin is CniPlugin.CILIUM else ProxyMode.IPTABLES


def _read_proxy(field: Field, default: ProxyMode) -> ProxySettings:
    field.refuse_unknown_keys(PROXY_KEYS)
    detector, cluster_cidrs = _read_detector(field)
    return ProxySettings(
        mode=field["mode"].choice(ProxyMode, default),
        masquerade_all=field["masqueradeAll"].boolean(False),
        local_detector=detector,
        cluster_cidrs=cluster_cidrs,
        pod_interface=_read_pod_interface(field, detector),
        node_port_addresses=_read_node_port_addresses(field["nodePortAddresses"]),
        localhost_node_ports=field["localhostNodePorts"].boolean(True),
    )


def _read_detector(proxy: Field) -> tuple[LocalDetector, tuple[IPNetwork, ...]]:
    """Read localDetector and clusterCIDR; an empty clusterCIDR means that there is no detector, as in kube-proxy."""
    cidr = proxy["clusterCIDR"]
    if cidr.present and cidr.string() == "":
        return proxy["localDetector"].choice(LocalDetector, LocalDetector.NONE), ()
    detector = proxy["localDetector"].choice(LocalDetector, LocalDetector.CLUSTER_CIDR)
    return detector, cidr.maybe(_read_cidrs) or ()


def _read_pod_interface(proxy: Field, detector: LocalDetector) -> str | None:
    """Read the name or the prefix that a detector by interface needs, and refuse it beside any other detector."""
    for needs, key in INTERFACE_KEYS.items():
        if proxy[key].present and detector is not needs:
            raise proxy[key].error(f"is only used with localDetector: {needs}, not {detector}")
    if detector not in INTERFACE_KEYS:
        return None
    name = proxy[INTERFACE_KEYS[detector]].parsed(formats.device_name)
    return name if detector is LocalDetector.BRIDGE_INTERFACE else f"{name}+"


def _read_node_port_addresses(field: Field) -> tuple[IPNetwork, ...] | Literal["primary"] | None:
    """Read a list of CIDRs, or "primary" alone or in a list; none, or an empty list, is the default of the mode."""
    if not field.present:
        return None
    texts = field.each(lambda each: each.string()) if field.is_list else (field.string(),)
    if texts == ("primary",):
        return "primary"
    if "primary" in texts or not field.is_list:
        raise field.error('must be a list of CIDRs, or "primary" alone')
    return field.each(lambda each: each.parsed(formats.network)) or None


def _read_underlay(field: Field) -> Underlay:
    field.refuse_unknown_keys(("cidr", "subnets", "mtu"))
    mtu = field["mtu"].integer(MIN_MTU, MAX_MTU, Underlay().mtu)
    if field["cidr"].present and field["subnets"].present:
        raise field["subnets"].error("give either cidr, for one subnet, or subnets, not both")
    if field["cidr"].present:
        cidr = _checked_size(field["cidr"])
        return Underlay((Subnet("underlay", cidr, cidr[1]),), mtu)
    subnets = field["subnets"].each(_read_subnet)
    if field["subnets"].present and not 1 <= len(subnets) <= MAX_SUBNETS:
        raise field["subnets"].error(f"must list from 1 to {MAX_SUBNETS} subnets")
    for (one, _), (other, place) in combinations(zip(subnets, field["subnets"].elements(), strict=True), 2):
        if one.name == other.name:
            raise place["name"].error(f"another subnet is called {other.name!r}")
        if one.cidr.version == other.cidr.version and one.cidr.overlaps(other.cidr):
            raise place["cidr"].error(f"{other.cidr} overlaps {one.cidr} of subnet {one.name!r}")
    return Underlay(subnets or Underlay().subnets, mtu)


def _read_subnet(field: Field) -> Subnet:
    field.refuse_unknown_keys(("name", "cidr", "gateway"))
    cidr = _checked_size(field["cidr"])
    gateway = field["gateway"].maybe(lambda each: each.parsed(formats.address)) or cidr[1]
    if gateway not in cidr:
        raise field["gateway"].error(f"must be an address in {cidr}, not {gateway}")
    return Subnet(field["name"].parsed(formats.dns_label), cidr, gateway)


def _checked_size(field: Field) -> IPNetwork:
    cidr = field.parsed(formats.network)
    if cidr.num_addresses < 8:
        raise field.error(f"{cidr} is too small; it needs room for nodes and a router: at most /29, or /125 for IPv6")
    return cidr


def _read_fault(field: Field) -> Fault:
    """Read a fault: its name, or a mapping with `name` and the fault's own parameters."""
    if not field.is_mapping:
        return Fault(field.parsed(formats.dns_label))
    options = {key: value.option() for key, value in field.items() if key != "name"}
    return Fault(field["name"].parsed(formats.dns_label), options)


def _refuse_overlaps(spec: Field, network: ClusterNetwork) -> None:
    """Refuse address ranges of which one packet could mean two; only ranges that were written are compared."""
    ranges = [("podCIDR", cidr) for cidr in network.pod_cidrs]
    ranges += [("serviceCIDR", cidr) for cidr in network.service_cidrs]
    ranges += [("underlay", subnet.cidr) for subnet in network.underlay.subnets]
    for (key, cidr), (other_key, other) in combinations(ranges, 2):
        if key != other_key and cidr.version == other.version and cidr.overlaps(other):
            place = spec[other_key] if spec[other_key].present else spec[key]
            if place.present:
                raise place.error(f"{other_key} {other} overlaps {key} {cidr}")


def _written_keys(spec: Field) -> frozenset[str]:
    """List the keys that were given; underlay only where it says what the network is, not just its MTU."""
    keys = {key for key, value in spec.items() if value.present}
    underlay = spec["underlay"]
    return frozenset(keys if underlay["cidr"].present or underlay["subnets"].present else keys - {"underlay"})
