"""apiVersion, kind and metadata, which all kinds share."""

from __future__ import annotations

from netsim.kubernetes.objects import KubernetesObject, ObjectMeta, OwnerReference
from netsim.kubernetes.writing.values import Manifest, compact, mapping

NO_TIME = "1970-01-01T00:00:00Z"
"""Stands for a time that the API has and the engine does not keep."""
OWNER_VERSIONS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Node": "v1",
}
"""The API of the kinds that control Pods and ReplicaSets; an owner of any other kind is written without it."""


def manifest(
    item: KubernetesObject, api_version: str, kind: str, *, created: str = "", deleted: bool = False, **parts: object
) -> Manifest:
    """An object of ``kind`` with its metadata and its other ``parts``, such as spec and status."""
    head = {"apiVersion": api_version, "kind": kind, "metadata": _metadata(item.meta, created, deleted)}
    return compact(head | parts)


def _metadata(meta: ObjectMeta, created: str, deleted: bool) -> Manifest:
    return compact(
        {
            "name": meta.name,
            "namespace": meta.namespace,
            "uid": meta.uid,
            "creationTimestamp": created,
            "deletionTimestamp": NO_TIME if deleted else None,
            "labels": mapping(meta.labels),
            "annotations": mapping(meta.annotations),
            "ownerReferences": None if meta.owner is None else [_owner(meta.owner)],
        }
    )


def _owner(owner: OwnerReference) -> Manifest:
    version = OWNER_VERSIONS.get(owner.kind)
    return compact({"apiVersion": version, "kind": str(owner.kind), "name": owner.name, "controller": True})
