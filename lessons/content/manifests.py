"""Manifests as authors write them: bounded, with an experiment's changes and faults applied, loaded by the engine."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

import netsim
from lessons import phrases
from lessons.content.action_schema import FaultSpec

MAX_BYTES = 256 * 1024


class ManifestError(Exception):
    """The engine does not accept these manifests; the messages name file, line and key."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.messages = [message]


def load(
    manifests: str, changes: Sequence[str] = (), faults: Sequence[FaultSpec] = (), *, name: str = "scene.yaml"
) -> netsim.Cluster:
    """The cluster that the manifests describe, after one change after the other and with the faults.

    Raises ManifestError; changes are called changes.yaml, or changes-1.yaml and so on where there are several.
    """
    numbered = [f"changes-{number}.yaml" for number in range(1, len(changes) + 1)]
    files = list(zip(["changes.yaml"] if len(changes) == 1 else numbered, changes, strict=True))
    for file, text in ((name, manifests), *files):
        if len(text.encode()) > MAX_BYTES:
            raise ManifestError(
                gettext("{file}: is {count} kB long; {most} kB are allowed.").format(
                    file=file, count=len(text.encode()) // 1024, most=MAX_BYTES // 1024
                )
            )
    named = [netsim.Fault(fault.name, fault.options) for fault in faults]
    try:
        return netsim.load_cluster([(name, manifests)], changes=files, faults=named)
    except netsim.NetsimError as error:
        raise ManifestError(phrases.shown(str(error))) from error
