"""What Weave leaves behind: one Ethernet for all Pods, 10.32.0.0/12, divided among the nodes.

n1 192.168.1.11: weave 10.32.0.1 ── client 10.32.0.2, near .0.3        n2 192.168.1.12: weave 10.40.0.0 ── far .0.1
"""

from __future__ import annotations

import re

import pytest

from netsim import Network, Probe, Simulation, load_cluster
from netsim.errors import InputError, NetsimError
from netsim.linux.interfaces import CapturedVeth, Datapath, DatapathVxlan
from netsim.packet import Vxlan
from netsim.render import render
from netsim.tools.iptables_save import iptables_save
from netsim.tools.show import show
from tests.kernel.scenario import CLUSTERS

SPARED = "Prevent SNAT to locally running containers"


def text_with(cni: str) -> str:
    text = (CLUSTERS / "one-rack.yaml").read_text(encoding="utf-8")
    text = text.replace("{plugin: flannel, backend: vxlan}", f"{{plugin: weave, {cni}}}")
    return re.sub(r", podIP: [0-9.]+|  podCIDR: 10.244.0.0/16\n", "", text)


def simulate(cni: str = "backend: fastdp") -> Simulation:
    return Simulation(load_cluster([("one-rack.yaml", text_with(cni))]))


def routes(network: Network, namespace: str) -> list[str]:
    return [route.text() for route in network.namespaces[namespace].routes]


def test_each_node_gives_addresses_from_its_part_of_the_range():
    simulation = simulate()
    addresses = {pod.name: str(pod.pod_ips[0]) for pod in simulation.cluster.pods}
    bridges = {node: str(simulation.network.namespaces[node].interfaces["weave"].addresses[0]) for node in ("n1", "n2")}
    assert addresses == {"client": "10.32.0.2", "near": "10.32.0.3", "far": "10.40.0.1"}
    assert bridges == {"n1": "10.32.0.1/12", "n2": "10.40.0.0/12"}


def test_every_pod_is_on_one_link_and_its_nodes_bridge_leads_out_of_it():
    assert routes(simulate().network, "shop/far") == [
        "default via 10.40.0.0 dev eth0",
        "10.32.0.0/12 dev eth0 proto kernel scope link src 10.40.0.1",
    ]


def test_fastdp_joins_the_bridge_to_a_datapath_with_a_vxlan_port():
    interfaces = simulate().network.namespaces["n1"].interfaces
    assert isinstance(interfaces["datapath"], Datapath)
    assert {name: interfaces[name].master for name in ("vethwe-bridge", "vethwe-datapath", "vxlan-6784")} == {
        "vethwe-bridge": "weave", "vethwe-datapath": "datapath", "vxlan-6784": "datapath",
    }  # fmt: skip
    port = interfaces["vxlan-6784"]
    assert isinstance(port, DatapathVxlan)
    assert [(peer.namespace, str(peer.remote)) for peer in port.peers] == [("n2", "192.168.1.12")]


def test_sleeve_has_a_captured_cable_instead():
    interfaces = simulate("backend: sleeve").network.namespaces["n1"].interfaces
    assert isinstance(interfaces["vethwe-pcap"], CapturedVeth)
    assert not {"datapath", "vxlan-6784"} & set(interfaces)


def test_the_tunnels_number_is_made_of_both_peers():
    simulation = simulate()
    found = simulation.trace(Probe("pod/shop/client", "pod/shop/far:8080"))
    assert found.reply is not None
    numbers = [
        next(h.packet.transport.vni for h in trace.hops if isinstance(h.packet.transport, Vxlan))
        for trace in (found.request, found.reply)
    ]
    assert numbers == [1 | 2 << 12, 2 | 1 << 12]


@pytest.mark.parametrize("cni", ["backend: fastdp", "backend: sleeve"])
def test_no_packet_between_pods_is_routed(cni):
    simulation = simulate(cni)
    for destination in ("pod/shop/far:8080", "svc/shop/far:80"):
        found = simulation.trace(Probe("pod/shop/client", destination))
        assert found.seen_by_server is not None
        assert (str(found.seen_by_server.source), found.seen_by_server.ttl) == ("10.32.0.2", 64)


def test_sleeve_takes_the_frames_own_word_about_fragments():
    simulation = simulate("backend: sleeve")
    for size, forbidden in ((56, True), (2000, False)):
        probe = Probe("pod/shop/client", "pod/shop/far", protocol="icmp", size=size)
        found = simulation.trace(probe)
        outer = next(hop.packet for hop in found.request.hops if hop.namespace == "underlay")
        assert (str(found.client_sees), outer.dont_fragment) == ("connected", forbidden)


