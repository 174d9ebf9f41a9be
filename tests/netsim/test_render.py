"""A network as commands. That the commands build what they should is what tests/kernel shows; here is their text.

left ── eth0 ═════ cable ═════ port ── right/br0
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from netsim import NetsimError, Network
from netsim.linux.interfaces import Bridge, Ipip, Veth, Vxlan
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.linux.netfilter import Accept
from netsim.linux.nftables import Family, Table
from netsim.linux.routing import Route
from netsim.packet import Protocol
from netsim.render import namespace_names, render


@pytest.fixture
def network() -> Network:
    network = Network()
    left = network.add(NetworkNamespace("shop/left", node="n1", pod=("shop", "left")))
    right = network.add(NetworkNamespace("right", node="right"))
    right.add_interface(Bridge(name="br0", mac="02:00:00:00:00:01", addresses=(IPv4Interface("10.0.0.1/24"),)))
    network.connect(
        left,
        Veth(name="eth0", mac="02:00:00:00:00:02", mtu=1450, addresses=(IPv4Interface("10.0.0.2/24"),),
             peer_namespace="right", peer_name="port"),
        right,
        Veth(name="port", mac="02:00:00:00:00:03", mtu=1450, master="br0", hairpin=True,
             peer_namespace="shop/left", peer_name="eth0"),
    )  # fmt: skip
    left.routes.add(Route(destination=IPv4Network("0.0.0.0/0"), gateway=IPv4Address("10.0.0.1"), device="eth0"))
    left.sockets.append(Socket(Protocol.TCP, 8080, "main"))
    right.sysctls["net.ipv4.ip_forward"] = 1
    return network


def _add_tunnel(network: Network) -> None:
    right = network.namespaces["right"]
    right.add_interface(
        Vxlan(name="flannel.1", mac="02:00:00:00:00:04", mtu=1400, vni=1, port=8472,
              local=IPv4Address("10.0.0.1"), underlying="br0")
    )  # fmt: skip
    right.add_fdb("flannel.1", "02:00:00:00:00:05", IPv4Address("10.0.0.2"))
    right.add_neighbour("flannel.1", IPv4Address("10.9.0.0"), "02:00:00:00:00:05")


def _add_ipip(name: str, local: str | None) -> Callable[[Network], None]:
    def add(network: Network) -> None:
        network.namespaces["right"].add_interface(
            Ipip(name=name, mac="", mtu=1480, local=None if local is None else IPv4Address(local))
        )

    return add


def _delete_connected_route(network: Network) -> None:
    network.namespaces["right"].routes.remove(IPv4Network("10.0.0.0/24"))


def _set_down(network: Network) -> None:
    network.namespaces["shop/left"].set_down("eth0")


def _unplug(network: Network) -> None:
    interfaces = network.namespaces["right"].interfaces
    port = interfaces["port"]
    assert isinstance(port, Veth)
    interfaces["port"] = replace(port, master=None)


def _nothing(network: Network) -> None:
    """Leave the network as it is."""


@pytest.mark.parametrize(
    ("change", "file", "line"),
    [
        pytest.param(_nothing, "namespaces.ip", "netns add hop-shop_left", id="a Pod's namespace gets a safe name"),
        pytest.param(
            _nothing,
            "hop-shop_left.ip",
            "link add eth0 address 02:00:00:00:00:02 mtu 1450 type veth peer "
            "port address 02:00:00:00:00:03 mtu 1450 netns hop-right",
            id="a cable is made with both its ends",
        ),
        pytest.param(_nothing, "hop-right.ip", "link set port master br0", id="a port joins its bridge"),
        pytest.param(_nothing, "hop-shop_left.ip", "addr add 10.0.0.2/24 dev eth0", id="addresses"),
        pytest.param(_nothing, "hop-shop_left.ip", "route add default via 10.0.0.1 dev eth0", id="routes"),
        pytest.param(_nothing, "hop-right.bridge", "link set dev port hairpin on", id="hairpin mode"),
        pytest.param(_nothing, "hop-right.sysctl", "net.ipv4.ip_forward = 1", id="sysctls"),
        pytest.param(
            _add_tunnel,
            "hop-right.ip",
            "link add flannel.1 address 02:00:00:00:00:04 mtu 1400 type vxlan id 1 local 10.0.0.1 dev br0 "
            "dstport 8472 nolearning",
            id="a tunnel",
        ),
        pytest.param(
            _add_tunnel,
            "hop-right.bridge",
            "fdb append 02:00:00:00:00:05 dev flannel.1 dst 10.0.0.2 self permanent",
            id="a forwarding entry",
        ),
        pytest.param(
            _add_tunnel,
            "hop-right.ip",
            "neigh replace 10.9.0.0 lladdr 02:00:00:00:00:05 dev flannel.1 nud permanent",
            id="a permanent neighbour",
        ),
        pytest.param(_add_ipip("tunl0", None), "hop-right.ip", "link set tunl0 mtu 1480", id="the kernel's own tunnel"),
        pytest.param(
            _add_ipip("flannel.ipip", "10.0.0.1"),
            "hop-right.ip",
            "link add flannel.ipip mtu 1480 type ipip local 10.0.0.1",
            id="an IP-in-IP tunnel that somebody makes",
        ),
        pytest.param(
            _delete_connected_route,
            "hop-right.ip",
            "route del 10.0.0.0/24 dev br0",
            id="a connected route that is gone",
        ),
    ],
)
def test_the_state_becomes_a_command(network: Network, change: Callable[[Network], None], file: str, line: str) -> None:
    change(network)
    assert line in render(network)[file].splitlines()


@pytest.mark.parametrize(
    ("change", "file", "words"),
    [
        pytest.param(_nothing, "hop-right.ip", "type veth", id="the second end of a cable is not made again"),
        pytest.param(_nothing, "hop-shop_left.ip", "127.0.0.1", id="the kernel gives lo its addresses"),
        pytest.param(_nothing, "hop-shop_left.ip", "route add 10.0.0.0/24", id="the kernel makes connected routes"),
        pytest.param(_set_down, "hop-shop_left.ip", "route", id="a device that is down has no routes"),
        pytest.param(_set_down, "hop-shop_left.ip", "link set eth0 up", id="a device that is down stays down"),
    ],
)
def test_what_the_kernel_does_by_itself_is_left_out(
    network: Network, change: Callable[[Network], None], file: str, words: str
) -> None:
    change(network)
    assert words not in render(network)[file]


def test_hairpin_mode_is_a_flag_of_bridge_ports_only(network: Network) -> None:
    _unplug(network)
    assert "hop-right.bridge" not in render(network)


def test_rules_are_loaded_into_the_namespace_that_has_them(network: Network) -> None:
    network.namespaces["right"].netfilter.table("filter").chain("FORWARD").append(Accept())
    files = render(network)
    assert "-A FORWARD -j ACCEPT" in files["hop-right.rules.v4"]
    assert '"${IPTABLES_RESTORE:-iptables-restore}" < hop-right.rules.v4' in files["build.sh"]
    assert "hop-shop_left.rules.v4" not in files


def test_nftables_tables_are_loaded_behind_those_of_iptables(network: Network) -> None:
    right = network.namespaces["right"]
    right.netfilter.table("filter").chain("INPUT").append(Accept())
    right.nftables.add(Table(Family.IP, "proxy", "ours"))
    files = render(network)

    assert files["hop-right.nft"] == 'table ip proxy {\n\tcomment "ours"\n}\n'
    commands = [line for line in files["build.sh"].splitlines() if "hop-right.rules" in line or ".nft" in line]
    assert [line.rpartition(" ")[2] for line in commands] == ["hop-right.rules.v4", "hop-right.nft"]
    assert "hop-shop_left.nft" not in files


def test_every_file_of_a_namespace_is_loaded_and_no_other(harbour_network: Network) -> None:
    files = render(harbour_network)
    loaded = re.findall(r"\bhop-\S+\.[a-z]\S*", files["build.sh"])

    assert sorted(loaded) == sorted(name for name in files if name.startswith("hop-"))


def test_the_readme_says_who_listens(network: Network) -> None:
    assert "| `hop-shop_left` | Pod shop/left on node n1 | 8080/tcp |" in render(network)["README.md"]


def test_destroy_deletes_every_namespace(network: Network) -> None:
    script = render(network)["destroy.sh"]
    assert all(f"ip netns del {name}" in script for name in namespace_names(network).values())


@pytest.mark.parametrize("name", ["eth0; reboot", "a-name-of-sixteen", "", "-rf", "line\nbreak"])
def test_a_device_that_linux_cannot_have_is_refused(network: Network, name: str) -> None:
    network.namespaces["right"].add_interface(Bridge(name=name, mac="02:00:00:00:00:09"))
    with pytest.raises(NetsimError, match="right: .* cannot be the name of a Linux network device"):
        render(network)


def test_two_namespaces_that_would_share_a_name_are_refused(network: Network) -> None:
    network.add(NetworkNamespace("shop:left"))
    with pytest.raises(NetsimError, match="'hop-shop_left', one of them is 'shop:left'"):
        render(network)


def test_a_cable_into_nothing_is_refused(network: Network) -> None:
    del network.namespaces["right"].interfaces["port"]
    with pytest.raises(NetsimError, match="shop/left/eth0 is plugged into right/port, which does not exist"):
        render(network)


@pytest.mark.parametrize("script", ["build.sh", "destroy.sh"])
def test_the_scripts_are_valid_shell(harbour_network: Network, script: str, tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    (tmp_path / script).write_text(render(harbour_network)[script])
    checked = subprocess.run([shell, "-n", tmp_path / script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_rendering_is_deterministic(harbour_network: Network) -> None:
    assert render(harbour_network) == render(harbour_network)
