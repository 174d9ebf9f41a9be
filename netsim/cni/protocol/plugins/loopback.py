"""``loopback``: sets ``lo`` up, whatever interface was asked for.

Source: containernetworking/plugins plugins/main/loopback/loopback.go.
"""

from __future__ import annotations

from dataclasses import replace

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.plugins.base import Call
from netsim.cni.protocol.results import Result, ResultAddress, ResultInterface
from netsim.linux.namespace import LOOPBACK_ADDRESSES


class LoopbackPlugin:
    """A new namespace has ``lo``, down and without addresses; the kernel adds them when it comes up, and takes that of
    IPv6 away when it goes down."""

    def add(self, call: Call) -> Result:
        path = call.request.environment.netns
        sandbox = call.machine.sandbox(path)
        lo = replace(sandbox.interfaces["lo"], up=True, addresses=LOOPBACK_ADDRESSES)
        sandbox.add_interface(lo)
        if "prevResult" in call.request.configuration:
            return call.previous_result()
        return Result(
            (ResultInterface("lo", lo.mac, path),),
            tuple(ResultAddress(address, interface=0) for address in LOOPBACK_ADDRESSES),
        )

    def delete(self, call: Call) -> None:
        sandbox = call.machine.sandboxes.get(call.request.environment.netns)
        if sandbox is not None:
            lo = sandbox.interfaces["lo"]
            kept = tuple(address for address in lo.addresses if address.version == 4)
            sandbox.interfaces["lo"] = replace(lo, up=False, addresses=kept)

    def check(self, call: Call) -> None:
        if not call.machine.sandbox(call.request.environment.netns).interfaces["lo"].up:
            raise CniError("loopback interface is down")
