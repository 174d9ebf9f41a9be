"""The way out: a running cluster as manifests again, with what the controllers filled in."""

from __future__ import annotations

from dataclasses import replace

from netsim.faults import still_to_come
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.writing import write_objects
from netsim.kubernetes.writing.values import Manifest


def manifests_of(cluster: Cluster) -> list[Manifest]:
    """The objects of a cluster as the API has them: apiVersion, kind, metadata, spec and status, as plain values.

    They hold the fields that the engine models and no others, so images and resources are missing. Loaded again they
    make a cluster whose objects equal these. Objects of kinds that are not modelled (``cluster.ignored``) are left
    out, and so are named faults that are changes of objects, since the objects show them.
    """
    settings = replace(cluster.settings, faults=still_to_come(cluster.settings))
    return list(write_objects(replace(cluster, settings=settings)))
