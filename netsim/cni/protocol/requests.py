"""What a plugin is given, and what it checks before it does anything: environment, then standard input.

Source: CNI specification 1.1.0, section 2; containernetworking/cni pkg/skel/skel.go, pkg/utils/utils.go,
pkg/version/reconcile.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsim.cni.protocol.errors import CniError, Code
from netsim.cni.protocol.results import VERSIONS, at_least

COMMANDS = ("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION")
PLUGIN_PATH = "/opt/cni/bin"
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "CNI_CONTAINERID": ("ADD", "CHECK", "DEL"),
    "CNI_NETNS": ("ADD", "CHECK"),
    "CNI_IFNAME": ("ADD", "CHECK", "DEL"),
    "CNI_PATH": ("ADD", "CHECK", "DEL", "GC", "STATUS"),
}
"""Which commands need which variable."""
MINIMUM = {"CHECK": "0.4.0", "GC": "1.1.0", "STATUS": "1.1.0"}
"""The protocol version that brought a command."""
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*")
LONGEST_INTERFACE = 15

Configuration = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Environment:
    """The CNI_* variables; "" is an unset one."""

    command: str
    container: str = ""
    netns: str = ""
    interface: str = ""
    arguments: str = ""
    path: str = PLUGIN_PATH

    def variables(self) -> dict[str, str]:
        """As they stand in the environment of the plugin's process."""
        every = {
            "CNI_COMMAND": self.command,
            "CNI_CONTAINERID": self.container,
            "CNI_NETNS": self.netns,
            "CNI_IFNAME": self.interface,
            "CNI_ARGS": self.arguments,
            "CNI_PATH": self.path,
        }
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, slots=True)
class PluginRequest:
    """One invocation as the plugin sees it; ``configuration`` is its standard input."""

    environment: Environment
    configuration: Configuration

    @property
    def version(self) -> str:
        return str(self.configuration.get("cniVersion") or VERSIONS[0])

    @property
    def network(self) -> str:
        return str(self.configuration["name"])

    def named(self, key: str, kind: type, default: Any) -> Any:
        """A value of the configuration, ``default`` where it is absent; CniError when it has another type."""
        return typed(self.configuration, key, kind, default)


def typed(configuration: Configuration, key: str, kind: type, default: Any) -> Any:
    """A value of a JSON object, ``default`` where it is absent; CniError when it has another type."""
    value = configuration.get(key)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CniError(f"failed to load netconf: {key} must be {_JSON_NAMES[kind]}", Code.INTERNAL)
    return value


_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number"}


def read_request(environment: Environment, stdin: str) -> PluginRequest:
    """Check everything that does not depend on the plugin; CniError with the code of the specification."""
    command = environment.command
    if command not in COMMANDS:
        raise CniError(f"unknown CNI_COMMAND: {command}", Code.INVALID_ENVIRONMENT)
    variables = environment.variables()
    missing = [name for name, commands in REQUIRED.items() if command in commands and name not in variables]
    if missing:
        raise CniError(f"required env variables [{','.join(missing)}] missing", Code.INVALID_ENVIRONMENT)
    if command == "VERSION":
        return PluginRequest(environment, _decode(stdin) if stdin.strip() else {})
    configuration = _decode(stdin)
    _check_network_name(configuration)
    if command in REQUIRED["CNI_CONTAINERID"]:
        _check_container(environment.container)
        _check_interface(environment.interface)
    _check_version(command, str(configuration.get("cniVersion") or VERSIONS[0]))
    return PluginRequest(environment, configuration)


def _decode(stdin: str) -> Configuration:
    try:
        document = json.loads(stdin)
    except (ValueError, RecursionError) as error:
        at_end = isinstance(error, json.JSONDecodeError) and not stdin[error.pos :].strip()
        why = "unexpected end of JSON input" if at_end else str(error)
        raise CniError(f"error unmarshall network config: {why}", Code.DECODING_FAILURE) from None
    if not isinstance(document, dict):
        raise CniError("error unmarshall network config: it is not a JSON object", Code.DECODING_FAILURE)
    return document


def _check_network_name(configuration: Configuration) -> None:
    name = typed(configuration, "name", str, "")
    if not name:
        raise CniError("missing network name", Code.INVALID_CONFIG)
    if not NAME.fullmatch(name):
        raise CniError("invalid characters found in network name", Code.INVALID_CONFIG, name)


def _check_container(container: str) -> None:
    if not NAME.fullmatch(container):
        raise CniError("invalid characters in containerID", Code.INVALID_ENVIRONMENT, container)


def _check_interface(name: str) -> None:
    if len(name) > LONGEST_INTERFACE:
        raise CniError(
            "interface name is too long", Code.INVALID_ENVIRONMENT,
            f"interface name should be less than {LONGEST_INTERFACE + 1} characters",
        )  # fmt: skip
    if name in (".", ".."):
        raise CniError("interface name is . or ..", Code.INVALID_ENVIRONMENT)
    if re.search(r"[/:\s]", name):
        raise CniError("interface name contains / or : or whitespace characters", Code.INVALID_ENVIRONMENT)


def _check_version(command: str, version: str) -> None:
    if version not in VERSIONS:
        known = " ".join(f'"{each}"' for each in VERSIONS)
        raise CniError(
            "incompatible CNI versions", Code.INCOMPATIBLE_VERSION,
            f'config is "{version}", plugin supports [{known}]',
        )  # fmt: skip
    if not at_least(version, MINIMUM.get(command, VERSIONS[0])):
        raise CniError(f"config version does not allow {command}", Code.INCOMPATIBLE_VERSION)
