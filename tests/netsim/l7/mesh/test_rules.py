"""The rules in a meshed Pod, as ``iptables-save`` prints them, against what istio-init, linkerd-init and istio-cni set.

shop/web-0 on n1, in the mesh that the test says
"""

from __future__ import annotations

import pytest

from netsim.errors import InputError
from netsim.tools.iptables_save import iptables_save
from tests.netsim.harbour import simulate

NAMESPACE = (
    "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}, annotations: {{{notes}}}}}}}"
)


def rules(chain: str, *, labels: str = "", notes: str = "", change: str = "") -> list[str]:
    """The rules of a chain of shop/web-0's table nat."""
    changes = [NAMESPACE.format(labels=labels, notes=notes)] + ([change] if change else [])
    text = iptables_save(simulate(*changes).network.namespaces["shop/web-0"])
    nat = text[text.index("*nat") :]
    prefix = f"-A {chain} "
    return [line.removeprefix(prefix) for line in nat[: nat.index("COMMIT")].splitlines() if line.startswith(prefix)]


ISTIO = {
    "PREROUTING": ["-p tcp -j ISTIO_INBOUND"],
    "OUTPUT": ["-j ISTIO_OUTPUT"],
    "ISTIO_INBOUND": [
        "-p tcp -m tcp --dport 15008 -j RETURN",
        "-p tcp -m multiport --dports 15090,15021,15020 -j RETURN",
        "-p tcp -j ISTIO_IN_REDIRECT",
    ],
    "ISTIO_IN_REDIRECT": ["-p tcp -j REDIRECT --to-ports 15006"],
    "ISTIO_REDIRECT": ["-p tcp -j REDIRECT --to-ports 15001"],
    "ISTIO_OUTPUT": [
        "-s 127.0.0.6/32 -o lo -j RETURN",
        "! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT",
        "-o lo -m owner ! --uid-owner 1337 -j RETURN",
        "-m owner --uid-owner 1337 -j RETURN",
        "! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT",
        "-o lo -m owner ! --gid-owner 1337 -j RETURN",
        "-m owner --gid-owner 1337 -j RETURN",
        "-d 127.0.0.1/32 -j RETURN",
        "-j ISTIO_REDIRECT",
    ],
}


@pytest.mark.parametrize("chain", ISTIO)
def test_istio_init_redirects_as_upstream(chain):
    assert rules(chain, labels="istio-injection: enabled") == ISTIO[chain]


LINKERD = {
    "PROXY_INIT_REDIRECT": [
        (
            "-p tcp -m multiport --dports 4190,4191,4567,4568 -m comment "
            '--comment "proxy-init/ignore-port-4190,4191,4567,4568" -j RETURN'
        ),
        '-p tcp -m comment --comment "proxy-init/redirect-all-incoming-to-proxy-port" -j REDIRECT --to-ports 4143',
    ],
    "PROXY_INIT_OUTPUT": [
        '-m owner --uid-owner 2102 -m comment --comment "proxy-init/ignore-proxy-user-id" -j RETURN',
        '-o lo -m comment --comment "proxy-init/ignore-loopback" -j RETURN',
        '-p tcp -m multiport --dports 4567,4568 -m comment --comment "proxy-init/ignore-port-4567,4568" -j RETURN',
        '-p tcp -m comment --comment "proxy-init/redirect-all-outgoing-to-proxy-port" -j REDIRECT --to-ports 4140',
    ],
}


@pytest.mark.parametrize("chain", LINKERD)
def test_linkerd_init_redirects_as_upstream(chain):
    assert rules(chain, notes="linkerd.io/inject: enabled") == LINKERD[chain]


