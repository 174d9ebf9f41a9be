"""A playground's cluster: the lesson's scene with the learner's data plane, kube-proxy, switches and policies.

    scenario(manifests, content, side) → Scenario      what the engine is asked
    policy_names(manifests) → ("shop/web", ...)        the policies of a scene, by which they can be removed
    bundle(scenario) → str                             the same cluster as one file of manifests

Changes are applied in the order: switches (in their list's order), the ClusterNetwork document, edited policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from lessons.content.action_schema import Action, FaultSpec
from lessons.content.schema import ContentError, with_fast_loader
from lessons.playground.data_planes import DATA_PLANES
from lessons.playground.schema import PlaygroundContent
from lessons.playground.state import Setup, Side
from lessons.runs.scenarios import Scenario

POLICY_KINDS = ("NetworkPolicy", "ClusterNetworkPolicy")
SETTINGS_KIND = "ClusterNetwork"
SETTINGS: dict[str, Any] = {"apiVersion": "netsim.dev/v1", "kind": SETTINGS_KIND, "metadata": {"name": "scene"}}


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """One YAML document: its text, word for word, and the object in it; `items` of a List are objects of their own."""

    text: str
    manifest: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.manifest.get("kind", ""))

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """(API group, kind, namespace, name); the version does not tell objects apart."""
        group, slash, _ = str(self.manifest.get("apiVersion", "")).partition("/")
        metadata = self.manifest.get("metadata") or {}
        name = "" if self.kind == SETTINGS_KIND else str(metadata.get("name", ""))
        return group if slash else "", self.kind, str(metadata.get("namespace", "")), name

    @property
    def policy_name(self) -> str:
        """NAMESPACE/NAME, or NAME where it has no namespace; "" for what is no policy."""
        _, kind, namespace, name = self.identity
        if kind not in POLICY_KINDS:
            return ""
        return f"{namespace or 'default'}/{name}" if kind == "NetworkPolicy" else name


def scenario(manifests: str, content: PlaygroundContent, side: Side) -> Scenario:
    """Raises ContentError for manifests that are not YAML."""
    chosen = [toggle for toggle in content.toggles if toggle.slug in side.setup.toggles]
    changes = [toggle.changes for toggle in chosen if toggle.changes.strip()]
    if side.setup.removed:
        manifests = _without(manifests, lambda each: each.policy_name in side.setup.removed)
    if side.setup.policies is not None:
        manifests, changes = without_policies(manifests), [without_policies(text) for text in changes]
    settings = _settings(manifests, changes, side.setup)
    policies = [side.setup.policies] if side.setup.policies else []
    return Scenario(
        manifests=manifests,
        changes=tuple(text for text in (*changes, settings, *policies) if text.strip()),
        action=Action(probe=side.flow),
        show=content.show,
        faults=tuple(fault for toggle in chosen for fault in toggle.faults),
    )


def request(asked: Scenario) -> dict[str, Any]:
    """The scenario's cluster and its picture alone, as JSON: for questions in which no packet is sent."""
    return {
        "manifests": asked.manifests,
        "changes": list(asked.changes),
        "faults": [fault.document() for fault in asked.faults],
        "show": asked.show.document(),
    }


def written_policies(manifests: str, content: PlaygroundContent, setup: Setup) -> str:
    """The policies of the cluster as their authors wrote them, or as the learner did. Raises ContentError."""
    if setup.policies is not None:
        return setup.policies
    changes = [toggle.changes for toggle in content.toggles if toggle.slug in setup.toggles]
    merged = _merged([_without(manifests, lambda each: each.policy_name in setup.removed), *changes])
    return _joined(each.text for each in merged if each.policy_name)


@lru_cache(maxsize=64)
def policy_names(manifests: str) -> tuple[str, ...]:
    """Raises ContentError for manifests that are not YAML."""
    return tuple(each.policy_name for each in documents(manifests) if each.policy_name)


def without_policies(manifests: str) -> str:
    return _without(manifests, lambda each: bool(each.policy_name))


def _without(manifests: str, unwanted: Callable[[ManifestDocument], bool]) -> str:
    return _joined(each.text for each in documents(manifests) if not unwanted(each))


def bundle(asked: Scenario) -> str:
    """The scenario's cluster as one text of manifests, with its faults in the ClusterNetwork. Raises ContentError."""
    merged = _merged([asked.manifests, *asked.changes])
    if not asked.faults:
        return _joined(each.text for each in merged)
    found = next((each.manifest for each in merged if each.kind == SETTINGS_KIND), SETTINGS)
    spec = dict(found.get("spec") or {})
    spec["faults"] = [*(spec.get("faults") or ()), *(_written(fault) for fault in asked.faults)]
    rest = [each.text for each in merged if each.kind != SETTINGS_KIND]
    return _joined([_dumped({**found, "spec": spec}), *rest])


def documents(text: str) -> list[ManifestDocument]:
    """The objects of a text of manifests, empty documents left out. Raises ContentError for text that is not YAML."""
    try:
        found = with_fast_loader(lambda loader: _parts(text, loader))
    except yaml.YAMLError as error:
        raise ContentError("", (str(error),)) from error
    return [each for part, manifest in found if isinstance(manifest, dict) for each in _flattened(part, manifest)]


def _parts(text: str, loader: type[yaml.SafeLoader]) -> list[tuple[str, object]]:
    """Each document that is not empty: its text and what it says."""
    nodes = [node for node in yaml.compose_all(text, Loader=loader) if node is not None]
    parts = [text[node.start_mark.index : node.end_mark.index] for node in nodes]
    return [(part, yaml.load(part, loader)) for part in parts]  # noqa: S506 (a safe loader)


def _flattened(text: str, manifest: dict[str, Any]) -> Iterator[ManifestDocument]:
    if manifest.get("kind") == "List":
        for item in manifest.get("items") or ():
            yield ManifestDocument(_dumped(item), item)
    else:
        yield ManifestDocument(text, manifest)


def _settings(manifests: str, changes: Sequence[str], setup: Setup) -> str:
    """The ClusterNetwork document with the chosen data plane and kube-proxy, or "" where both are the scene's."""
    if not setup.data_plane and not setup.proxy:
        return ""
    written = [
        each.manifest for text in (manifests, *changes) for each in documents(text) if each.kind == SETTINGS_KIND
    ]
    found = written[-1] if written else SETTINGS
    spec = dict(found.get("spec") or {})
    if setup.data_plane:
        spec |= DATA_PLANES[setup.data_plane].settings
    if setup.proxy:
        spec["proxy"] = {**(spec.get("proxy") or {}), "mode": setup.proxy}
    return _dumped({**found, "spec": spec})


def _merged(texts: Sequence[str]) -> list[ManifestDocument]:
    """Objects of the later texts in the places of those of the same identity; the engine merges in the same way."""
    merged = {each.identity: each for text in texts for each in documents(text)}
    return list(merged.values())


def _written(fault: FaultSpec) -> Any:
    return {"name": fault.name, **fault.options} if fault.options else fault.name


def _joined(texts: Iterator[str] | Sequence[str]) -> str:
    return "---\n".join(f"{text.strip()}\n" for text in texts)


def _dumped(manifest: object) -> str:
    return str(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, default_flow_style=False))
