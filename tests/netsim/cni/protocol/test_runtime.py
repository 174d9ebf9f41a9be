"""A runtime, a configuration list, and what goes in and out of its plugins.

n1 ── cni0 10.244.1.1 ─┬─ eth0 of c1
                       └─ eth0 of c2            plugins: bridge (host-local), portmap
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest

from netsim import Network
from netsim.choices import Choices
from netsim.cni.protocol import Attachment, Binaries, CniError, Code, Machine, Runtime, read_configuration_list
from netsim.cni.protocol.configuration import NetworkConfigurationList
from netsim.cni.protocol.plugins import REFERENCE_PLUGINS
from netsim.forwarding import Request, exchange
from netsim.linux.namespace import NetworkNamespace, Socket
from netsim.network import LinkLayer
from netsim.packet import Protocol
from netsim.tools.iptables_save import iptables_save
from netsim.trace import ClientSees

PORTS = {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}
LIST: dict[str, Any] = {
    "cniVersion": "1.1.0",
    "name": "cbr0",
    "plugins": [
        {
            "type": "bridge", "isDefaultGateway": True, "ipMasq": True, "hairpinMode": True,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}]]},
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}  # fmt: skip
STORE = "/var/lib/cni/networks/cbr0"


def configured(**changes: Any) -> NetworkConfigurationList:
    return read_configuration_list("10-net.conflist", json.dumps(LIST | changes))


def attachment(container: str) -> Attachment:
    return Attachment(container, f"/var/run/netns/{container}", capabilities=PORTS)


@pytest.fixture
def runtime() -> Runtime:
    network = Network()
    machine = Machine(network, network.add(NetworkNamespace("n1", node="n1")))
    for container in ("c1", "c2", "c3"):
        machine.make_sandbox(f"/var/run/netns/{container}", container)
    return Runtime(Binaries(machine))


def ran(runtime: Runtime) -> list[tuple[str, str, int]]:
    return [(step.plugin, step.command, step.depth) for step in runtime.binaries.invocations]


def test_add_runs_the_plugins_in_order_and_ipam_inside_the_first(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))

    assert ran(runtime) == [("bridge", "ADD", 0), ("host-local", "ADD", 1), ("portmap", "ADD", 0)]


def test_each_plugin_gets_the_result_of_the_one_before(runtime: Runtime) -> None:
    result = runtime.add(configured(), attachment("c1"))
    bridge, ipam, portmap = runtime.binaries.invocations

    assert "prevResult" not in json.loads(bridge.stdin)
    assert json.loads(portmap.stdin)["prevResult"] == json.loads(bridge.stdout) == result
    assert ipam.stdin == bridge.stdin
    assert json.loads(ipam.stdout)["ips"] == [{"address": "10.244.1.2/24", "gateway": "10.244.1.1"}]


def test_only_a_plugin_with_the_capability_gets_the_runtimes_arguments(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    bridge, _, portmap = runtime.binaries.invocations

    assert "runtimeConfig" not in json.loads(bridge.stdin)
    assert json.loads(portmap.stdin)["runtimeConfig"] == PORTS


def test_the_environment_says_whose_interface_is_wanted(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))

    assert runtime.binaries.invocations[0].environment == {
        "CNI_COMMAND": "ADD", "CNI_CONTAINERID": "c1", "CNI_NETNS": "/var/run/netns/c1", "CNI_IFNAME": "eth0",
        "CNI_PATH": "/opt/cni/bin",
    }  # fmt: skip


def test_what_add_programmed_carries_packets(runtime: Runtime) -> None:
    for container in ("c1", "c2"):
        runtime.add(configured(), attachment(container))
    machine = runtime.binaries.machine
    machine.network.namespaces["c2"].sockets.append(Socket(Protocol.TCP, 80, "web"))
    request = Request("c1", ip_address("10.244.1.3"), 80)

    found = exchange(machine.network, LinkLayer(machine.network), request, Choices())

    assert found.client_sees is ClientSees.CONNECTED


def test_delete_runs_the_plugins_in_reverse_and_leaves_nothing_of_the_container(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    runtime.binaries.invocations.clear()

    runtime.delete(configured(), attachment("c1"))

    machine = runtime.binaries.machine
    assert ran(runtime) == [("portmap", "DEL", 0), ("bridge", "DEL", 0), ("host-local", "DEL", 1)]
    assert list(machine.network.namespaces["c1"].interfaces) == ["lo"]
    assert list(machine.host.interfaces) == ["lo", "cni0"]
    assert f"{STORE}/10.244.1.2" not in machine.files
    assert "CNI-DN-" not in iptables_save(machine.host)
    assert "10.244.1.2" not in iptables_save(machine.host)


def test_delete_succeeds_a_second_time(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    for _ in range(2):
        runtime.delete(configured(), attachment("c1"))

    assert not any(step.failed for step in runtime.binaries.invocations)


def test_delete_gives_plugins_the_cached_result(runtime: Runtime) -> None:
    result = runtime.add(configured(), attachment("c1"))
    runtime.delete(configured(), attachment("c1"))

    assert [json.loads(step.stdin)["prevResult"] for step in runtime.binaries.invocations[3:5]] == [result, result]


def test_a_missing_binary_fails_add_behind_what_ran_already(runtime: Runtime) -> None:
    runtime.binaries.installed = {name: plugin for name, plugin in REFERENCE_PLUGINS.items() if name != "portmap"}

    with pytest.raises(
        CniError, match=r'plugin type="portmap" failed \(add\): failed to find plugin "portmap" in path'
    ):
        runtime.add(configured(), attachment("c1"))

    assert f"{STORE}/10.244.1.2" in runtime.binaries.machine.files, "nobody takes the address back until DEL"


def test_an_empty_range_is_named_in_the_error(runtime: Runtime) -> None:
    machine = runtime.binaries.machine
    for number in range(2, 255):
        machine.files[f"{STORE}/10.244.1.{number}"] = f"old{number}\r\neth0"

    with pytest.raises(CniError) as raised:
        runtime.add(configured(), attachment("c1"))

    assert str(raised.value) == (
        'plugin type="bridge" failed (add): failed to allocate for range 0: '
        "no IP addresses available in range set: 10.244.1.1-10.244.1.254"
    )


def test_check_finds_a_changed_container(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    runtime.check(configured(), attachment("c1"))
    runtime.binaries.machine.delete_link(runtime.binaries.machine.network.namespaces["c1"], "eth0")

    with pytest.raises(CniError, match="eth0 not found"):
        runtime.check(configured(), attachment("c1"))


def test_check_can_be_switched_off(runtime: Runtime) -> None:
    runtime.check(configured(disableCheck=True), attachment("c1"))

    assert ran(runtime) == []


def test_check_needs_a_version_that_has_it(runtime: Runtime) -> None:
    with pytest.raises(CniError, match="does not support CHECK"):
        runtime.check(configured(cniVersion="0.3.1"), attachment("c1"))


def test_garbage_collection_deletes_only_what_the_cache_knows(runtime: Runtime) -> None:
    """Five attachments are cached and nine addresses reserved; three are valid: seven reservations stay."""
    machine = runtime.binaries.machine
    for number in (4, 5):
        machine.make_sandbox(f"/var/run/netns/c{number}", f"c{number}")
    for number in range(1, 6):
        runtime.add(configured(), Attachment(f"c{number}", f"/var/run/netns/c{number}"))
    for number in range(4):
        machine.files[f"{STORE}/10.244.1.{100 + number}"] = f"orphan{number}\r\neth0"

    errors = runtime.collect_garbage(configured(), [("c1", "eth0"), ("c2", "eth0"), ("c3", "eth0")])

    reserved = [path for path, text in machine.files.items() if "\r\n" in text]
    assert (errors, len(reserved), len(runtime.cache)) == ((), 7, 3)
    assert [step[:2] for step in ran(runtime)[-2:]] == [("bridge", "GC"), ("portmap", "GC")]
    assert json.loads(runtime.binaries.invocations[-1].stdin)["cni.dev/valid-attachments"][0] == {
        "containerID": "c1",
        "ifname": "eth0",
    }


def test_garbage_collection_can_be_switched_off(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    runtime.collect_garbage(configured(disableGC=True), [])

    assert len(runtime.cache) == 1


def test_garbage_collection_goes_on_after_an_error(runtime: Runtime) -> None:
    runtime.add(configured(), attachment("c1"))
    runtime.binaries.installed = {"portmap": REFERENCE_PLUGINS["portmap"]}

    errors = runtime.collect_garbage(configured(), [])

    assert [error.message.split(":")[0] for error in errors] == [
        'plugin type="bridge" failed (delete)',
        'plugin type="bridge" failed (gc)',
    ]


def test_status_asks_every_plugin_and_the_ipam_plugin(runtime: Runtime) -> None:
    runtime.status(configured())

    assert ran(runtime) == [("bridge", "STATUS", 0), ("host-local", "STATUS", 1), ("portmap", "STATUS", 0)]


def test_status_is_not_asked_before_the_version_that_has_it(runtime: Runtime) -> None:
    runtime.status(configured(cniVersion="1.0.0"))

    assert ran(runtime) == []


class NotReady:
    """An agent's plugin while its agent is down."""

    def add(self, call: object) -> Any:
        raise CniError("the agent is not ready", Code.TRY_AGAIN_LATER)

    delete = check = add


def test_a_plugins_own_code_reaches_the_runtime(runtime: Runtime) -> None:
    runtime.binaries.installed = dict(REFERENCE_PLUGINS) | {"bridge": NotReady()}

    with pytest.raises(CniError) as raised:
        runtime.add(configured(), attachment("c1"))

    assert raised.value.code == Code.TRY_AGAIN_LATER


def test_versions_are_told_by_each_plugin(runtime: Runtime) -> None:
    assert runtime.versions(configured())["portmap"][-2:] == ["1.0.0", "1.1.0"]


def test_a_failed_invocation_prints_its_error(runtime: Runtime) -> None:
    with pytest.raises(CniError):
        runtime.add(configured(), Attachment("c9", "/var/run/netns/c9"))

    (step,) = runtime.binaries.invocations
    assert step.failed
    assert step.document()["stdout"]["code"] == Code.INTERNAL
