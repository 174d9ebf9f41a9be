"""A flow that is sent both ways, through the engine and through the real kernel.

A scenario may break the network before anything is sent, as an experiment of the course would; both sides then get the
broken network.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from netsim import Probe
from tests.kernel.changes import Change


@dataclass(frozen=True, slots=True)
class Scenario:
    """``sees`` is what theory says that the client experiences, so that both sides cannot be wrong alike unnoticed."""

    name: str
    probe: Probe
    sees: str
    cluster: str = "one-rack"
    change: Change | None = None


CLUSTERS = Path(__file__).parent / "clusters"


PLUGINS = {
    "calico vxlan": "{plugin: calico, backend: vxlan}",
    "calico none": "{plugin: calico, backend: none}",
    "calico none and a router that learns routes": "{plugin: calico, backend: none, options: {bgpPeerRouter: true}}",
    "calico cross-subnet": "{plugin: calico, backend: cross-subnet}",
}


def cluster_file(cluster: str) -> tuple[str, str]:
    """Name and text of a cluster's YAML; ``NAME with PLUGIN`` is the cluster NAME with another of ``PLUGINS``, and
    ``NAME in MODE mode`` with another mode of kube-proxy."""
    name, _, mode = cluster.removesuffix(" mode").partition(" in ")
    name, _, plugin = name.partition(" with ")
    text = (CLUSTERS / f"{name}.yaml").read_text(encoding="utf-8")
    if mode:
        text = text.replace("proxy: {mode: iptables}", f"proxy: {{mode: {mode}}}")
    if plugin:
        text = text.replace("cni: {plugin: flannel, backend: vxlan}", f"cni: {PLUGINS[plugin]}")
    return f"{name}.yaml", text


def send(
    name: str,
    source: str,
    destination: str,
    sees: str = "connected",
    *,
    cluster: str = "one-rack",
    change: Change | None = None,
    protocol: str = "tcp",
    ttl: int = 64,
    size: int = 0,
    dont_fragment: bool = False,
    uid: int = 0,
    mark: int = 0,
    bind: str = "",
) -> Scenario:
    probe = Probe(
        source, destination, protocol=protocol, ttl=ttl, size=size, dont_fragment=dont_fragment,
        uid=uid, mark=mark, bind=ip_address(bind) if bind else None,
    )  # fmt: skip
    return Scenario(name, probe, sees, cluster, change)
