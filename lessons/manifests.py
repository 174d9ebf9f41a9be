"""Manifests as authors write them: bounded, with an experiment's changes applied, loaded by the engine."""

from __future__ import annotations

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
        return netsim.load_cluster([(name, manifests)], changes=[("changes.yaml", changes)])
    except netsim.NetsimError as error:
        raise ManifestError(str(error)) from error
