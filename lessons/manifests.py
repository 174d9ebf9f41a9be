"""Manifests as authors write them: bounded, with an experiment's changes merged in, loaded by the engine.

The merge is textual, so that the engine's errors keep the line numbers that the author sees.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

import netsim

MAX_BYTES = 256 * 1024


class ManifestError(Exception):
    """The engine does not accept these manifests; the messages name file, line and key."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.messages = [message]


def load(manifests: str, changes: str = "", *, name: str = "scene.yaml") -> netsim.Cluster:
    """The cluster that the manifests describe, after the changes. Raises ManifestError."""
    for file, text in ((name, manifests), ("changes.yaml", changes)):
        if len(text.encode()) > MAX_BYTES:
            raise ManifestError(f"{file}: is {len(text.encode()) // 1024} kB long; {MAX_BYTES // 1024} kB are allowed.")
    try:
        if not changes.strip():
            return netsim.load_cluster([(name, manifests)])
        return netsim.load_cluster([(name, without_replaced(manifests, changes)), ("changes.yaml", changes)])
    except netsim.NetsimError as error:
        raise ManifestError(str(error)) from error


def without_replaced(manifests: str, changes: str) -> str:
    """The manifests with the lines of every object that `changes` holds too left empty.

    Text that is no YAML is returned as it is: the engine reports it.
    """
    try:
        replaced = {identity for identity, _, _ in _objects(changes)}
        spans = [(first, last) for identity, first, last in _objects(manifests) if identity in replaced]
    except yaml.YAMLError:
        return manifests
    lines = manifests.split("\n")
    for first, last in spans:
        for number in range(first, last):
            lines[number] = "---" if lines[number].startswith("---") else ""
    return "\n".join(lines)


def _objects(text: str) -> Iterator[tuple[tuple[str, str, str], int, int]]:
    """Each object's (kind, namespace, name), the number of its first line and of the line after its last, from 0."""
    for node in yaml.compose_all(text, Loader=yaml.SafeLoader):
        if node is None:
            continue
        last = node.end_mark.line + (1 if node.end_mark.column else 0)
        yield _identity(node), node.start_mark.line, last


def _identity(node: yaml.Node) -> tuple[str, str, str]:
    kind = _scalar(node, "kind")
    if kind == "ClusterNetwork":
        return kind, "", ""
    metadata = _child(node, "metadata")
    return kind, _scalar(metadata, "namespace") or "default", _scalar(metadata, "name")


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if getattr(name, "value", None) == key), None)


def _scalar(node: yaml.Node | None, key: str) -> str:
    child = _child(node, key)
    return child.value if isinstance(child, yaml.ScalarNode) else ""
