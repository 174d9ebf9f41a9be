"""What a probe's destination may be: how names are found before DNS is asked, and what the messages say.

n1  shop/a 10.244.1.2 (listens on 8080; hostAliases: 10.244.2.2 old-b)      n2  shop/b 10.244.2.2, of deploy/shop/b
"""

from __future__ import annotations

import pytest

from netsim import NetsimError, Probe, Simulation
from netsim.loading import load_cluster
from netsim.trace import ClientSees

CLUSTER = """
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: destinations}
spec: {cni: {plugin: flannel, backend: vxlan}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: node1
  hostAliases: [{ip: 10.244.2.2, hostnames: [old-b]}]
  containers: [{name: main, ports: [{containerPort: 8080}]}]
status: {podIP: 10.244.1.2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: b}}
  template:
    metadata: {labels: {app: b}}
    spec: {nodeName: node2, containers: [{name: main, ports: [{containerPort: 80}]}]}
"""


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(load_cluster([("destinations.yaml", CLUSTER)]))


@pytest.mark.parametrize(
    ("source", "destination", "server"),
    [
        ("pod/shop/a", "localhost:8080", "a"),
        ("pod/shop/a", "a:8080", "a"),
        ("pod/shop/a", "deploy/shop/b:80", "b-"),
        ("node/node1", "deploy/shop/b", "b-"),
    ],
    ids=["loopback", "own-name", "first-pod", "first-port"],
)
def test_a_destination_is_found(simulation: Simulation, source: str, destination: str, server: str) -> None:
    found = simulation.trace(Probe(source, destination))
    assert found.client_sees is ClientSees.CONNECTED
    assert found.server is not None
    assert found.server.name.startswith(server)


def test_a_host_alias_is_read_before_dns_is_asked(simulation: Simulation) -> None:
    packet = simulation.trace(Probe("pod/shop/a", "old-b:80")).request.hops[0].packet
    assert str(packet.destination) == "10.244.2.2"


def test_the_loopback_of_a_node_is_its_own(simulation: Simulation) -> None:
    assert simulation.trace(Probe("node/node1", "localhost:8080")).client_sees is ClientSees.REFUSED


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("::1", r"needs a port, such as \[::1\]:80"),
        ("10.244.1.2", r"needs a port, such as 10\.244\.1\.2:80"),
        ("svc/shop/b:http", "with :NUMBER for the port"),
        ("deploy/shop/none:80", "no Deployment shop/none"),
    ],
)
def test_a_message_says_what_to_write_instead(simulation: Simulation, destination: str, words: str) -> None:
    with pytest.raises(NetsimError, match=words):
        simulation.trace(Probe("pod/shop/a", destination))


@pytest.mark.parametrize("source", ["node/node1", "external"])
def test_machines_that_are_no_pods_do_not_ask_cluster_dns(simulation: Simulation, source: str) -> None:
    """A node reads its own /etc/resolv.conf, which knows nothing of the cluster's names."""
    with pytest.raises(NetsimError, match="the name server outside the cluster was asked for kube-dns"):
        simulation.trace(Probe(source, "kube-dns.kube-system.svc.cluster.local:53"))
