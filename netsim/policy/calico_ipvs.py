"""How Felix judges what kube-proxy in ipvs mode forwards: such packets cross INPUT and OUTPUT, not FORWARD.

    INPUT  -> cali-INPUT  -> cali-forward-check -> cali-set-endpoint-mark -> cali-sm-DEVICE   a mark says whence it came
    OUTPUT -> cali-OUTPUT -> cali-forward-endpoint-mark -> cali-from-endpoint-mark -> cali-fw-DEVICE          (egress)
                                                        -> cali-to-wl-dispatch     -> cali-tw-DEVICE         (ingress)

Source: projectcalico/calico felix/rules/static.go (filterInputChain, filterOutputChain, the forward-check and
forward-endpoint-mark chains) and dispatch.go (EndpointMarkDispatchChains); felix/dataplane/driver.go turns them on
where kube-ipvs0 exists when Felix starts. Difference: endpoints get their marks in the order of their names, not by a
hash.
"""

from __future__ import annotations

from collections.abc import Sequence

from netsim.cni.calico_rules import MARK_ACCEPT, WORKLOADS
from netsim.cni.felix import FelixChain
from netsim.linux.ipset import Entry, IpSet, SetType
from netsim.linux.namespace import NetworkNamespace
from netsim.linux.netfilter import (
    Accept,
    Comment,
    ConnectionState,
    Drop,
    Goto,
    InInterface,
    Jump,
    MarkIs,
    OutInterface,
    ProtocolIs,
    Return,
    SetMark,
    StateIs,
)
from netsim.linux.netfilter.multiport import DestinationPorts
from netsim.linux.netfilter.sets import InSet
from netsim.packet import Protocol

SERVICE_DEVICE = "kube-ipvs0"
ENDPOINT_MARKS = 0xFFF00000
"""What the default IptablesMarkMask 0xffff0000 leaves beside Felix's four own bits."""
OTHER_ENDPOINT = 0x00100000
NODE_PORTS = (30000, 32767)
"""Felix's KubeNodePortRanges."""
HAS_ENDPOINT_MARK = MarkIs(0, ENDPOINT_MARKS, negate=True)
ESTABLISHED = StateIs(frozenset({ConnectionState.RELATED, ConnectionState.ESTABLISHED}))


def uses_ipvs(namespace: NetworkNamespace) -> bool:
    """Whether Felix finds kube-proxy's device for virtual servers on this node."""
    return SERVICE_DEVICE in namespace.interfaces


def check_incoming(chain: FelixChain) -> None:
    """The rules of cali-INPUT that let packets for virtual servers pass by those for the node itself."""
    chain.append(Jump("cali-forward-check"))
    chain.append(Return(), HAS_ENDPOINT_MARK)


def check_outgoing(chain: FelixChain) -> None:
    """The rule of cali-OUTPUT for packets that came in with a mark."""
    chain.append(Goto("cali-forward-endpoint-mark"), HAS_ENDPOINT_MARK)


def write_chains(namespace: NetworkNamespace, version: int, devices: Sequence[str]) -> None:
    """The chains and the set that those rules use; ``devices`` are the host ends of the Pods' cables."""
    table = namespace.netfilter.table("filter", version)
    check = FelixChain(table, "cali-forward-check")
    mark = "cali-set-endpoint-mark"
    own = namespace.add_ipset(IpSet(f"cali{version}0this-host", SetType.HASH_IP, version, _own(namespace, version)))
    check.append(Return(), ESTABLISHED)
    for protocol in (Protocol.TCP, Protocol.UDP):
        to_port = (ProtocolIs(protocol), DestinationPorts((NODE_PORTS,)), InSet(own, ("dst",)))
        check.append(Goto(mark), Comment("To kubernetes NodePort service"), *to_port)
    check.append(Jump(mark), Comment("To kubernetes service"), InSet(own, ("dst",), negate=True))

    forward = FelixChain(table, "cali-forward-endpoint-mark")
    forward.append(Jump("cali-from-endpoint-mark"), MarkIs(OTHER_ENDPOINT, ENDPOINT_MARKS, negate=True))
    forward.append(Jump("cali-to-wl-dispatch"), OutInterface(WORKLOADS))
    forward.append(Jump("cali-to-hep-forward"))
    forward.append(SetMark(0, ENDPOINT_MARKS))
    accepted = MarkIs(MARK_ACCEPT, MARK_ACCEPT)
    forward.append(Accept(), Comment("Policy explicitly accepted packet."), accepted)

    setting, asking = FelixChain(table, mark), FelixChain(table, "cali-from-endpoint-mark")
    for number, device in enumerate(sorted(devices), start=2):
        its_mark = number * OTHER_ENDPOINT
        FelixChain(table, f"cali-sm-{device}").append(SetMark(its_mark, ENDPOINT_MARKS))
        setting.append(Goto(f"cali-sm-{device}"), InInterface(device))
        asking.append(Goto(f"cali-fw-{device}"), MarkIs(its_mark, ENDPOINT_MARKS))
    setting.append(Drop(), Comment("Unknown endpoint"), InInterface(WORKLOADS))
    setting.append(SetMark(OTHER_ENDPOINT, ENDPOINT_MARKS), Comment("Non-Cali endpoint mark"))
    asking.append(Drop(), Comment("Unknown interface"))


def _own(namespace: NetworkNamespace, version: int) -> list[Entry]:
    """The node's addresses but those of virtual servers: Felix's InterfaceExclude is kube-ipvs0."""
    interfaces = [device for device in namespace.interfaces.values() if device.name != SERVICE_DEVICE]
    addresses = {address.ip for device in interfaces for address in device.addresses}
    return [Entry(address) for address in sorted(each for each in addresses if each.version == version)]
