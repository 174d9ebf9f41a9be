"""The four ways of kube-proxy to tell Pod traffic from the rest, as the ClusterNetwork document names them."""

from __future__ import annotations

import pytest

from netsim import InputError, Simulation, load_cluster
from netsim.tools.iptables_save import iptables_save

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.244.1.5]}]
---
apiVersion: netsim.dev/v1
kind: ClusterNetwork
spec: {proxy: {%s}}
"""


def rules_of(proxy: str) -> list[str]:
    """The rules that tell Pod traffic apart, from node1."""
    network = Simulation(load_cluster([("c.yaml", SERVICE % proxy)])).network
    lines = iptables_save(network.namespaces["node1"]).splitlines()
    told = [line for line in lines if line.startswith(("-A KUBE-SVC", "-A KUBE-SVL", "-A KUBE-EXT"))]
    return [line.split(" -p ")[0].split(" -m ")[0] for line in told if " ! -" in line or "pod traffic" in line]


CHAIN, EXTERNAL = "-A KUBE-SVC-LOLE4ISW44XBNF3G", "-A KUBE-EXT-LOLE4ISW44XBNF3G"
DETECTORS = {
    "clusterCIDR: 10.244.0.0/16": ("! -s 10.244.0.0/16 -d 10.96.0.80/32", "-s 10.244.0.0/16"),
    "localDetector: NodeCIDR": ("! -s 10.244.0.0/24 -d 10.96.0.80/32", "-s 10.244.0.0/24"),
    "localDetector: BridgeInterface, bridgeInterface: cni0": ("-d 10.96.0.80/32 ! -i cni0", "-i cni0"),
    "localDetector: InterfaceNamePrefix, interfaceNamePrefix: veth": ("-d 10.96.0.80/32 ! -i veth+", "-i veth+"),
}


@pytest.mark.parametrize(("proxy", "expected"), DETECTORS.items(), ids=DETECTORS)
def test_a_detector_decides_what_is_masqueraded_and_what_is_short_circuited(proxy, expected):
    outside, inside = expected
    assert sorted(rules_of(proxy)) == sorted([f"{CHAIN} {outside}", f"{EXTERNAL} {inside}"])


def test_without_a_detector_nothing_is_told_apart():
    assert rules_of("localDetector: None") == []


def test_masquerade_all_needs_no_detector():
    assert rules_of("masqueradeAll: true") == [f"{EXTERNAL} -s 10.244.0.0/16"]


@pytest.mark.parametrize(
    ("proxy", "message"),
    [
        ("localDetector: BridgeInterface", "spec.proxy.bridgeInterface"),
        ("bridgeInterface: cni0", "spec.proxy.bridgeInterface: is only used with localDetector: BridgeInterface"),
        ("localDetector: InterfaceNamePrefix, interfaceNamePrefix: /x", "not the name of a network device"),
    ],
    ids=["no bridge", "bridge without its detector", "impossible prefix"],
)
def test_a_detector_and_its_interface_belong_together(proxy, message):
    with pytest.raises(InputError, match=message):
        rules_of(proxy)
