"""``objects``: the completed cluster as manifests."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from difflib import get_close_matches

from netsim.commands.command import Command, add_json, as_json, cluster_of
from netsim.dumping import manifests_of
from netsim.errors import NetsimError
from netsim.kubernetes.parsing import READERS, SETTINGS_KIND
from netsim.kubernetes.parsing.yaml_text import write_documents
from netsim.kubernetes.writing.values import Manifest

EXAMPLES = """\
examples:
  %(prog)s shop.yaml                          everything, with what the controllers filled in
  %(prog)s shop.yaml pods
  %(prog)s shop.yaml svc shop/web --json
  %(prog)s shop.yaml > whole.yaml             a cluster in which no name and no address is left open
  kubectl get ns,nodes,pods,svc,endpointslices -A -o yaml | %(prog)s - endpointslices

KIND is written as for kubectl: Service, service, services or svc. A name without a namespace is looked for in all.
Only the fields that the simulation knows are shown.
"""
SHORT_NAMES = {
    "cm": "ConfigMap", "cnp": "ClusterNetworkPolicy", "deploy": "Deployment", "ds": "DaemonSet", "gc": "GatewayClass",
    "gtw": "Gateway", "ing": "Ingress", "netpol": "NetworkPolicy", "no": "Node", "ns": "Namespace",
    "pa": "PeerAuthentication", "po": "Pod", "refgrant": "ReferenceGrant", "rs": "ReplicaSet", "sts": "StatefulSet",
    "svc": "Service",
}  # fmt: skip
"""Those of ``kubectl api-resources``."""


def _kinds() -> Mapping[str, str]:
    """Every way to write a kind, in lower case."""
    kinds = [*(kind for _, kind in READERS), SETTINGS_KIND]
    written = {form: kind for kind in kinds for form in (kind.lower(), _plural(kind.lower()))}
    return written | SHORT_NAMES


def _plural(name: str) -> str:
    if name.endswith("y") and not name.endswith("ay"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


KINDS = _kinds()


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s FILE… [KIND [NAMESPACE/]NAME] [--json]"
    parser.add_argument(
        "files", nargs="+", metavar="FILE… KIND NAME", help="YAML manifests, - is standard input; then what to show"
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    options.files, kind, name = _divided(options.files)
    found = [each for each in manifests_of(cluster_of(options)) if kind in ("", each["kind"])]
    if name:
        found = _named(found, kind, name)
    if not options.json:
        return write_documents(found)
    return as_json(found[0] if name and len(found) == 1 else {"apiVersion": "v1", "kind": "List", "items": found})


def _divided(words: list[str]) -> tuple[list[str], str, str]:
    """The files, the kind and the name, "" where there is none: the kind is last but one or last, never first."""
    for place in (len(words) - 2, len(words) - 1):
        kind = KINDS.get(words[place].lower()) if place > 0 else None
        if kind is not None:
            return words[:place], kind, "".join(words[place + 1 :])
    return words, "", ""


def _named(found: list[Manifest], kind: str, name: str) -> list[Manifest]:
    """The objects of this name, in its namespace if it has one; NetsimError with near names where there is none."""
    matching = [each for each in found if name in (each["metadata"]["name"], _key(each))]
    if matching:
        return matching
    keys = [_key(each) for each in found]
    near = get_close_matches(name, keys, n=3) or sorted(keys)[:10]
    raise NetsimError(f"no {kind} {name}; " + (f"there is {', '.join(near)}" if near else "the cluster has none"))


def _key(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)


COMMAND = Command(
    "objects", "the objects of the cluster, completed, as manifests", EXAMPLES, _add_arguments, _run
)  # fmt: skip
