"""Running a plugin's binary: environment and JSON in, JSON out, and a record of both.

Source: containernetworking/cni pkg/skel/skel.go, pkg/invoke/{exec,find,delegate}.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from netsim.cni.protocol.errors import CniError
from netsim.cni.protocol.machine import Machine
from netsim.cni.protocol.plugins import REFERENCE_PLUGINS, Call, ReferencePlugin
from netsim.cni.protocol.requests import Configuration, Environment, PluginRequest, read_request
from netsim.cni.protocol.results import VERSIONS, Result, read_result

INTERFACE_PLUGINS = ("bridge", "ptp")
"""Those that ask their IPAM plugin for its status before they tell theirs."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a binary, as a recorder between runtime and plugin would see it.

    ``depth`` is 0 for a plugin that the runtime ran, 1 for one to which another delegated. ``stdout`` is the result,
    or the error where ``failed``; "" where a command that succeeds prints nothing.
    """

    plugin: str
    environment: Mapping[str, str]
    stdin: str
    stdout: str
    failed: bool
    depth: int

    @property
    def command(self) -> str:
        return self.environment["CNI_COMMAND"]

    def document(self) -> dict[str, Any]:
        """As ``python -m netsim cni --json`` prints it."""
        return {
            "plugin": self.plugin,
            "command": self.command,
            "environment": dict(self.environment),
            "stdin": json.loads(self.stdin) if self.stdin else None,
            "stdout": json.loads(self.stdout) if self.stdout else None,
            "failed": self.failed,
            "depth": self.depth,
        }


@dataclass(slots=True)
class Binaries:
    """The plugins on a machine's CNI_PATH. ``invocations`` are in the order in which they began."""

    machine: Machine
    installed: Mapping[str, ReferencePlugin] = field(default_factory=lambda: dict(REFERENCE_PLUGINS))
    invocations: list[Invocation] = field(default_factory=list)

    def run(self, name: str, environment: Environment, stdin: str, depth: int = 0) -> str:
        """Run one plugin; returns what it prints. CniError when it fails, or when there is no such binary."""
        if name not in self.installed:
            raise CniError(f'failed to find plugin "{name}" in path [{environment.path}]')
        place = len(self.invocations)
        variables = environment.variables()
        self.invocations.append(Invocation(name, variables, stdin, "", True, depth))
        error: CniError | None = None
        try:
            stdout = self._answer(name, environment, stdin, depth)
        except CniError as raised:
            error, stdout = raised, pretty(raised.document())
        self.invocations[place] = Invocation(name, variables, stdin, stdout, error is not None, depth)
        if error is not None:
            raise error
        return stdout

    def _answer(self, name: str, environment: Environment, stdin: str, depth: int) -> str:
        plugin = self.installed[name]
        request = read_request(environment, stdin)
        call = Call(request, self.machine, partial(self._delegate, request, stdin, depth + 1))
        match environment.command:
            case "VERSION":
                version = request.configuration.get("cniVersion") or VERSIONS[0]
                return compact({"cniVersion": version, "supportedVersions": list(VERSIONS)}) + "\n"
            case "ADD":
                return pretty(plugin.add(call).document(request.version))
            case "DEL":
                plugin.delete(call)
            case "CHECK":
                plugin.check(call)
            case "STATUS":
                if call.ipam_type and name in INTERFACE_PLUGINS:
                    call.delegate(call.ipam_type, "STATUS", None)
        return ""

    def _delegate(
        self, request: PluginRequest, stdin: str, depth: int, name: str, command: str, given: Configuration | None
    ) -> Result | None:
        """A plugin runs another one, with what it was given itself or with a configuration that it wrote."""
        passed = stdin if given is None else compact(dict(sorted(given.items())))
        stdout = self.run(name, replace(request.environment, command=command), passed, depth)
        return read_result(json.loads(stdout), request.version) if stdout else None


def pretty(document: object) -> str:
    """As Go's ``MarshalIndent`` with four spaces, which plugins use for results and errors."""
    return _escaped(json.dumps(document, indent=4, ensure_ascii=False))


def compact(document: object) -> str:
    """As Go's ``Marshal``."""
    return _escaped(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _escaped(text: str) -> str:
    """Go's encoder keeps JSON harmless inside HTML."""
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
