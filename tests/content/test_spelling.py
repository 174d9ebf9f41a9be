"""Every word of the course is in a dictionary of English, or is listed here."""

from __future__ import annotations

import re
from functools import cache

from spellchecker import SpellChecker

from tests.content.shipped import COURSE

NOT_SPOKEN = re.compile(r"```.*?```|`[^`]*`|https?://\S+", re.DOTALL)
WORD = re.compile(r"(?<![\w.:/@{[-])[A-Za-z][a-z]{2,}(?:’[a-z]+)?(?![\w/:=-]|\.\w)")
"""With small letters behind the first; what touches signs of code is a name."""
MANIFESTS = "scene.yaml"
TERMS = {
    "admin", "api", "attaches", "autopath", "backend", "backends", "blackhole", "cidr", "cni", "conntrack",
    "containerd", "corefile", "decapsulates", "dev", "dns", "endpointslices", "ethernets", "flanneld", "geneve",
    "hostname", "http", "https", "icmp", "init", "ipam", "ipencap", "ipip", "iptables", "ipvs", "istio", "kops", "kpng",
    "kubeadm", "kubectl", "kubelet", "kubenet", "kubernetes", "linkerd", "localhost", "logins", "lookup", "lookups",
    "loopback", "lxc", "metadata", "mtu", "nameserver", "namespace", "namespaces", "ndots", "netfilter", "nftables",
    "onlink", "portmap", "postgres", "proto", "proxier", "ptp", "reachability", "runtime", "runtimes", "src",
    "subdomain", "subnet", "subnets", "subnetting", "svc", "sysctl", "tcp", "traceroute", "ttl", "udp", "veth", "vxlan",
    "waypoint", "waypoints", "wildcard", "ztunnel", "ztunnels",
}  # fmt: skip
"""Words of the field."""
NAMES = {"canry", "foo", "harbour", "nobodys", "nomesh", "wbe"}
"""In the course's cluster; two of them are typos that lessons are about."""


def words(text: str) -> set[str]:
    """In small letters, without a possessive ending."""
    return {word.lower().removesuffix("’s").replace("’", "'") for word in WORD.findall(NOT_SPOKEN.sub(" ", text))}


@cache
def met() -> dict[str, str]:
    """The course's words, and for each a file that has it."""
    files = [path for path in COURSE.rglob("*.*") if path.name != MANIFESTS]
    return {word: str(path.relative_to(COURSE)) for path in files for word in words(path.read_text())}


def test_every_word_of_the_course_is_known() -> None:
    unknown = SpellChecker(language="en").unknown(met()) - TERMS - NAMES
    assert {word: met()[word] for word in unknown} == {}


def test_every_word_that_is_listed_is_needed() -> None:
    assert (TERMS | NAMES) - set(met()) == set()
