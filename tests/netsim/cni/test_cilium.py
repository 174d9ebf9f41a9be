"""Cilium in Harbour, over VXLAN and with native routing.

    external ── router ──┬── rack a: n1 172.20.1.11 cilium_host 10.244.1.1: ops/probe .1.9, shop/web-0 .1.5
                         │           n2 172.20.1.12 cilium_host 10.244.2.1: shop/web-1 .2.6, shop/db-0 .2.8
                         └── rack b: n3 172.20.2.13 cilium_host 10.244.3.1: shop/api-0 .3.7, shop/db-1 .3.9

Service shop/web is 10.96.41.80:80 and node port 30080, in front of web-0 and web-1.
"""

from __future__ import annotations

import pytest

from netsim import InputError, NetsimError, Probe, Simulation
from netsim.loading import load_cluster
from netsim.render import render
from netsim.tools.iptables_save import iptables_save
from netsim.tools.show import show
from netsim.trace import ClientSees
from tests.netsim.cni.cilium_scene import BACKENDS, WRITTEN, seen, steps, with_cilium
from tests.netsim.harbour import taps, through

SEEN: list[tuple[str, str, str, str, str, int]] = [
    ("vxlan", "pod/ops/probe", "pod/shop/web-0:8080", "web-0", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "pod/shop/web-1:8080", "web-1", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "pod/shop/api-0:9090", "api-0", "10.244.1.9", 63),
    ("vxlan", "pod/ops/probe", "svc/shop/web:80", "web-0", "10.244.1.9", 63),
    ("vxlan", "pod/shop/web-0", "svc/shop/web:80", "web-0", "10.244.1.5", 64),
    ("vxlan", "node/n1", "svc/shop/web:80", "web-1", "10.244.1.1", 63),
    ("vxlan", "node/n1", "pod/shop/web-0:8080", "web-0", "10.244.1.1", 63),
    ("vxlan", "node/n1", "127.0.0.1:30080", "web-1", "10.244.1.1", 63),
    ("vxlan", "pod/ops/probe", "172.20.1.12:30080", "web-0", "10.244.1.9", 63),
    ("vxlan", "external", "172.20.1.11:30080", "web-0", "203.0.113.50", 61),
    ("vxlan", "external", "172.20.1.11:30080", "web-1", "10.244.1.1", 62),
    ("vxlan", "pod/ops/probe", "203.0.113.50:80", "external", "172.20.1.11", 61),
    ("native", "pod/ops/probe", "pod/shop/web-0:8080", "web-0", "10.244.1.9", 63),
    ("native", "pod/ops/probe", "pod/shop/web-1:8080", "web-1", "10.244.1.9", 60),
    ("native", "node/n1", "pod/shop/web-1:8080", "web-1", "172.20.1.11", 62),
    ("native", "external", "172.20.1.11:30080", "web-0", "203.0.113.50", 61),
    ("native", "external", "172.20.1.11:30080", "web-1", "172.20.1.11", 60),
    ("native", "pod/ops/probe", "203.0.113.50:80", "external", "172.20.1.11", 61),
]


@pytest.mark.parametrize(
    ("backend", "source", "destination", "server", "address", "ttl"), SEEN,
    ids=[f"{row[0]}: {row[1]} to {row[2]}, {row[3]}" for row in SEEN],
)  # fmt: skip
def test_what_the_server_sees(
    clusters: dict[str, Simulation], backend: str, source: str, destination: str, server: str, address: str, ttl: int
) -> None:
    found = through(clusters[backend], Probe(source, destination), server)

    assert found.client_sees is ClientSees.CONNECTED
    assert seen(found) == (address, ttl)


def test_pods_of_one_node_meet_at_their_cables(vxlan: Simulation) -> None:
    """No bridge, no route, no rule: from one lxc device to the other."""
    found = vxlan.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080"))

    assert [tap.split()[0] + " " + tap.split()[1][:3] for tap in taps(found.request)] == [
        "ops/probe Non", "ops/probe eth", "n1 lxc", "n1 lxc", "shop/web-0 eth",
    ]  # fmt: skip
    assert steps(found, "rules") == []


