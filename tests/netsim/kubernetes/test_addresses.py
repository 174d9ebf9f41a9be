"""Addresses of nodes and Pods: given ones are kept, missing ones are filled in, contradictions are refused."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netsim.errors import InputError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import PodPhase
from tests.netsim.kubernetes.manifests import load, network, node, pod, workload

DUAL_STACK = network("{podCIDR: '10.244.0.0/16,fd00:10:244::/56'}")


def addresses(cluster: Cluster) -> list[str]:
    return [str(each.pod_ips[0]) if each.pod_ips else "" for each in cluster.pods]


def pod_cidrs(cluster: Cluster) -> list[str]:
    return [",".join(map(str, each.pod_cidrs)) for each in cluster.nodes]


def test_without_nodes_there_are_three() -> None:
    cluster = load("")
    assert [(each.name, str(each.addresses[0])) for each in cluster.nodes] == [
        ("node1", "192.168.1.11"),
        ("node2", "192.168.1.12"),
        ("node3", "192.168.1.13"),
    ]


def test_the_three_nodes_stand_in_the_first_subnet_of_the_underlay() -> None:
    subnets = "[{name: a, cidr: 172.20.1.0/24}, {name: b, cidr: 172.20.2.0/24}]"
    cluster = load(network(f"{{underlay: {{subnets: {subnets}}}}}"))
    assert [str(each.addresses[0]) for each in cluster.nodes] == ["172.20.1.11", "172.20.1.12", "172.20.1.13"]


def test_in_a_small_subnet_nodes_follow_the_router() -> None:
    cluster = load(network("{underlay: {cidr: 10.0.0.0/29}}"))
    assert [str(each.addresses[0]) for each in cluster.nodes] == ["10.0.0.2", "10.0.0.3", "10.0.0.4"]


def test_a_subnet_too_small_for_its_nodes_is_refused() -> None:
    nodes = [node(f"n{n}") for n in range(8)]
    with pytest.raises(InputError, match=r"spec\.underlay: 10\.0\.0\.0/29 has no address left for Node n5"):
        load(network("{underlay: {cidr: 10.0.0.0/29}}"), *nodes)


def test_a_node_without_an_address_gets_the_next_that_is_free() -> None:
    cluster = load(node("a"), node("b", "192.168.1.11"), node("c"))
    assert [str(each.addresses[0]) for each in cluster.nodes] == ["192.168.1.12", "192.168.1.11", "192.168.1.13"]


def test_an_address_that_two_nodes_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"status\.addresses: 10\.0\.0\.5 is already the address of Node a"):
        load(node("a", "10.0.0.5"), node("b", "10.0.0.5"))


UNDERLAYS = {
    "one network of 256": (("10.0.12.3", "10.0.12.4"), ["10.0.12.0/24 via 10.0.12.1"]),
    "one larger network": (("172.31.5.4", "172.31.22.8"), ["172.31.0.0/19 via 172.31.0.1"]),
    "far apart": (("10.0.0.4", "192.168.0.4"), ["10.0.0.0/24 via 10.0.0.1", "192.168.0.0/24 via 192.168.0.1"]),
    "a node at the first address": (("10.0.0.1", "10.0.0.2"), ["10.0.0.0/24 via 10.0.0.254"]),
    "addresses of the default": (("192.168.1.7",), ["192.168.1.0/24 via 192.168.1.1"]),
    "the newer family": (("2001:db8::1",), ["2001:db8::/64 via 2001:db8::ffff:ffff:ffff:fffe"]),
}


@pytest.mark.parametrize(("node_addresses", "expected"), UNDERLAYS.values(), ids=UNDERLAYS.keys())
def test_the_underlay_follows_the_nodes_where_no_document_describes_it(
    node_addresses: tuple[str, ...], expected: list[str]
) -> None:
    cluster = load(*(node(f"n{number}", address) for number, address in enumerate(node_addresses)))
    assert [f"{subnet.cidr} via {subnet.gateway}" for subnet in cluster.settings.underlay.subnets] == expected


def test_pods_of_a_dump_without_nodes_name_the_nodes_they_run_on() -> None:
    texts = [pod(f"p{n}", spec=f"nodeName: worker-{n}", status=f"{{hostIP: 10.0.0.{n}}}") for n in (8, 7)]
    assert [(each.name, str(each.addresses[0])) for each in load(*texts).nodes] == [
        ("worker-7", "10.0.0.7"),
        ("worker-8", "10.0.0.8"),
    ]


def test_each_node_gets_a_range_in_order() -> None:
    assert pod_cidrs(load("")) == ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"]


def test_a_given_range_is_kept_and_passed_over() -> None:
    assert pod_cidrs(load(node("a"), node("b", pod_cidr="10.244.0.0/24"), node("c"))) == [
        "10.244.1.0/24",
        "10.244.0.0/24",
        "10.244.2.0/24",
    ]


def test_a_wide_given_range_is_passed_over_as_a_whole() -> None:
    assert pod_cidrs(load(node("a", pod_cidr="10.244.0.0/23"), node("b"))) == ["10.244.0.0/23", "10.244.2.0/24"]


def test_a_node_without_a_range_has_the_one_that_its_pods_are_in() -> None:
    """As in the reference cluster: Pod 10.244.1.5 says that node1 has 10.244.1.0/24."""
    cluster = load(pod("web", spec="nodeName: node1", status="{podIP: 10.244.1.5}"))
    assert pod_cidrs(cluster) == ["10.244.1.0/24", "10.244.0.0/24", "10.244.2.0/24"]


def test_two_nodes_with_pods_in_one_range_are_refused() -> None:
    texts = [pod(f"p{n}", spec=f"nodeName: node{n}", status=f"{{podIP: 10.244.1.{n}0}}") for n in (1, 2)]
    with pytest.raises(InputError, match=r"10\.244\.1\.0/24 of Node node2 overlaps 10\.244\.1\.0/24 of Node node1"):
        load(*texts)


def test_ranges_that_overlap_are_refused() -> None:
    with pytest.raises(InputError, match=r"test\.yaml:3: spec\.podCIDR: 10\.244\.1\.0/24 of Node b overlaps"):
        load(node("a", pod_cidr="10.244.0.0/23"), node("b", pod_cidr="10.244.1.0/24"))


def test_the_pod_range_follows_given_ranges_where_no_document_describes_it() -> None:
    cluster = load(node("a", pod_cidr="10.42.0.0/24"), node("b", pod_cidr="10.42.1.0/24"))
    assert [str(cidr) for cidr in cluster.settings.pod_cidrs] == ["10.42.0.0/16"]


def test_a_dual_stack_cluster_gives_each_node_and_pod_one_of_each_family() -> None:
    cluster = load(DUAL_STACK, pod("web"))
    assert pod_cidrs(cluster)[0] == "10.244.0.0/24,fd00:10:244::/64"
    assert cluster.pods[0].pod_ips == (ip_address("10.244.0.2"), ip_address("fd00:10:244::2"))


def test_pods_get_addresses_from_the_second_on_in_order() -> None:
    cluster = load(node("a"), *(pod(name) for name in "xyz"))
    assert addresses(cluster) == ["10.244.0.2", "10.244.0.3", "10.244.0.4"]


def test_given_addresses_are_kept_and_passed_over() -> None:
    cluster = load(node("a"), pod("x"), pod("y", spec="nodeName: a", status="{podIP: 10.244.0.2}"), pod("z"))
    assert addresses(cluster) == ["10.244.0.3", "10.244.0.2", "10.244.0.4"]


def test_an_address_that_two_pods_have_is_refused() -> None:
    texts = [pod(name, spec="nodeName: node1", status="{podIP: 10.244.0.9}") for name in ("x", "y")]
    with pytest.raises(InputError, match=r"test\.yaml:3: status\.podIP: 10\.244\.0\.9 is already .* Pod default/x"):
        load(*texts)


def test_the_address_of_a_pod_that_has_ended_is_free() -> None:
    ended = pod("x", spec="nodeName: node1", status="{podIP: 10.244.0.2, phase: Succeeded}")
    assert addresses(load(ended, pod("y", spec="nodeName: node1"))) == ["10.244.0.2", "10.244.0.2"]


def test_a_terminating_pod_keeps_its_address() -> None:
    leaving = pod("x", spec="nodeName: node1", metadata="deletionTimestamp: now", status="{podIP: 10.244.0.2}")
    assert addresses(load(leaving, pod("y", spec="nodeName: node1"))) == ["10.244.0.2", "10.244.0.3"]


def test_a_host_network_pod_has_the_address_of_its_node() -> None:
    (found,) = load(pod("web", spec="hostNetwork: true")).pods
    assert (str(found.pod_ips[0]), str(found.host_ip)) == ("192.168.1.11", "192.168.1.11")


def test_plugins_with_an_ipam_of_their_own_may_use_other_addresses() -> None:
    text = pod("web", spec="nodeName: node1", status="{podIP: 10.244.77.9}")
    cluster = load(network("{cni: {plugin: calico}}"), node("node1", pod_cidr="10.244.0.0/24"), text)
    assert addresses(cluster) == ["10.244.77.9"]


def test_a_pod_for_which_no_address_is_left_stays_pending() -> None:
    cluster = load(network("{podCIDR: 10.244.0.0/29}"), node("a"), workload("ReplicaSet", "web", spec="replicas: 6"))
    last = cluster.pods[-1]
    assert addresses(cluster)[:5] == [f"10.244.0.{n}" for n in range(2, 7)]
    assert last.phase is PodPhase.PENDING
    assert last.pending_reason.endswith("no IP addresses available in range set: 10.244.0.1-10.244.0.6")


def test_more_nodes_than_a_cluster_may_have_are_refused() -> None:
    with pytest.raises(InputError, match=r"test\.yaml:401: more than the 200 Nodes that a cluster may have"):
        load(*(node(f"n{n}") for n in range(201)))


def test_a_pod_range_without_room_for_a_gateway_and_a_pod_is_refused() -> None:
    with pytest.raises(InputError, match=r"spec\.podCIDR: 10\.244\.0\.7/32 is too small: host-local needs at least 4"):
        load(node("a", pod_cidr="10.244.0.7/32"))
