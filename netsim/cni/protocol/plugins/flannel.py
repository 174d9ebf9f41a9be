"""``flannel``: makes no interface itself; it writes the configuration of the plugin that does, from flanneld's file.

Source: flannel-io/cni-plugin flannel.go, flannel_linux.go.
"""

from __future__ import annotations

import json
from ipaddress import ip_interface, ip_network

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.requests import Configuration, typed
from netsim.cni.protocol.results import Result

SUBNET_FILE = "/run/flannel/subnet.env"
DATA_DIRECTORY = "/var/lib/cni/flannel"
RESERVED = ("name", "ipam")
"""What the plugin writes into ``delegate`` itself."""


class FlannelPlugin:
    """flanneld writes the node's subnet into a file; without it no container gets a network."""

    def add(self, call: Call) -> Result:
        delegate = _delegate(call, _subnet_file(call))
        call.machine.files[_state_file(call)] = json.dumps(delegate)
        result = call.delegate(delegate["type"], "ADD", delegate)
        if result is None:
            raise CniError(f"{delegate['type']} returned no result")
        return result

    def delete(self, call: Call) -> None:
        """As what ADD kept says; a container that it does not know is gone already."""
        kept = call.machine.files.pop(_state_file(call), None)
        if kept is not None:
            delegate = json.loads(kept)
            call.delegate(delegate["type"], "DEL", delegate)

    def check(self, call: Call) -> None:
        """CHECK is not passed on."""


def _state_file(call: Call) -> str:
    folder = call.request.named("dataDir", str, "") or DATA_DIRECTORY
    return f"{folder}/{call.container}"


def _subnet_file(call: Call) -> dict[str, str]:
    """flanneld's variables; CniError where it has not written them yet."""
    path = call.request.named("subnetFile", str, "") or SUBNET_FILE
    if path not in call.machine.files:
        raise CniError(f"loadFlannelSubnetEnv failed: open {path}: no such file or directory")
    pairs = (line.partition("=") for line in call.machine.files[path].splitlines())
    found = {name: value for name, _, value in pairs if value}
    missing = [name for name in ("FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ")
               if name not in found]  # fmt: skip
    if missing:
        raise CniError(f"loadFlannelSubnetEnv failed: {path} is missing {', '.join(missing)}")
    return found


def _delegate(call: Call, flanneld: dict[str, str]) -> Configuration:
    """The configuration to delegate to, ``bridge`` where nothing else is said."""
    given: Configuration = call.request.named("delegate", dict, {})
    for key in RESERVED:
        if key in given:
            raise CniError(f"'delegate' dictionary must not have '{key}' field, it'll be set by flannel")
    filled = {
        "type": "bridge",
        "ipMasq": flanneld["FLANNEL_IPMASQ"] != "true",
        "mtu": _mtu(flanneld),
        **given,
        "name": call.request.network,
        "cniVersion": call.request.version,
        "ipam": _ipam(call, flanneld),
    }
    if typed(filled, "type", str, "") == "bridge":
        filled.setdefault("isGateway", True)
    if call.runtime:
        filled["runtimeConfig"] = call.runtime
    return filled


def _mtu(flanneld: dict[str, str]) -> int:
    if not flanneld["FLANNEL_MTU"].isdecimal():
        raise CniError(f"loadFlannelSubnetEnv failed: FLANNEL_MTU is {flanneld['FLANNEL_MTU']!r}, not a number")
    return int(flanneld["FLANNEL_MTU"])


def _ipam(call: Call, flanneld: dict[str, str]) -> Configuration:
    """host-local in the node's subnet, with routes to the whole network, each in every IP family that flanneld has."""
    ipam: Configuration = {"type": "host-local", **call.ipam}
    families = [family for family in ("", "IPV6_") if f"FLANNEL_{family}SUBNET" in flanneld]
    try:
        subnets = [str(ip_interface(flanneld[f"FLANNEL_{family}SUBNET"]).network) for family in families]
        networks = [str(ip_network(flanneld[f"FLANNEL_{family}NETWORK"])) for family in families]
    except (KeyError, ValueError) as error:
        raise CniError(f"loadFlannelSubnetEnv failed: {error}") from None
    ipam["ranges"] = [*typed(ipam, "ranges", list, []), *([{"subnet": subnet}] for subnet in subnets)]
    ipam["routes"] = [*typed(ipam, "routes", list, []), *({"dst": network} for network in networks)]
    return ipam
