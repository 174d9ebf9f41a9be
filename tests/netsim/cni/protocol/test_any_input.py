"""No configuration, however wrong, makes the protocol raise anything but its own errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netsim import InputError, Network
from netsim.cni.protocol import Attachment, Binaries, CniError, Machine, Runtime, read_configuration_list
from netsim.linux.namespace import NetworkNamespace

ROUTES = [{"dst": "0.0.0.0/0", "gw": "10.1.0.1"}]
HOST_LOCAL = {
    "type": "host-local", "dataDir": "/x", "subnet": "10.1.0.0/24", "routes": ROUTES,
    "ranges": [[{"subnet": "fd00::/64", "rangeStart": "fd00::5", "rangeEnd": "fd00::9", "gateway": "fd00::1"}]],
}  # fmt: skip
STATIC = {"type": "static", "addresses": [{"address": "10.1.0.2/24", "gateway": "10.1.0.1"}], "dns": {}}
DNS = {"nameservers": ["10.9.9.9"], "search": ["a"], "options": [], "domain": "x"}
LISTS: list[dict[str, Any]] = [
    {"cniVersion": "1.1.0", "name": "net", "disableCheck": False, "plugins": [
        {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "ipMasq": True, "hairpinMode": True, "mtu": 1450,
         "vlan": 0, "forceAddress": False, "dns": DNS, "ipam": HOST_LOCAL},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ]},
    {"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "ptp", "ipMasq": True, "ipam": STATIC}]},
    {"cniVersion": "0.4.0", "name": "net", "plugins": [
        {"type": "flannel", "delegate": {"isDefaultGateway": True, "type": "bridge", "mtu": 1400}, "dataDir": "/d"},
        {"type": "loopback"},
    ]},
]  # fmt: skip
FLANNELD = "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"
PORT = {"hostPort": 1, "containerPort": 2, "protocol": "tcp"}

scalars = st.none() | st.booleans() | st.integers() | st.sampled_from(
    ["", "x", "10.0.0.0/33", "::", "0.0.0.0/0", "fd00::/64", "bridge", "host-local"]
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2)
)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything in a JSON document."""
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def damaged_lists(draw: st.DrawFn) -> str:
    """A good configuration list with one value replaced."""
    document = json.loads(json.dumps(draw(st.sampled_from(LISTS))))
    *way, last = draw(st.sampled_from(list(places(document))))
    inner = document
    for key in way:
        inner = inner[key]
    inner[last] = draw(values)
    return json.dumps(document)


@given(damaged_lists(), st.sampled_from(["", "IP=10.1.0.7", "IP=x"]), st.just([PORT]) | values)
@settings(max_examples=150, deadline=None)
def test_only_its_own_errors_are_raised(text: str, arguments: str, ports: Any) -> None:
    network = Network()
    machine = Machine(network, network.add(NetworkNamespace("n1", node="n1")))
    machine.make_sandbox("/n/c1", "c1")
    machine.files["/run/flannel/subnet.env"] = FLANNELD
    runtime = Runtime(Binaries(machine))
    attachment = Attachment("c1", "/n/c1", arguments=arguments, capabilities={"portMappings": ports})
    try:
        configuration = read_configuration_list("net", text)
    except InputError:
        return
    for act in (runtime.add, runtime.check, runtime.delete):
        with suppress(CniError):
            act(configuration, attachment)
    runtime.collect_garbage(configuration, [])
    for step in runtime.binaries.invocations:
        assert not step.failed or json.loads(step.stdout)["msg"]
