"""What holds for every set of policies: random ones on the cluster of clusters.py, with a Pod on the host network."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Protocol
from netsim.kubernetes.policies import PolicyType
from netsim.policy.compiled import compile_policies
from netsim.policy.evaluation import Flow, Truth, both, evaluate
from netsim.policy.parties import pod_party
from netsim.policy.reachability import Reachability
from tests.netsim.policy.clusters import HTTP, Document, cluster, cluster_policy, pod, policy

NAMES = ("a", "b", "c", "host")
HOST = pod("x/host", hostNetwork=True, nodeName="n2", ports=[{"containerPort": 90, "name": "http"}])
ODD = pod(
    "x/b", "10.244.1.11",
    containers=[{"name": "one", "ports": HTTP}, {"name": "two", "ports": [{"containerPort": 443, "name": "http"}]}],
)  # fmt: skip
PROBES: tuple[tuple[Protocol | None, int], ...] = (
    (Protocol.TCP, 80), (Protocol.TCP, 443), (Protocol.UDP, 80), (Protocol.SCTP, 9), (None, 1),
)  # fmt: skip

selectors = st.one_of(
    st.just({}),
    st.builds(lambda name: {"matchLabels": {"pod": name}}, st.sampled_from(NAMES)),
    st.builds(
        lambda operator, name: {"matchExpressions": [{"key": "pod", "operator": operator, "values": [name]}]},
        st.sampled_from(["In", "NotIn"]), st.sampled_from(NAMES),
    ),
    st.builds(lambda operator: {"matchExpressions": [{"key": "pod", "operator": operator}]},
              st.sampled_from(["Exists", "DoesNotExist"])),
)  # fmt: skip
namespaces = st.sampled_from(
    [{}, {"matchLabels": {"team": "blue"}}, {"matchLabels": {"kubernetes.io/metadata.name": "x"}}]
)
blocks = st.sampled_from([
    {"cidr": "0.0.0.0/0"}, {"cidr": "10.244.1.0/24", "except": ["10.244.1.11/32"]}, {"cidr": "192.168.1.0/24"},
    {"cidr": "::/0"}, {"cidr": "10.244.0.0/16", "except": ["10.244.1.0/28", "10.244.2.11/32"]},
])  # fmt: skip
peers = st.one_of(
    st.builds(lambda pods: {"podSelector": pods}, selectors),
    st.builds(lambda spaces: {"namespaceSelector": spaces}, namespaces),
    st.builds(lambda pods, spaces: {"podSelector": pods, "namespaceSelector": spaces}, selectors, namespaces),
    st.builds(lambda block: {"ipBlock": block}, blocks),
)
ports = st.sampled_from([
    {}, {"port": 80}, {"port": "http"}, {"protocol": "UDP"}, {"port": 79, "endPort": 81},
    {"protocol": "SCTP", "port": 9}, {"port": 443},
])  # fmt: skip


def rules(side: str) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({}, optional={side: st.lists(peers, max_size=2), "ports": st.lists(ports, max_size=2)})


specs = st.fixed_dictionaries(
    {"podSelector": selectors, "namespace": st.sampled_from(["x", "y"])},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": st.lists(rules("from"), max_size=2),
        "egress": st.lists(rules("to"), max_size=2),
    },
)
cluster_peers = st.one_of(
    st.builds(lambda spaces: {"namespaces": spaces}, namespaces),
    st.builds(lambda pods: {"pods": {"podSelector": pods}}, selectors),
)
outside_peers = st.sampled_from([{"networks": ["10.244.1.0/24"]}, {"nodes": {}}, {"networks": ["0.0.0.0/0", "::/0"]}])
protocols = st.sampled_from([
    {"tcp": {"destinationPort": {"number": 80}}}, {"udp": {"destinationPort": {"range": {"start": 1, "end": 99}}}},
])  # fmt: skip


def cluster_rules(side: str, some: st.SearchStrategy[Document]) -> st.SearchStrategy[list[Document]]:
    return st.lists(
        st.fixed_dictionaries(
            {"action": st.sampled_from(["Accept", "Deny", "Pass"]), side: st.lists(some, min_size=1, max_size=2)},
            optional={"protocols": st.lists(protocols, min_size=1, max_size=2)},
        ),
        max_size=3,
    )


cluster_specs = st.fixed_dictionaries({
    "tier": st.sampled_from(["Admin", "Baseline"]), "priority": st.integers(0, 2), "subject": cluster_peers,
    "ingress": cluster_rules("from", cluster_peers), "egress": cluster_rules("to", cluster_peers | outside_peers),
})  # fmt: skip


def policies(some: list[dict[str, Any]]) -> list[Document]:
    return [policy(name=f"p{number}", **spec) for number, spec in enumerate(some)]


def cluster_policies(some: list[dict[str, Any]]) -> list[Document]:
    return [cluster_policy(f"c{number}", **spec) for number, spec in enumerate(some)]


def answers(of: Cluster) -> list[list[list[Truth]]]:
    reach = Reachability(of)
    return [list(reach.allowed(*probe)) for probe in PROBES]


@settings(max_examples=60, deadline=None)
@given(st.lists(specs, max_size=4), st.lists(cluster_specs, max_size=3))
def test_the_matrix_is_what_every_pair_asked_by_itself_says(some: list[Any], of_cluster: list[Any]) -> None:
    found = cluster(HOST, ODD, *policies(some), *cluster_policies(of_cluster))
    compiled, pods = compile_policies(found), [pod_party(each) for each in Reachability(found).pods]
    for (protocol, port), rows in zip(PROBES, answers(found), strict=True):
        for source, row in zip(pods, rows, strict=True):
            for destination, answer in zip(pods, row, strict=True):
                flow = Flow(source, destination, protocol, port if protocol else None)
                wanted = both(*(evaluate(compiled, flow, direction).allowed for direction in PolicyType))
                assert (source.text, destination.text, protocol, port, answer) == (
                    source.text, destination.text, protocol, port, wanted,
                )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(specs, min_size=1, max_size=4), st.sampled_from(["ingress", "egress"]), st.data())
def test_another_rule_never_takes_a_pair_away(some: list[Any], side: str, data: st.DataObject) -> None:
    grown = [dict(spec) for spec in some]
    grown[0]["policyTypes"] = some[0]["policyTypes"] = ["Ingress", "Egress"]
    grown[0][side] = [*some[0].get(side, []), data.draw(rules("from" if side == "ingress" else "to"))]
    for before, after in zip(answers(cluster(*policies(some))), answers(cluster(*policies(grown))), strict=True):
        for row, grown_row in zip(before, after, strict=True):
            assert all(not was or now for was, now in zip(row, grown_row, strict=True))


@settings(max_examples=30, deadline=None)
@given(st.lists(specs, max_size=3), specs)
def test_another_policy_takes_pairs_only_from_pods_that_it_newly_isolates(some: list[Any], more: Any) -> None:
    before, after = cluster(*policies(some)), cluster(*policies([*some, more]))
    newly = {}
    for direction in PolicyType:
        isolated = [
            {each.key for each in found.pods for p in compile_policies(found)[direction] if p.subject.names(each)}
            for found in (before, after)
        ]
        newly[direction] = isolated[1] - isolated[0]
    pods = Reachability(before).pods
    for rows, fewer in zip(answers(before), answers(after), strict=True):
        for i, source in enumerate(pods):
            for j, destination in enumerate(pods):
                if rows[i][j] is True and fewer[i][j] is not True:
                    assert source.key in newly[PolicyType.EGRESS] or destination.key in newly[PolicyType.INGRESS]


@settings(max_examples=30, deadline=None)
@given(st.lists(specs, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_policies_and_rules_means_nothing(some: list[Any], chance: Any) -> None:
    shuffled = policies(some)
    chance.shuffle(shuffled)
    for each in shuffled:
        for side in ("ingress", "egress"):
            if side in each["spec"]:
                each["spec"][side] = chance.sample(each["spec"][side], len(each["spec"][side]))
    assert answers(cluster(*shuffled)) == answers(cluster(*policies(some)))


def test_without_any_policy_everybody_reaches_everybody() -> None:
    assert all(answer is True for rows in answers(cluster(HOST)) for row in rows for answer in row)


def test_pods_that_nothing_tells_apart_are_one_class() -> None:
    assert len(Reachability(cluster()).classes) == 1
    picked = Reachability(cluster(policy(podSelector={"matchLabels": {"pod": "a"}})))
    keys = [{picked.pods[member].key for member in each.members} for each in picked.classes]
    assert keys == [{("x", "a")}, {("x", "b"), ("y", "a"), ("y", "b"), ("x", "c")}]
