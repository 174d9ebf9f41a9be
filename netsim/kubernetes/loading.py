"""The way in: manifests to a running cluster."""

from __future__ import annotations

from collections.abc import Iterable

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.controllers import complete
from netsim.kubernetes.parsing import parse_manifests


def load_cluster(sources: Iterable[tuple[str, str]]) -> Cluster:
    """Read manifests and complete them to a running cluster.

    Args:
        sources: (file name, text) pairs; the names appear in errors.

    Raises:
        InputError: for input that cannot be accepted, with its file, line and key.
    """
    return complete(parse_manifests(sources))
