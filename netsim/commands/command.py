"""What a command is, and what most of them share: files to read, a namespace to look into, JSON to print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from netsim.errors import NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.linux.namespace import NetworkNamespace
from netsim.loading import load_cluster
from netsim.simulation import Simulation
from netsim.tools.machine import Output


@dataclass(frozen=True, slots=True)
class Command:
    """``summary`` is its line in the list of commands; ``examples`` stand at the end of its own help.

    ``run`` returns what to print, with an exit code if that is not 0, and raises NetsimError for input that cannot be
    accepted.
    """

    name: str
    summary: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], str | Output]


def add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="YAML manifests; - is standard input")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_place(parser: argparse.ArgumentParser) -> None:
    """``--node`` or ``--pod``."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--node", metavar="NAME")
    where.add_argument("--pod", metavar="NS/NAME")


def read(name: str) -> tuple[str, str]:
    """(name, text) of a file, or of standard input for ``-``; NetsimError when it cannot be read."""
    if name == "-":
        return "<stdin>", sys.stdin.read()
    try:
        return name, Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise NetsimError(f"{name}: {why}") from None


def cluster_of(options: argparse.Namespace) -> Cluster:
    """The cluster in the files; standard error says what is in them and not in it."""
    cluster = load_cluster([read(name) for name in options.files])
    if cluster.left_out:
        sys.stderr.write(f"left out: {cluster.left_out}\n")
    return cluster


def simulation_of(options: argparse.Namespace) -> Simulation:
    """The cluster in the files, planned."""
    return Simulation(cluster_of(options))


def namespace_of(simulation: Simulation, options: argparse.Namespace) -> NetworkNamespace:
    """The namespace that ``--node`` or ``--pod`` names."""
    cluster, namespaces = simulation.cluster, simulation.network.namespaces
    if options.node is not None:
        return namespaces[cluster.node(options.node).name]
    namespace, slash, name = options.pod.partition("/")
    if not slash:
        raise NetsimError(f"--pod: {options.pod!r} is not NAMESPACE/NAME")
    pod = cluster.pod(namespace, name)
    if not pod.pod_ips:
        raise NetsimError(f"Pod {namespace}/{name} is {pod.phase} and has no network: {pod.pending_reason}")
    return namespaces[pod.node_name if pod.host_network else f"{namespace}/{name}"]


def as_json(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"
