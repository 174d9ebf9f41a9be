"""What the learner chose becomes changes of the scene, and one file that gives the same cluster."""

from __future__ import annotations

import pytest

import netsim
from lessons.content.schema import ContentError
from lessons.playground import cluster as playground_cluster
from lessons.playground.data_planes import DATA_PLANES
from lessons.playground.state import Setup, Side
from lessons.runs.scenarios import Scenario, simulation_of
from tests.lessons.factories import SCENE
from tests.lessons.playgrounds import CONTENT, DENY
from tests.netsim.harbour import SCENE as HARBOUR

WHOLE = CONTENT.model_copy(update={"data_planes": tuple(DATA_PLANES)})
ALLOW = DENY.replace("deny", "allow").replace("policyTypes: [Ingress]", "ingress: [{}]")


def scenario(setup: Setup, manifests: str = SCENE) -> Scenario:
    return playground_cluster.scenario(manifests, WHOLE, Side(CONTENT.start, setup))


def simulation(setup: Setup) -> netsim.Simulation:
    return simulation_of(playground_cluster.request(scenario(setup)))


def test_the_scene_as_it_is_has_no_changes() -> None:
    assert (scenario(Setup()).manifests, scenario(Setup()).changes, scenario(Setup()).faults) == (SCENE, (), ())


@pytest.mark.parametrize("name", DATA_PLANES)
def test_a_data_plane_takes_the_place_of_the_scenes(name: str) -> None:
    settings = simulation(Setup(data_plane=name)).cluster.settings
    cni = DATA_PLANES[name].cni
    assert (settings.cni.plugin, settings.cni.backend) == (cni["plugin"], cni.get("backend", ""))
    assert settings.name == "small"


@pytest.mark.parametrize("name", DATA_PLANES)
def test_a_data_plane_runs_harbour_with_its_two_racks(name: str) -> None:
    asked = scenario(Setup(data_plane=name), HARBOUR.read_text())
    exchange = simulation_of(playground_cluster.request(asked)).trace(
        netsim.Probe("pod/ops/probe", "svc/shop/web:80", seed=1)
    )
    assert exchange.client_sees.value == "connected"


def test_a_proxy_mode_leaves_the_other_settings_of_the_proxy() -> None:
    text = SCENE.replace("{mode: iptables}", "{mode: iptables, masqueradeAll: true}")
    found = playground_cluster.scenario(text, WHOLE, Side(CONTENT.start, Setup(proxy="ipvs")))
    proxy = simulation_of(playground_cluster.request(found)).cluster.settings.proxy
    assert (proxy.mode, proxy.masquerade_all) == ("ipvs", True)


def test_cilium_comes_without_kube_proxy_and_says_so_when_it_is_asked_for() -> None:
    assert simulation(Setup(data_plane="cilium-vxlan")).cluster.settings.proxy.mode == "none"
    with pytest.raises(Exception, match="Cilium replaces kube-proxy"):
        simulation(Setup(data_plane="cilium-vxlan", proxy="ipvs"))


def test_switches_change_objects_and_break_the_cluster() -> None:
    cluster = simulation(Setup(toggles=("typo", "deny"))).cluster
    assert [policy.name for policy in cluster.network_policies] == ["deny"]
    assert simulation(Setup(toggles=("typo",))).trace(CONTENT.start.probe()).client_sees.value == "refused"


def test_edited_policies_take_the_place_of_all_others() -> None:
    cluster = simulation(Setup(toggles=("deny",), policies=ALLOW)).cluster
    assert [policy.name for policy in cluster.network_policies] == ["allow"]
    assert simulation(Setup(toggles=("deny",), policies="")).cluster.network_policies == ()


def test_the_policies_to_edit_are_what_their_authors_wrote() -> None:
    texts = [
        playground_cluster.written_policies(SCENE, WHOLE, setup)
        for setup in (Setup(), Setup(toggles=("deny",)), Setup(toggles=("deny",), policies=ALLOW))
    ]
    assert texts == ["", DENY, ALLOW]


@pytest.mark.parametrize(
    "setup",
    [Setup(), Setup("calico-vxlan", "nftables", ("typo", "deny")), Setup(policies=ALLOW)],
    ids=["scene", "changed", "edited"],
)
def test_the_file_to_take_along_is_the_same_cluster(setup: Setup) -> None:
    whole = netsim.Simulation(netsim.load_cluster([("scene.yaml", playground_cluster.bundle(scenario(setup)))]))
    here = simulation(setup)
    probe = CONTENT.start.probe()
    assert netsim.exchange_document(whole.trace(probe)) == netsim.exchange_document(here.trace(probe))


def test_the_objects_of_a_list_are_objects_of_their_own() -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        f"- apiVersion: v1\n  kind: Namespace\n  metadata: {{name: {name}}}\n" for name in ("a", "b")
    )
    found = playground_cluster.documents(listed)
    assert [each.identity for each in found] == [("", "Namespace", "", "a"), ("", "Namespace", "", "b")]


def test_text_that_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(ContentError, match="line 2"):
        playground_cluster.documents("a: 1\nb: [")


def test_a_policy_of_the_scene_can_be_left_out_and_the_others_stay() -> None:
    text = f"{SCENE}---\n{DENY}---\n{ALLOW}"
    found = simulation_of(playground_cluster.request(scenario(Setup(removed=("app/deny",)), text))).cluster
    assert [policy.name for policy in found.network_policies] == ["allow"]
    assert playground_cluster.policy_names(text) == ("app/deny", "app/allow")


def test_a_switch_may_add_a_policy_whose_namesake_was_left_out() -> None:
    text = f"{SCENE}---\n{DENY}"
    found = scenario(Setup(removed=("app/deny",), toggles=("deny",)), text)
    assert len(simulation_of(playground_cluster.request(found)).cluster.network_policies) == 1


def test_who_edits_the_policies_begins_without_those_that_were_left_out() -> None:
    text = f"{SCENE}---\n{DENY}---\n{ALLOW}"
    written = playground_cluster.written_policies(text, WHOLE, Setup(removed=("app/allow",)))
    assert playground_cluster.policy_names(written) == ("app/deny",)
