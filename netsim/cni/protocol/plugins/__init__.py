"""The reference plugins and flannel's, by the names of their binaries."""

from __future__ import annotations

from collections.abc import Mapping

from netsim.cni.protocol.plugins.base import Call, ReferencePlugin
from netsim.cni.protocol.plugins.bridge import BridgePlugin
from netsim.cni.protocol.plugins.flannel import FlannelPlugin
from netsim.cni.protocol.plugins.host_local import HostLocal
from netsim.cni.protocol.plugins.loopback import LoopbackPlugin
from netsim.cni.protocol.plugins.portmap import Portmap
from netsim.cni.protocol.plugins.ptp import PointToPoint
from netsim.cni.protocol.plugins.static import Static

REFERENCE_PLUGINS: Mapping[str, ReferencePlugin] = {
    "bridge": BridgePlugin(),
    "ptp": PointToPoint(),
    "loopback": LoopbackPlugin(),
    "host-local": HostLocal(),
    "static": Static(),
    "portmap": Portmap(),
    "flannel": FlannelPlugin(),
}

__all__ = ["REFERENCE_PLUGINS", "Call", "ReferencePlugin"]
