"""Cilium: ``plugin`` plans devices and routes, ``agent`` fills the ``maps`` that the ``programs`` read, ``balancing``
stands in for kube-proxy."""

from netsim.cni.cilium.agent import lxc_device
from netsim.cni.cilium.plugin import Cilium

__all__ = ["Cilium", "lxc_device"]
