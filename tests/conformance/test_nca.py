"""All pairs of random clusters against NCA, an evaluator that shares no code with this one (PyPI
network-config-analyzer, which is given by the environment variable NETSIM_NCA or lies in .cache/nca/bin).

NCA is known to be wrong in one thing that these clusters show: an ipBlock never means a Pod there. So each cluster is
asked twice: as it is, where answers may differ for pairs that a block decides only, and with every block moved outside
the Pod network, where no answer may differ.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from bench.policy import generated, manifests
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Protocol
from netsim.kubernetes.policies import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule
from netsim.policy.reachability import Reachability

PROGRAM = Path(os.environ.get("NETSIM_NCA") or Path(__file__).resolve().parents[2] / ".cache/nca/bin/nca")
PODS, POLICIES, NAMESPACES, SEEDS = 40, 25, 4, range(4)
PORTS = [(Protocol.TCP, p) for p in (1, 80, 443, 5432, 8000, 8001, 8002, 8050, 8100, 8101, 9090)]
PORTS += [(Protocol.UDP, 53), (Protocol.SCTP, 7)]
ROW = re.compile(r"(?P<source>\S+/\S+) => (?P<to>\S+/\S+) : (?P<what>.*)")
ADDRESSES = re.compile(r"^[\d.]+(-|/)\d|=> [\d.]+(-|/)\d")
OUTSIDE = IPBlock(ip_network("203.0.113.0/24"))

pytestmark = pytest.mark.skipif(not PROGRAM.is_file(), reason=f"{PROGRAM} is not there: no second opinion")


def nca(cluster: Cluster, folder: Path) -> dict[tuple[str, str, Protocol, int], bool]:
    """What NCA says of every pair of different Pods on each of the ports."""
    (folder / "cluster.yaml").write_text(manifests(cluster))
    out = folder.parent / "out.txt"
    arguments = [
        "--connectivity",
        "-r",
        str(folder),
        "-o",
        "txt_no_fw_rules",
        "--output_endpoints",
        "pods",
        "-f",
        str(out),
    ]
    subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, timeout=120)
    keys = [f"{pod.namespace}/{pod.name}" for pod in cluster.pods]
    found = {(a, b, *port): False for a in keys for b in keys if a != b for port in PORTS}
    for line in out.read_text().splitlines():
        if row := (None if ADDRESSES.search(line) else ROW.fullmatch(line)):
            for port in PORTS:
                key = (row["source"], row["to"], *port)
                if key in found and includes(row["what"], *port):
                    found[key] = True
    return found


def includes(what: str, protocol: Protocol, port: int) -> bool:
    """Whether a set of connections in NCA's words has a port; anything but the two known forms is an error."""
    if what == "All connections":
        return True
    form = re.fullmatch(r"\{protocols:(?P<protocols>[A-Z,]+)(,dst_ports:(?P<ports>[\d,-]+))?\}", what)
    assert form is not None, f"NCA says {what!r}"
    if protocol.value not in form["protocols"].split(","):
        return False
    spans = [list(map(int, span.split("-"))) for span in (form["ports"] or "1-65535").split(",")]
    return any(span[0] <= port <= span[-1] for span in spans)


def own(cluster: Cluster) -> dict[tuple[str, str, Protocol, int], bool | None]:
    reach = Reachability(cluster)
    keys = [f"{pod.namespace}/{pod.name}" for pod in reach.pods]
    return {
        (a, b, *port): answer
        for port in PORTS
        for a, row in zip(keys, reach.allowed(*port), strict=True)
        for b, answer in zip(keys, row, strict=True)
        if a != b
    }


def with_blocks_outside(cluster: Cluster) -> Cluster:
    def moved(policy: NetworkPolicy) -> NetworkPolicy:
        return replace(policy, ingress=rules(policy.ingress), egress=rules(policy.egress))

    def rules(some: tuple[NetworkPolicyRule, ...]) -> tuple[NetworkPolicyRule, ...]:
        return tuple(replace(rule, peers=tuple(map(peer, rule.peers))) for rule in some)

    def peer(each: NetworkPolicyPeer) -> NetworkPolicyPeer:
        return each if each.ip_block is None else replace(each, ip_block=OUTSIDE)

    return replace(cluster, network_policies=tuple(map(moved, cluster.network_policies)))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_difference_is_a_block_that_means_a_pod(seed: int, tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    cluster = generated(PODS, POLICIES, NAMESPACES, seed)
    theirs, ours, blockless = nca(cluster, tmp_path / "resources"), own(cluster), own(with_blocks_outside(cluster))
    assert len(theirs) == len(ours) == PODS * (PODS - 1) * len(PORTS)
    assert {key for key in theirs if theirs[key] is not blockless[key]} == set()
    assert {key for key in theirs if theirs[key] is not ours[key]} == {k for k in ours if ours[k] is not blockless[k]}
    assert len(set(ours.values())) == 2
