"""Addresses under Calico, which has blocks, and Weave, which divides one range: neither looks at spec.podCIDR."""

from __future__ import annotations

import pytest

from netsim.kubernetes.controllers.blocks import block_affinities, first_addresses, shares, tunnel_addresses
from netsim.kubernetes.objects import PodPhase
from tests.netsim.kubernetes.manifests import load, network, node, pod, workload

CALICO = network("{cni: {plugin: calico, backend: vxlan}}")
WITHOUT_TUNNEL = network("{cni: {plugin: calico, backend: none}}")
WEAVE = network("{cni: {plugin: weave}}")


def placed(name: str, where: str, address: str = "") -> str:
    return pod(name, spec=f"nodeName: {where}", status=f"{{podIP: {address}}}" if address else "{}")


def addresses(*texts: str) -> dict[str, str]:
    return {each.name: str(each.pod_ips[0]) for each in load(*texts).pods}


def blocks(*texts: str) -> dict[str, list[str]]:
    cluster = load(*texts)
    found = block_affinities(cluster.nodes, cluster.pods, cluster.settings)
    return {name: [str(block) for block in own] for name, own in found.items()}


def test_nodes_take_blocks_of_the_pool_in_order_and_the_tunnel_takes_the_first_address():
    assert addresses(CALICO, node("a"), node("b"), placed("x", "a"), placed("y", "b"), placed("z", "b")) == {
        "x": "10.244.0.1", "y": "10.244.0.65", "z": "10.244.0.66",
    }  # fmt: skip


def test_without_an_overlay_the_first_address_is_a_pods():
    assert addresses(WITHOUT_TUNNEL, node("a"), placed("x", "a")) == {"x": "10.244.0.0"}


def test_the_nodes_own_ranges_mean_nothing():
    texts = [node("a", pod_cidr="10.99.7.0/24"), placed("x", "a")]
    pool = network("{cni: {plugin: calico, backend: vxlan}, podCIDR: 10.244.0.0/16}")
    assert addresses(pool, *texts) == {"x": "10.244.0.1"}
    assert addresses(WEAVE, *texts) == {"x": "10.32.0.2"}


def test_calicos_pool_is_the_range_that_kubeadm_gave_the_nodes_where_nothing_else_is_written():
    assert addresses(CALICO, node("a", pod_cidr="10.99.7.0/24"), placed("x", "a")) == {"x": "10.99.0.1"}


def test_blocks_are_learned_from_the_addresses_that_pods_have():
    texts = [CALICO, node("a"), node("b"), placed("x", "b", "10.244.0.9"), placed("y", "b", "10.244.5.70")]
    assert blocks(*texts) == {"a": ["10.244.0.64/26"], "b": ["10.244.0.0/26", "10.244.5.64/26"]}


def test_a_block_belongs_to_the_node_that_most_of_its_pods_are_on():
    texts = [placed("x", "a", "10.244.0.9"), placed("y", "b", "10.244.0.10"), placed("z", "b", "10.244.0.11")]
    assert blocks(CALICO, node("a"), node("b"), *texts) == {"a": ["10.244.0.64/26"], "b": ["10.244.0.0/26"]}


def test_a_new_pod_gets_an_address_of_its_nodes_block_that_is_free():
    texts = [node("a"), node("b"), placed("given", "b", "10.244.3.1"), placed("new", "b")]
    assert addresses(CALICO, *texts)["new"] == "10.244.3.2"


def test_a_node_whose_block_is_full_takes_another():
    cluster = load(CALICO, node("a"), workload("ReplicaSet", "web", spec="replicas: 64"))
    assert [str(each.pod_ips[0]) for each in cluster.pods[-2:]] == ["10.244.0.63", "10.244.0.65"]
    found = block_affinities(cluster.nodes, cluster.pods, cluster.settings)
    assert [str(block) for block in found["a"]] == ["10.244.0.0/26", "10.244.0.64/26"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("10.244.0.9", "10.244.0.0"), ("10.244.0.0", "10.244.0.1")],
    ids=["the first of the block", "the next where a Pod has the first"],
)
def test_the_tunnels_address_is_the_lowest_that_no_pod_has(given, expected):
    cluster = load(CALICO, node("a"), placed("x", "a", given))
    found = tunnel_addresses(
        block_affinities(cluster.nodes, cluster.pods, cluster.settings), cluster.pods, cluster.settings
    )
    assert [str(address) for address in found["a"]] == [expected]


def test_no_pod_gets_the_address_of_a_tunnel():
    cluster = load(CALICO, node("a"), node("b"), workload("ReplicaSet", "web", spec="replicas: 150"))
    found = block_affinities(cluster.nodes, cluster.pods, cluster.settings)
    tunnels = {a for own in tunnel_addresses(found, cluster.pods, cluster.settings).values() for a in own}
    given = [address for each in cluster.pods for address in each.pod_ips]
    assert len(tunnels) == 2
    assert not tunnels & set(given)
    assert len(set(given)) == len(given)


def test_pods_wait_where_the_pool_has_no_block_left():
    small = network("{cni: {plugin: calico, backend: vxlan}, podCIDR: 10.244.0.0/26}")
    cluster = load(small, node("a"), workload("ReplicaSet", "web", spec="replicas: 64"))
    assert [each.phase for each in cluster.pods[-2:]] == [PodPhase.RUNNING, PodPhase.PENDING]
    assert cluster.pods[-1].pending_reason == "failed to request IPv4 addresses: no blocks of 10.244.0.0/26 are free"


def test_weaves_peers_share_the_range_in_equal_parts():
    cluster = load(WEAVE, *(node(name) for name in "abc"))
    (pool,) = cluster.settings.pod_cidrs
    assert {name: str(part) for name, part in shares(cluster.nodes, pool).items()} == {
        "a": "10.32.0.0/14", "b": "10.36.0.0/14", "c": "10.40.0.0/14",
    }  # fmt: skip
    bridges = first_addresses(cluster.nodes, cluster.pods, pool)
    assert {name: str(address) for name, address in bridges.items()} == {
        "a": "10.32.0.1", "b": "10.36.0.0", "c": "10.40.0.0",
    }  # fmt: skip


def test_weaves_pods_follow_the_bridge():
    assert addresses(WEAVE, node("a"), node("b"), placed("x", "a"), placed("y", "b"), placed("z", "b")) == {
        "x": "10.32.0.2", "y": "10.40.0.1", "z": "10.40.0.2",
    }  # fmt: skip


def test_weave_keeps_given_addresses_wherever_they_are():
    texts = [node("a"), node("b"), placed("x", "a", "10.40.0.9"), placed("y", "b", "10.32.0.1")]
    assert addresses(WEAVE, *texts) == {"x": "10.40.0.9", "y": "10.32.0.1"}