def test_the_vni_is_the_senders_identity(vxlan: Simulation) -> None:
    web_1, db_0 = (vxlan.trace(Probe(f"pod/shop/{name}", "pod/shop/web-0:8080")) for name in ("web-1", "db-0"))
    node = vxlan.trace(Probe("node/n2", "pod/shop/web-0:8080"))

    numbers = [steps(found, "encapsulate")[0].split("VNI ")[1].split(")")[0] for found in (web_1, db_0, node)]
    assert int(numbers[0]) >= 256
    assert int(numbers[0]) != int(numbers[1]) >= 256
    assert numbers[2] == "6"


def test_pods_with_the_same_labels_share_an_identity(vxlan: Simulation) -> None:
    to_web_0 = through(vxlan, Probe("pod/shop/web-1", "pod/shop/web-0:8080"), "web-0")
    to_web_1 = through(vxlan, Probe("pod/shop/web-0", "pod/shop/web-1:8080"), "web-1")

    assert steps(to_web_0, "encapsulate")[0].split("(")[1][:8] == steps(to_web_1, "encapsulate")[0].split("(")[1][:8]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pod_cannot_send_with_another_source(harbour_text: str, backend: str) -> None:
    simulation = with_cilium(harbour_text, f"{{plugin: cilium, backend: {backend}}}")
    node = simulation.network.namespaces["n1"]
    program = next(p for (d, _), (p,) in node.programs.on_devices.items() if d.startswith("lxcbf39"))
    program.endpoint = next(e for e in program.maps.endpoints.values() if e.name == "shop/web-0")

    assert "Invalid source ip: 10.244.1.9" in simulation.trace(Probe("pod/ops/probe", "pod/shop/web-1:8080")).reason


@pytest.mark.parametrize(
    ("backend", "routes"),
    [
        (
            "vxlan",
            [
                "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.1.1 dev cilium_host proto kernel scope link",
                "10.244.2.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.3.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
            ],
        ),
        (
            "native",
            [
                "10.244.1.0/24 via 10.244.1.1 dev cilium_host proto kernel src 10.244.1.1",
                "10.244.1.1 dev cilium_host proto kernel scope link",
                "10.244.2.0/24 via 172.20.1.12 dev eth0 proto kernel",
            ],
        ),
    ],
    ids=BACKENDS,
)
def test_routes_of_a_node(clusters: dict[str, Simulation], backend: str, routes: list[str]) -> None:
    table = clusters[backend].network.namespaces["n1"].routes
    assert [route.text() for route in table if str(route.destination).startswith("10.244.")] == routes


def test_a_pod_has_its_address_alone_and_a_gateway_on_the_cable(vxlan: Simulation) -> None:
    pod = vxlan.network.namespaces["ops/probe"]

    assert [route.text() for route in pod.routes] == [
        "default via 10.244.1.1 dev eth0",
        "10.244.1.1 dev eth0 scope link",
    ]
    assert [str(address) for address in pod.interfaces["eth0"].addresses] == ["10.244.1.9/32"]
    assert pod.interfaces["eth0"].mtu == 1450


def test_devices_of_a_node(clusters: dict[str, Simulation]) -> None:
    names = {b: [n for n in clusters[b].network.namespaces["n1"].interfaces if n != "lo"] for b in BACKENDS}

    assert [name for name in names["vxlan"] if not name.startswith("lxc")] == [
        "eth0", "cilium_net", "cilium_host", "cilium_vxlan",
    ]  # fmt: skip
    assert "cilium_vxlan" not in names["native"]
    assert all(len(name) == 15 for name in names["vxlan"] if name.startswith("lxc"))


@pytest.mark.parametrize(
    ("backend", "rules"),
    [
        ("vxlan", ["-s 10.244.1.0/24 ! -d 10.244.1.0/24 ! -o cilium_+", "-m mark --mark 0xa00/0xe00"]),
        (
            "native",
            [
                "-s 10.244.1.0/24 -m set --match-set cilium_node_set_v4 dst",
                "-s 10.244.1.0/24 ! -d 10.244.0.0/16 ! -o cilium_+",
                "-m mark --mark 0xa00/0xe00",
            ],
        ),
    ],
    ids=BACKENDS,
)
def test_masquerade_rules(clusters: dict[str, Simulation], backend: str, rules: list[str]) -> None:
    saved = iptables_save(clusters[backend].network.namespaces["n1"]).splitlines()
    chain = "-A CILIUM_POST_nat "
    assert [r.removeprefix(chain).split(" -m comment")[0] for r in saved if r.startswith(chain)] == rules


