"""What an Ingress, a Gateway or a route says: its rules in the order in which they match, and how it stands.

sections_of(cluster, kind, place, decisions) → the sections of lessons.inspection.inspector
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from django.utils.translation import gettext_noop

import netsim
from lessons import phrases
from lessons.picture.objects import element_of

Document = Mapping[str, Any]
NO_ELEMENT = gettext_noop("element: there is no {name}")
phrases.register(NO_ELEMENT)


def sections_of(
    cluster: netsim.Cluster, element: str, decisions: Sequence[Document]
) -> tuple[str, list[dict[str, Any]]]:
    """(title, sections) of the object that a plate of the picture stands for, the rules marked by which these decisions
    were taken. Raises netsim.NetsimError for an object that the cluster does not have."""
    found = next((each for each in netsim.routing_objects(cluster) if element_of(each) == element), None)
    if found is None:
        raise netsim.NetsimError(NO_ELEMENT.format(name=repr(element)))
    taken = Counter(each["candidate"] for decision in decisions for each in decision["tried"] if each["matched"])
    rules = [(_rule_line(rule), taken[rule.text]) for rule in found.rules]
    sections = [_section("rules in order", "", rules), _section("status", "", _status(cluster, found))]
    manifests = [each for each in netsim.manifests_of(cluster) if _belongs(each, found)]
    sections += [_manifest(each) for each in sorted(manifests, key=lambda each: each["kind"] != found.kind)]
    return found.text, [section for section in sections if section["lines"]]


def _rule_line(rule: netsim.RoutingRule) -> str:
    total = sum(backend.weight for backend in rule.backends)
    shares = (f"{each.service or each.name} ({each.weight} of {total})" for each in rule.backends)
    only = (each.service or each.name for each in rule.backends)
    to = ", ".join(shares if len(rule.backends) > 1 else only)
    return f"{rule.text} → {to}" if to else rule.text


def _status(cluster: netsim.Cluster, found: netsim.RoutingObject) -> Iterator[tuple[str, int]]:
    """What controllers say of it and of its parts; and of a route's Gateways which Pods run them."""
    for status in netsim.every_status(cluster):
        if f"{status.subject} ".startswith(f"{found.text} "):
            yield from ((line, 0) for line in status.text.splitlines())
    yield from ((f"read by {pod}", 0) for pod in found.readers)


def _belongs(manifest: Document, found: netsim.RoutingObject) -> bool:
    """The object itself, and its class."""
    name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")
    if manifest["kind"] == f"{found.kind}Class":
        return bool(found.class_name == name)
    return (manifest["kind"], namespace, name) == (found.kind, found.namespace, found.name)


def _manifest(manifest: Document) -> dict[str, Any]:
    metadata = manifest["metadata"]
    where = f"-n {metadata['namespace']} " if metadata.get("namespace") else ""
    command = f"kubectl {where}get {manifest['kind'].lower()} {metadata['name']} -o yaml"
    text = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True)
    return _section(manifest["kind"], command, [(line, 0) for line in text.splitlines()])


def _section(name: str, command: str, lines: Any) -> dict[str, Any]:
    told = [{"text": text, "hits": hits} for text, hits in lines]
    hits = sum(1 for line in told if line["hits"])
    return {"name": name, "command": command, "open": True, "lines": told, "left_out": 0, "hits": hits}
