"""What a container runtime does with a configuration list: it runs the plugins in turn and remembers the results.

Source: containernetworking/cni libcni/api.go; CNI specification 1.1.0, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from json import loads
from typing import Any

from netsim.cni.protocol.configuration import NetworkConfigurationList, PluginConfiguration
from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.execution import Binaries, compact
from netsim.cni.protocol.requests import PLUGIN_PATH, Environment
from netsim.cni.protocol.results import at_least

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """One interface of one container. ``capabilities`` is what the runtime passes to plugins that ask for it, such as
    ``portMappings``; ``arguments`` is CNI_ARGS."""

    container: str
    netns: str
    interface: str = "eth0"
    arguments: str = ""
    capabilities: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> tuple[str, str]:
        return self.container, self.interface

    def environment(self, command: str) -> Environment:
        return Environment(command, self.container, self.netns, self.interface, self.arguments)


@dataclass(slots=True)
class Runtime:
    """``cache`` holds what ADD gave, by (network, container, interface), until DEL."""

    binaries: Binaries
    cache: dict[tuple[str, str, str], tuple[Attachment, Document]] = field(default_factory=dict)

    def add(self, network: NetworkConfigurationList, attachment: Attachment) -> Document:
        """ADD, plugin after plugin, each with the result of the one before it; the last one's result counts.

        CniError as soon as a plugin fails: nothing is undone until the runtime sends DEL.
        """
        previous: Document | None = None
        for plugin in network.plugins:
            stdin = _stdin(network, plugin, attachment, previous)
            previous = loads(self._run(plugin, attachment.environment("ADD"), stdin, "add"))
        assert previous is not None
        self.cache[network.name, *attachment.key] = (attachment, previous)
        return previous

    def delete(self, network: NetworkConfigurationList, attachment: Attachment) -> None:
        """DEL, in reverse order, with the cached result; that all is gone already is no error."""
        _, cached = self.cache.get((network.name, *attachment.key), (attachment, None))
        previous = cached if at_least(network.version, "0.4.0") else None
        for plugin in reversed(network.plugins):
            stdin = _stdin(network, plugin, attachment, previous)
            self._run(plugin, attachment.environment("DEL"), stdin, "delete")
        self.cache.pop((network.name, *attachment.key), None)

    def check(self, network: NetworkConfigurationList, attachment: Attachment) -> None:
        """CHECK, in order, each plugin with the cached result of the last ADD."""
        if not at_least(network.version, "0.4.0"):
            raise CniError(f'configuration version "{network.version}" does not support CHECK command')
        if network.disable_check:
            return
        _, previous = self.cache.get((network.name, *attachment.key), (attachment, None))
        for plugin in network.plugins:
            stdin = _stdin(network, plugin, attachment, previous)
            self._run(plugin, attachment.environment("CHECK"), stdin, "check")

    def status(self, network: NetworkConfigurationList) -> None:
        """STATUS: could ADD be served now? Configurations before 1.1.0 cannot ask, so they are ready."""
        if not at_least(network.version, "1.1.0"):
            return
        for plugin in network.plugins:
            self._run(plugin, Environment("STATUS"), _stdin(network, plugin, None, None), "status")

    def collect_garbage(
        self, network: NetworkConfigurationList, valid: Iterable[tuple[str, str]]
    ) -> tuple[CniError, ...]:
        """GC: DEL for every cached attachment that is not among the ``valid`` (container, interface) pairs, then GC
        on every plugin where the configuration is 1.1.0. It goes on after an error; the errors are returned."""
        if network.disable_gc:
            return ()
        kept, errors = set(valid), []
        for (name, *key), (attachment, _) in list(self.cache.items()):
            if name == network.name and tuple(key) not in kept:
                errors += _failure(partial(self.delete, network, attachment))
        if at_least(network.version, "1.1.0"):
            listed = [{"containerID": container, "ifname": interface} for container, interface in sorted(kept)]
            for plugin in network.plugins:
                stdin = _stdin(network, plugin, None, None, {"cni.dev/valid-attachments": listed})
                errors += _failure(partial(self._run, plugin, Environment("GC"), stdin, "gc"))
        return tuple(errors)

    def versions(self, network: NetworkConfigurationList) -> dict[str, list[str]]:
        """VERSION of each plugin: the protocol versions that it speaks."""
        environment = Environment("VERSION", path=PLUGIN_PATH)
        stdin = compact({"cniVersion": network.version})
        return {
            plugin.type: loads(self._run(plugin, environment, stdin, "version"))["supportedVersions"]
            for plugin in network.plugins
        }

    def _run(self, plugin: PluginConfiguration, environment: Environment, stdin: str, doing: str) -> str:
        try:
            return self.binaries.run(plugin.type, environment, stdin)
        except CniError as error:
            message = f'plugin type="{plugin.type}" failed ({doing}): {error.message}'
            raise CniError(message, error.code, error.details) from error


def _failure(action: Callable[[], object]) -> list[CniError]:
    try:
        action()
    except CniError as error:
        return [error]
    return []


def _stdin(
    network: NetworkConfigurationList, plugin: PluginConfiguration, attachment: Attachment | None,
    previous: Document | None, more: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """The plugin's configuration with what the runtime adds to it, its keys in order (libcni InjectConf)."""
    document: Document = dict(plugin.document) | {"name": network.name, "cniVersion": network.version}
    wanted = {} if attachment is None else attachment.capabilities
    runtime = {key: wanted[key] for key in plugin.capabilities if key in wanted}
    if runtime:
        document["runtimeConfig"] = runtime
    if previous is not None:
        document["prevResult"] = previous
    return compact(dict(sorted((document | dict(more or {})).items())))