def test_a_ttl_that_runs_out_in_a_program_is_not_told(vxlan: Simulation) -> None:
    found = vxlan.trace(Probe("pod/ops/probe", "pod/shop/web-0:8080", ttl=1))

    assert (found.client_sees, found.reason.split(": ")[1]) == (ClientSees.TIMEOUT, "TTL exceeded")


@pytest.mark.parametrize(
    ("size", "sees"), [(1422, ClientSees.CONNECTED), (1423, ClientSees.TOO_BIG)], ids=["fits", "one byte too many"]
)
def test_the_tunnel_takes_fifty_bytes(vxlan: Simulation, size: int, sees: ClientSees) -> None:
    probe = Probe("pod/ops/probe", "pod/shop/web-1", protocol="icmp", size=size, dont_fragment=True)
    assert vxlan.trace(probe).client_sees is sees


ISOLATED = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: own-namespace, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}
"""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("source", "destination", "sees"),
    [
        ("pod/shop/api-0", "pod/shop/db-1:5432", ClientSees.CONNECTED),
        ("pod/ops/probe", "pod/shop/web-0:8080", ClientSees.TIMEOUT),
        ("node/n1", "pod/shop/web-0:8080", ClientSees.CONNECTED),
        ("node/n2", "pod/shop/web-0:8080", ClientSees.TIMEOUT),
        ("external", "172.20.1.11:30080", ClientSees.TIMEOUT),
    ],
    ids=["of the namespace", "of another namespace", "the Pod's own node", "another node", "from outside"],
)
def test_policies_are_enforced_at_the_pods_cable(
    harbour_text: str, backend: str, source: str, destination: str, sees: ClientSees
) -> None:
    simulation = with_cilium(harbour_text, f"{{plugin: cilium, backend: {backend}}}", ISOLATED)
    for found in simulation.branches(Probe(source, destination)):
        assert found.client_sees is sees, found.reason
        assert ("policy denied" in found.reason) is (sees is ClientSees.TIMEOUT)


def test_show_lists_the_programs(vxlan: Simulation) -> None:
    lines = show(vxlan.network.namespaces["n1"], "programs").text.splitlines()

    assert "eth0 tcx/ingress cil_from_netdev" in lines
    assert "cilium_host tcx/egress cil_from_host" in lines
    assert "processes cgroup/connect cil_sock4_connect" in lines


def test_programs_cannot_be_rendered(vxlan: Simulation) -> None:
    with pytest.raises(NetsimError, match="runs eBPF programs"):
        render(vxlan.network)


@pytest.mark.parametrize(
    ("cni", "message"),
    [
        ("{plugin: cilium, options: {mtu: 1}}", r"spec\.cni\.options\.mtu: must be a number from 576"),
        ("{plugin: cilium, backend: geneve}", r"spec\.cni\.backend: "),
        ("{plugin: cilium}\n  podCIDR: 10.244.0.0/16,fd00::/56", "IPv4 podCIDR only"),
    ],
    ids=["an option", "a backend", "IPv6"],
)
def test_what_cilium_cannot_do_is_refused(harbour_text: str, cni: str, message: str) -> None:
    text = harbour_text.replace("\n  podCIDR: 10.244.0.0/16", "") if "podCIDR" in cni else harbour_text
    with pytest.raises(NetsimError, match=message):
        with_cilium(text, cni)


def test_kube_proxy_beside_cilium_is_refused(harbour_text: str) -> None:
    with pytest.raises(InputError, match=r"spec\.proxy\.mode: Cilium replaces kube-proxy"):
        Simulation(load_cluster([("harbour.yaml", harbour_text.replace(WRITTEN, "{plugin: cilium}"))]))
