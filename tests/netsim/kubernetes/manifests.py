"""Short ways to write manifests and to load them."""

from __future__ import annotations

from textwrap import dedent

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.parsing import Manifests, parse_manifests
from netsim.loading import load_cluster


def load(*texts: str) -> Cluster:
    """Load texts, indented as it suits the test, as one file called test.yaml."""
    return load_cluster([("test.yaml", "\n---\n".join(dedent(text) for text in texts))])


def parse(*texts: str) -> Manifests:
    """Parse texts without completing them."""
    return parse_manifests([("test.yaml", "\n---\n".join(dedent(text) for text in texts))])


def network(spec: str) -> str:
    """Write a ClusterNetwork whose spec is the YAML flow text."""
    return f"{{apiVersion: netsim.dev/v1, kind: ClusterNetwork, spec: {spec}}}"


def node(name: str, address: str = "", pod_cidr: str = "", *, labels: str = "{}", spec: str = "") -> str:
    """Write a Node; `labels` and `spec` are YAML flow text."""
    parts = [f"podCIDR: {pod_cidr}"] if pod_cidr else []
    parts += [spec] if spec else []
    addresses = f"[{{type: InternalIP, address: '{address}'}}]" if address else "[]"
    return (
        f"{{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {labels}}}, "
        f"spec: {{{', '.join(parts)}}}, status: {{addresses: {addresses}}}}}"
    )


def pod(
    name: str, *, labels: str = "{}", metadata: str = "", spec: str = "", ports: str = "[]", status: str = "{}"
) -> str:
    """Write a Pod with one container; the arguments are YAML flow text."""
    spec = f", {spec}" if spec else ""
    metadata = f", {metadata}" if metadata else ""
    return (
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {labels}{metadata}}}, "
        f"spec: {{containers: [{{name: app, ports: {ports}}}]{spec}}}, status: {status}}}"
    )


def service(name: str, *, ports: str = "[{port: 80}]", spec: str = "", metadata: str = "", status: str = "{}") -> str:
    """Write a Service; the arguments are YAML flow text."""
    spec = f", {spec}" if spec else ""
    metadata = f", {metadata}" if metadata else ""
    return (
        f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}{metadata}}}, "
        f"spec: {{ports: {ports}{spec}}}, status: {status}}}"
    )


def workload(
    kind: str, name: str, *, spec: str = "", template: str = "containers: [{name: app}]", app: str = ""
) -> str:
    """Write a workload that selects the label `app`, by default its own name; `spec`, `template` are YAML flow text."""
    app = app or name
    version = "batch/v1" if kind == "Job" else "apps/v1"
    selector = "" if kind == "Job" else f"selector: {{matchLabels: {{app: {app}}}}}, "
    spec = f"{spec}, " if spec else ""
    return (
        f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}, "
        f"spec: {{{selector}{spec}template: {{metadata: {{labels: {{app: {app}}}}}, spec: {{{template}}}}}}}}}"
    )