def test_the_chain_weave_spares_what_is_for_the_nodes_own_pods():
    node = simulate().network.namespaces["n1"]
    assert [line for line in iptables_save(node).splitlines() if line.startswith("-A WEAVE ")] == [
        f'-A WEAVE -m set --match-set weaver-no-masq-local dst -m comment --comment "{SPARED}" -j RETURN',
        "-A WEAVE -s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN",
        "-A WEAVE ! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE",
        "-A WEAVE -s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE",
    ]
    assert [entry.text for entry in node.ipsets["weaver-no-masq-local"]] == ["10.32.0.0/13"]


@pytest.mark.parametrize(
    ("cni", "source"),
    [("backend: fastdp", "203.0.113.50"), ("backend: fastdp, options: {noMasqLocal: false}", "10.32.0.1")],
    ids=["kept", "without no-masq-local"],
)
def test_policy_local_keeps_the_clients_address_only_with_no_masq_local(cni, source):
    found = simulate(cni).trace(Probe("external", "192.168.1.11:30083"))
    assert found.seen_by_server is not None
    assert str(found.seen_by_server.source) == source


def test_forward_lets_pods_pass_ahead_of_kube_proxy():
    lines = iptables_save(simulate().network.namespaces["n1"]).splitlines()
    forward = [line for line in lines if line.startswith("-A FORWARD")]
    assert forward[:4] == [
        "-A FORWARD -i weave -o weave -j ACCEPT",
        "-A FORWARD -o weave -j WEAVE-EXPOSE",
        "-A FORWARD -i weave ! -o weave -j ACCEPT",
        "-A FORWARD -o weave -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ]


def test_an_address_that_no_pod_has_is_asked_for_on_all_nodes_in_vain():
    simulation = simulate()
    found = simulation.trace(Probe("pod/shop/client", "10.40.0.99:80"))
    assert (found.client_sees, found.request.disposition) == ("unreachable", "NEIGHBOR_UNREACHABLE")


def test_a_peer_without_its_datapath_is_not_heard_of():
    simulation = simulate()
    simulation.network.namespaces["n2"].set_down("vxlan-6784")
    assert simulation.trace(Probe("pod/shop/client", "pod/shop/far:8080")).client_sees == "unreachable"


def test_a_packet_between_two_nodes_plans_no_third():
    text = text_with("backend: fastdp") + (
        "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n3}\n"
        "status: {addresses: [{type: InternalIP, address: 192.168.1.13}]}\n"
    )
    simulation = Simulation(load_cluster([("x.yaml", text)]))
    assert simulation.trace(Probe("pod/shop/client", "pod/shop/far:8080")).client_sees == "connected"
    assert not simulation.network.namespaces.is_planned("n3")


def test_show_says_what_the_devices_are():
    assert "openvswitch" in show(simulate().network.namespaces["n1"], "links").text
    assert "UDP port 6783" in show(simulate("backend: sleeve").network.namespaces["n1"], "links").text


@pytest.mark.parametrize("cni", ["backend: fastdp", "backend: sleeve"])
def test_a_datapath_that_a_program_has_to_feed_is_not_rendered(cni):
    with pytest.raises(NetsimError, match="cannot be rendered: Weave's router"):
        render(simulate(cni).network)


def test_a_pod_outside_the_range_is_refused():
    text = text_with("backend: fastdp").replace("status: {phase: Running}", "status: {podIP: 10.99.0.1}", 1)
    text = text.replace("  serviceCIDR", "  podCIDR: 10.32.0.0/12\n  serviceCIDR")
    with pytest.raises(InputError, match=r"status\.podIP: 10\.99\.0\.1 is outside 10\.32\.0\.0/12"):
        Simulation(load_cluster([("x.yaml", text)]))


def test_the_mtu_can_be_chosen():
    network = simulate("backend: fastdp, options: {mtu: 1410}").network
    assert network.namespaces["shop/far"].interfaces["eth0"].mtu == 1410


def test_rules_see_a_frame_on_the_bridge_and_not_in_the_datapath():
    hops = simulate().trace(Probe("pod/shop/client", "pod/shop/far:8080")).request.hops
    kinds = {(hop.namespace, hop.interface): {step.kind for step in hop.steps} for hop in hops}
    assert "conntrack" in kinds["n2", "vethwe-bridge"]
    assert kinds["n1", "vethwe-datapath"] == kinds["n2", "vxlan-6784"] == {"bridge"}
