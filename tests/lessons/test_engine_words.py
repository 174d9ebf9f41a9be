"""What the engine says has its words in lessons.engine_words: its source is read, so that no sentence is forgotten."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from lessons import engine_words

ENGINE = Path(__file__).resolve().parents[2] / "netsim"
SPEAKING = (
    "trace/steps.py", "forwarding/balancing.py", "forwarding/bridging.py", "forwarding/client.py",
    "forwarding/delivery.py", "forwarding/ip.py", "forwarding/journey.py", "forwarding/late.py", "forwarding/link.py",
    "forwarding/martians.py", "forwarding/nat.py", "forwarding/programs.py", "forwarding/rulewalk.py",
    "forwarding/sleeve.py", "forwarding/tracking.py", "forwarding/transfer.py", "forwarding/tunnels.py",
    "cni/cilium/balancing.py", "cni/cilium/packets.py", "cni/cilium/programs.py",
    "policy/compiled.py", "policy/evaluation.py", "policy/explanation.py", "policy/notices.py", "policy/parties.py",
    "l7/backends.py", "l7/front.py", "l7/gateway.py", "l7/gateway_proxy.py", "l7/httproute.py", "l7/ingress.py",
    "l7/mesh/authorization.py", "l7/mesh/inbound.py", "l7/mesh/mtls.py", "l7/mesh/outbound.py", "l7/mesh/proxies.py",
    "requests/journey.py", "requests/probe.py", "probe.py",
    "kubernetes/parsing/fields.py", "kubernetes/parsing/formats.py", "kubernetes/parsing/policies.py",
    "kubernetes/parsing/services.py", "kubernetes/parsing/service_rules.py", "kubernetes/parsing/workloads.py",
    "kubernetes/parsing/gateway.py", "kubernetes/parsing/ingress.py", "kubernetes/parsing/routes.py",
    "kubernetes/parsing/yaml_source.py",
    "cni/bridge.py", "cni/bridged_nodes.py", "cni/calico.py", "cni/cilium/agent.py", "cni/flannel.py", "cni/options.py",
    "cni/weave.py", "cni/protocol/configuration.py", "faults/__init__.py", "faults/kinds.py",
    "kubernetes/controllers/endpoints.py", "kubernetes/controllers/ipam.py", "kubernetes/controllers/nodes.py",
    "kubernetes/controllers/pod_cidrs.py", "kubernetes/controllers/services.py", "kubernetes/dns/corefile.py",
    "kubernetes/dns/corefile_text.py", "kubernetes/parsing/__init__.py", "kubernetes/parsing/expressions.py",
    "kubernetes/parsing/hostnames.py", "kubernetes/parsing/mesh.py", "kubernetes/parsing/network_settings.py",
    "kubernetes/parsing/nodes.py", "l7/mesh/sidecars.py", "processes.py", "underlay.py",
)  # fmt: skip
"""Modules whose texts learners read, not those of tools, which print what the usual commands print."""
SILENT = {
    ": nothing is known of", "carries no packet",  # broken programs, no input
    "no principal",  # what ztunnel logs
    "missing; it must be a label selector, {} for every Pod",  # braces are placeholders: it is shown in English
    ", which listens on udp port", "TLS ends here, with the certificate in Secret",  # here a placeholder is a word
    "must begin with clusterIP, which is", "must begin with podIP, which is", "must begin with podCIDR, which is",
    "is not a name: use at most 256 letters, digits and !#$%&'*+-.^_`|~", "the alias *", "has no &",
    "repeats ('*', '+', '?', '{n}'), which is not run here",
    "Prevent SNAT to locally running containers",  # a comment of a rule
    "failed to allocate for range 0: no IP addresses available in range set:",  # events, as kubelet writes them
    "failed to request IPv", "addresses: no blocks of", "are free",
    "not a text file: it holds half of a surrogate pair",
    '; write it in quotes: "', 'without quotes; "', '" would be the name of a port',  # a placeholder has the quotes
}  # fmt: skip
"""Parts that are not in a phrase as they stand, with the reason."""
TWO_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
SAID = "\n".join(engine_words.ALL)


def parts(module: str) -> list[str]:
    """The literal parts of a module's texts that hold at least two words; docstrings are none of its texts."""
    tree = ast.parse((ENGINE / module).read_text())
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.value.strip() for node in texts if id(node) not in bare and says(node.value)]


def says(text: str) -> bool:
    """Whether it is a text of two words at least; what has several lines is a file."""
    return bool(TWO_WORDS.search(text)) and "\n" not in text


@pytest.mark.parametrize("module", SPEAKING)
def test_every_text_of_the_engine_has_its_words(module: str) -> None:
    assert [part for part in parts(module) if part not in SAID and part not in SILENT] == []
