"""What every plugin can be asked, and what it has at hand while it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.machine import Machine
from netsim.cni.protocol.requests import Configuration, PluginRequest, typed
from netsim.cni.protocol.results import Dns, Result, read_dns, read_result

Delegate = Callable[[str, str, Configuration | None], Result | None]


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation: the request, the machine, and ``delegate``.

    That runs the plugin of a type with a command and otherwise the same environment; its standard input is the same
    too, unless a configuration is given. It gives back the result (None for all commands but ADD).
    """

    request: PluginRequest
    machine: Machine
    delegate: Delegate

    @property
    def container(self) -> str:
        return self.request.environment.container

    @property
    def interface(self) -> str:
        return self.request.environment.interface

    @property
    def ipam(self) -> Configuration:
        """The IPAM section; empty where the interface gets no addresses."""
        ipam: Configuration = self.request.named("ipam", dict, {})
        return ipam

    @property
    def ipam_type(self) -> str:
        return str(typed(self.ipam, "type", str, ""))

    @property
    def runtime(self) -> Configuration:
        """What the runtime passed for the plugin's capabilities."""
        runtime: Configuration = self.request.named("runtimeConfig", dict, {})
        return runtime

    def flag(self, name: str) -> bool:
        return bool(self.request.named(name, bool, False))

    def addresses(self) -> Result:
        """The IPAM plugin's answer to ADD; CniError where it has no address."""
        result = self.delegate(self.ipam_type, "ADD", None)
        if result is None or not result.addresses:
            raise CniError("IPAM plugin returned missing IP config")
        return result

    @contextmanager
    def released_on_failure(self) -> Iterator[None]:
        """Give the addresses back when the block cannot finish the interface."""
        try:
            yield
        except CniError:
            self.delegate(self.ipam_type, "DEL", None)
            raise

    def dns(self, found: Dns) -> Dns:
        """The configuration's own DNS settings, else those that the IPAM plugin found."""
        own = read_dns(self.request.named("dns", dict, {}))
        return own if own != Dns() else found

    def previous_result(self) -> Result:
        """``prevResult``; CniError for a plugin that must stand behind another one."""
        previous = self.request.configuration.get("prevResult")
        if previous is None:
            raise CniError("must be called as chained plugin")
        return read_result(previous, self.request.version)


class ReferencePlugin(Protocol):
    """A plugin's three commands that do something; GC and STATUS do nothing in the reference plugins, except that
    an interface plugin asks its IPAM plugin for its status."""

    def add(self, call: Call) -> Result: ...

    def delete(self, call: Call) -> None: ...

    def check(self, call: Call) -> None: ...
