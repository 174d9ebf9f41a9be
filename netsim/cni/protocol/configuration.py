"""A network configuration list, the ``.conflist`` file that the runtime reads (CNI specification 1.1.0, section 1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netsim.cni.protocol.requests import NAME
from netsim.cni.protocol.results import VERSIONS
from netsim.errors import InputError

BIGGEST = 1 << 20
"""Characters; a list of a few plugins has some hundred."""


@dataclass(frozen=True, slots=True)
class PluginConfiguration:
    """One entry of ``plugins``: everything that stands in it, and what is the runtime's business."""

    type: str
    document: Mapping[str, Any]
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkConfigurationList:
    version: str
    name: str
    plugins: tuple[PluginConfiguration, ...]
    disable_check: bool = False
    disable_gc: bool = False


def read_configuration_list(file: str, text: str) -> NetworkConfigurationList:
    """Parse a list, or a single configuration as a list of one; InputError names the key that is wrong."""
    if len(text) > BIGGEST:
        raise InputError(file, 1, "", f"has more than {BIGGEST} characters; a network configuration is small")
    document = _decode(file, text)
    reader = _Reader(file)
    version = reader.value(document, "", "cniVersion", str, VERSIONS[0])
    if version not in VERSIONS:
        raise reader.error("cniVersion", f"{version!r} is no version of the protocol; known: {', '.join(VERSIONS)}")
    name = reader.value(document, "", "name", str, "")
    if not NAME.fullmatch(name):
        raise reader.error("name", "must be given: letters and digits first, then also . _ and -")
    entries = reader.value(document, "", "plugins", list, None) if "type" not in document else [document]
    if not entries:
        raise reader.error("plugins", "must list at least one plugin")
    plugins = tuple(_read_plugin(reader, index, entry) for index, entry in enumerate(entries))
    return NetworkConfigurationList(
        version, name, plugins,
        reader.value(document, "", "disableCheck", bool, False),
        reader.value(document, "", "disableGC", bool, False),
    )  # fmt: skip


def _read_plugin(reader: _Reader, index: int, entry: object) -> PluginConfiguration:
    place = f"plugins[{index}]."
    if not isinstance(entry, dict):
        raise reader.error(place[:-1], "must be an object")
    kind = reader.value(entry, place, "type", str, "")
    if not kind or "/" in kind:
        raise reader.error(f"{place}type", "must be the name of a plugin's binary, without a folder")
    capabilities = reader.value(entry, place, "capabilities", dict, {})
    for key, value in capabilities.items():
        if not isinstance(value, bool):
            raise reader.error(f"{place}capabilities.{key}", "must be true or false")
    enabled = tuple(key for key, value in capabilities.items() if value)
    return PluginConfiguration(kind, entry, enabled)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds values in the document; JSON's own parser keeps no lines, so errors name the key and the file's start."""

    file: str

    def value(self, document: dict[str, Any], place: str, key: str, kind: type, default: Any) -> Any:
        value = document.get(key)
        if value is None:
            return default
        if not isinstance(value, kind):
            raise self.error(f"{place}{key}", f"must be {_KINDS[kind]}")
        return value

    def error(self, path: str, message: str) -> InputError:
        return InputError(self.file, 1, path, message)


_KINDS = {str: "a string", list: "a list", bool: "true or false", dict: "an object"}


def _decode(file: str, text: str) -> dict[str, Any]:
    """The document, of which every part can be written again: JSON's escapes can name half of a surrogate pair."""
    try:
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise InputError(file, error.lineno, "", f"not JSON: {error.msg} (column {error.colno})") from None
    except ValueError as error:
        raise InputError(file, 1, "", f"not JSON that can be read: {error}") from None
    except RecursionError:
        raise InputError(file, 1, "", "not JSON that can be read: nested too deeply") from None
    if not isinstance(document, dict):
        raise InputError(file, 1, "", "must be a JSON object")
    return document
