"""Which parts a cluster's network can be built of."""

from __future__ import annotations

import pytest

from netsim.build import NoProxy, build_network
from netsim.cni.flannel import FlannelVxlan
from netsim.errors import NetsimError
from netsim.kubernetes.settings import CniPlugin, ProxyMode
from netsim.loading import load_cluster

FLANNEL = "{plugin: flannel, backend: vxlan}"


@pytest.fixture
def few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine with two plugins and two proxy modes."""
    plugins = {(CniPlugin.FLANNEL, backend): FlannelVxlan for backend in ("vxlan", "host-gw")}
    monkeypatch.setattr("netsim.build.CNI_PLUGINS", plugins)
    monkeypatch.setattr("netsim.build.PROXIES", dict.fromkeys((ProxyMode.IPTABLES, ProxyMode.NONE), NoProxy))


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        (FLANNEL, "{plugin: calico, backend: ipip}", "calico ipip .*available: flannel vxlan, flannel host-gw"),
        (FLANNEL, "{plugin: weave}", "weave .*available: flannel vxlan, flannel host-gw"),
        ("{mode: iptables}", "{mode: nftables}", "nftables .*available: iptables, none"),
    ],
    ids=["another plugin", "a plugin without backends", "another proxy mode"],
)
@pytest.mark.usefixtures("few_parts")
def test_what_is_not_available_is_refused_with_what_is(
    harbour_text: str, written: str, instead: str, message: str
) -> None:
    cluster = load_cluster([("harbour.yaml", harbour_text.replace(written, instead))])

    with pytest.raises(NetsimError, match=message):
        build_network(cluster)


def test_without_kube_proxy_services_have_no_rules(harbour_text: str) -> None:
    network = build_network(load_cluster([("harbour.yaml", harbour_text.replace("{mode: iptables}", "{mode: none}"))]))

    chains = network.namespaces["n1"].netfilter.table("nat").chains
    assert [name for name in chains if name.startswith("KUBE-")] == []
