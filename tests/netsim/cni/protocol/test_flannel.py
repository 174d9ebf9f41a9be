"""The flannel plugin: what kube-flannel's configuration list really runs.

flanneld ── /run/flannel/subnet.env ── flannel ── bridge ── host-local        then portmap
"""

from __future__ import annotations

import json

import pytest

from netsim import Network
from netsim.cni.protocol import Attachment, Binaries, CniError, Machine, Runtime, read_configuration_list
from netsim.linux.namespace import NetworkNamespace

KUBE_FLANNEL = """
{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
"""
SUBNET_ENV = """FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.1.1/24
FLANNEL_MTU=1450
FLANNEL_IPMASQ=true
"""
SECOND_FAMILY = """FLANNEL_IPV6_NETWORK=fd00:244::/56
FLANNEL_IPV6_SUBNET=fd00:244:0:1::1/64
"""
C1 = Attachment("c1", "/var/run/netns/c1")


def runtime(*lines: str) -> Runtime:
    network = Network()
    machine = Machine(network, network.add(NetworkNamespace("n1", node="n1")))
    machine.make_sandbox(C1.netns, "c1")
    if lines:
        machine.files["/run/flannel/subnet.env"] = "".join(lines)
    return Runtime(Binaries(machine))


def test_flannel_writes_the_bridges_configuration() -> None:
    found = runtime(SUBNET_ENV)
    found.add(read_configuration_list("10-flannel.conflist", KUBE_FLANNEL), C1)

    ran = [(step.plugin, step.depth) for step in found.binaries.invocations]
    assert ran == [("flannel", 0), ("bridge", 1), ("host-local", 2), ("portmap", 0)]
    assert json.loads(found.binaries.invocations[1].stdin) == {
        "name": "cbr0", "cniVersion": "0.3.1", "type": "bridge", "mtu": 1450, "ipMasq": False, "hairpinMode": True,
        "isDefaultGateway": True, "isGateway": True,
        "ipam": {
            "type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}]], "routes": [{"dst": "10.244.0.0/16"}],
        },
    }  # fmt: skip


def test_the_container_has_what_a_flannel_pod_has() -> None:
    found = runtime(SUBNET_ENV)
    found.add(read_configuration_list("10-flannel.conflist", KUBE_FLANNEL), C1)
    container = found.binaries.machine.sandboxes[C1.netns]

    assert [route.text() for route in container.routes] == [
        "default via 10.244.1.1 dev eth0",
        "10.244.0.0/16 via 10.244.1.1 dev eth0",
        "10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.2",
    ]
    assert container.interfaces["eth0"].mtu == 1450


def test_two_families_give_two_addresses() -> None:
    found = runtime(SUBNET_ENV, SECOND_FAMILY)
    result = found.add(read_configuration_list("10-flannel.conflist", KUBE_FLANNEL), C1)

    assert [each["address"] for each in result["ips"]] == ["10.244.1.2/24", "fd00:244:0:1::2/64"]


def test_delete_uses_what_add_kept_and_succeeds_twice() -> None:
    found = runtime(SUBNET_ENV)
    network = read_configuration_list("10-flannel.conflist", KUBE_FLANNEL)
    found.add(network, C1)
    del found.binaries.machine.files["/run/flannel/subnet.env"]
    found.delete(network, C1)
    found.delete(network, C1)

    assert not any("10.244.1.2" in path or path.endswith("/c1") for path in found.binaries.machine.files)


@pytest.mark.parametrize(
    ("lines", "delegate", "message"),
    [
        ((), "{}", "loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory"),
        (("FLANNEL_NETWORK=10.244.0.0/16\n",), "{}", "is missing FLANNEL_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ"),
        ((SUBNET_ENV,), '{"name": "x"}', "'delegate' dictionary must not have 'name' field"),
    ],
    ids=["flanneld has not run", "half a file", "a name in delegate"],
)
def test_what_flannel_refuses(lines: tuple[str, ...], delegate: str, message: str) -> None:
    text = KUBE_FLANNEL.replace('{"hairpinMode": true, "isDefaultGateway": true}', delegate)

    with pytest.raises(CniError, match=r'plugin type="flannel" failed \(add\): ') as raised:
        runtime(*lines).add(read_configuration_list("10-flannel.conflist", text), C1)

    assert message in str(raised.value)