AMBIENT = {
    "ISTIO_PRERT": [
        "-s 169.254.7.127/32 -p tcp -m tcp -j ACCEPT",
        "! -d 127.0.0.1/32 -p tcp -m tcp ! --dport 15008 -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15006",
    ],
    "ISTIO_OUTPUT": [
        "-d 169.254.7.127/32 -p tcp -m tcp -j ACCEPT",
        "-p tcp -m mark --mark 0x111/0xfff -j ACCEPT",
        "! -d 127.0.0.1/32 -o lo -j ACCEPT",
        "! -d 127.0.0.1/32 -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001",
    ],
}


@pytest.mark.parametrize("chain", AMBIENT)
def test_istio_cni_captures_as_upstream(chain):
    assert rules(chain, labels="istio.io/dataplane-mode: ambient") == AMBIENT[chain]


def test_ambient_marks_connections_of_ztunnel_and_leads_their_answers_back():
    namespace = simulate(NAMESPACE.format(labels="istio.io/dataplane-mode: ambient", notes="")).network.namespaces[
        "shop/web-0"
    ]
    text = iptables_save(namespace)
    assert "-A ISTIO_PRERT -m mark --mark 0x539/0xfff -j CONNMARK --set-xmark 0x111/0xfff" in text
    assert (
        "-A ISTIO_OUTPUT -m connmark --mark 0x111/0xfff -j CONNMARK --restore-mark --nfmask 0xffffffff "
        "--ctmask 0xffffffff"
    ) in text
    assert "from all fwmark 0x111/0xfff lookup 100" in [rule.text() for rule in namespace.routing_rules]
    assert [route.text() for route in namespace.tables["100"]] == ["local default dev lo scope host"]


def web(metadata: str) -> str:
    return (
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: web-0, namespace: shop, {metadata}}}, spec: {{nodeName: n1, "
        "containers: [{name: web, ports: [{containerPort: 8080}]}]}, status: {podIP: 10.244.1.5}}"
    )


def test_annotations_leave_ports_out():
    change = web("annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '9999'}")
    listed = rules("ISTIO_INBOUND", labels="istio-injection: enabled", change=change)
    assert "-p tcp -m multiport --dports 15090,15021,15020,9999 -j RETURN" in listed


def test_an_annotation_that_lists_no_ports_is_refused():
    change = web("annotations: {traffic.sidecar.istio.io/excludeInboundPorts: web}")
    with pytest.raises(InputError, match="'web' is not a port number"):
        rules("ISTIO_INBOUND", labels="istio-injection: enabled", change=change)


INJECTED = [
    ("istio-injection: enabled", "", "labels: {}", "ISTIO_OUTPUT"),
    ("istio-injection: enabled", "", "labels: {sidecar.istio.io/inject: 'false'}", None),
    ("", "", "labels: {sidecar.istio.io/inject: 'true'}", "ISTIO_OUTPUT"),
    ("istio-injection: disabled", "", "labels: {sidecar.istio.io/inject: 'true'}", None),
    ("istio.io/rev: canary", "", "labels: {}", "ISTIO_OUTPUT"),
    ("", "linkerd.io/inject: enabled", "labels: {}", "PROXY_INIT_OUTPUT"),
    ("", "linkerd.io/inject: enabled", "annotations: {linkerd.io/inject: disabled}", None),
    ("", "", "annotations: {linkerd.io/inject: enabled}", "PROXY_INIT_OUTPUT"),
    ("istio.io/dataplane-mode: ambient", "", "labels: {}", "ISTIO_OUTPUT"),
    ("istio.io/dataplane-mode: ambient", "", "labels: {istio.io/dataplane-mode: none}", None),
    ("", "", "labels: {}", None),
]


@pytest.mark.parametrize(("labels", "notes", "metadata", "chain"), INJECTED)
def test_labels_and_annotations_decide_who_is_in_the_mesh(labels, notes, metadata, chain):
    simulation = simulate(NAMESPACE.format(labels=labels, notes=notes), web(metadata))
    tables = list(simulation.network.namespaces["shop/web-0"].netfilter)
    assert (any(chain in table.chains for table in tables) if chain else not tables) is True
