"""What people read of policies: reach as text and CSV, explain, the reason of a packet that is refused, and notices."""

from __future__ import annotations

import csv
import io
import json

import pytest

from netsim import NetsimError, Probe, Simulation
from netsim.__main__ import main
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.objects import Protocol
from netsim.policy.explanation import explain
from netsim.policy.reachability import Reachability, reach_question
from netsim.tools.explaintext import explanation_document, explanation_text
from netsim.tools.reachtext import reach_csv, reach_document, reach_text
from tests.netsim.policy.clusters import PLACES, cluster, cluster_policy, explained, from_pod, pod, policy, rule

ONLY_B = policy(name="only-b", podSelector={"matchLabels": {"pod": "a"}}, ingress=[from_pod("b", ports=[{"port": 80}])])
DENY = cluster_policy("quarantine", "Admin", 1, ingress=[rule("Deny", name="keep out")])
PLUGINS = {
    "kube-router": ({"plugin": "flannel"}, "refused"),
    "Calico": ({"plugin": "calico"}, "timeout"),
    "Cilium": ({"plugin": "cilium"}, "timeout"),
}
each_plugin = pytest.mark.parametrize(("cni", "seen"), PLUGINS.values(), ids=PLUGINS.keys())


def test_reach_text_lists_classes_and_then_the_matrix() -> None:
    text = reach_text(Reachability(cluster(ONLY_B)), Protocol.TCP, 80)
    assert text.splitlines() == [
        "TCP 80: 5 Pods in 3 classes that no policy tells apart",
        "",
        "c1   x/a",
        "c2   x/b",
        "c3   y/a, y/b, x/c",
        "",
        "c1   reaches c2 c3; does not reach c1",
        "c2   reaches every class",
        "c3   reaches c2 c3; does not reach c1",
        "",
        "from/to  1  2  3  4  5",
        "x/a      .  .  .  .  .  1",
        "x/b      .  .  .  .  .  2",
        "y/a      X  .  .  .  .  3",
        "y/b      X  .  .  .  .  4",
        "x/c      X  .  .  .  .  5",
        "columns are numbered as the rows are; . allowed, X denied, ? undefined",
    ]


def test_reach_json_and_csv_hold_the_same_answers() -> None:
    reach = Reachability(cluster(pod("x/host", hostNetwork=True, nodeName="n1"), policy(policyTypes=["Ingress"])))
    document = reach_document(reach, Protocol.TCP, 80)
    rows = list(csv.reader(io.StringIO(reach_csv(reach, Protocol.TCP, 80))))
    assert rows[0][1:] == document["pods"] == [*PLACES, "x/host"]
    words = {True: "true", False: "false", None: ""}
    assert [row[1:] for row in rows[1:]] == [[words[answer] for answer in row] for row in document["allowed"]]
    assert {answer for row in document["allowed"] for answer in row} == {True, False, None}


def test_a_port_by_name_is_resolved_by_each_destination() -> None:
    named = cluster(pod("x/b", "10.244.1.11", ports=[{"containerPort": 81, "name": "http"}]), ONLY_B)
    assert list(Reachability(named).allowed(Protocol.TCP, "http"))[2] == [False, True, True, True, True]
    nameless = cluster(pod("x/b", "10.244.1.11", ports=[]))
    assert next(Reachability(nameless).allowed(Protocol.TCP, "http"))[1] is False


QUESTIONS = {
    "no port": (("tcp", ""), "port: missing; give a number or the name of a container port"),
    "port of ICMP": (("icmp", "80"), "port: ICMP has no ports; leave it out"),
    "port out of range": (("tcp", "65536"), "port: 65536 is not between 1 and 65535"),
    "port of too many digits": (("tcp", "9" * 5000), "port: 99999999999999999999… is not between 1 and 65535"),
    "protocol": (("gre", "1"), "protocol: 'gre' is not tcp, udp, sctp or icmp"),
}


@pytest.mark.parametrize(("words", "message"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_question_that_has_no_answer_is_refused(words: tuple[str, str], message: str) -> None:
    with pytest.raises(NetsimError, match=message):
        reach_question(*words)


def test_a_name_that_no_pod_has_is_refused() -> None:
    with pytest.raises(NetsimError, match="no Pod has a port named 'admin' for TCP"):
        list(Reachability(cluster()).allowed(Protocol.TCP, "admin"))


def test_explain_says_what_was_tried_and_why() -> None:
    text = explanation_text(explained(cluster(ONLY_B), "x/c", "x/a", 81))
    assert text.splitlines() == [
        "Pod x/c -> Pod x/a, TCP 81: denied",
        "  ingress: NetworkPolicy x/only-b isolates the Pod for ingress, and no rule allows it",
        "",
        "egress of Pod x/c: allowed: no policy decides, so the connection is allowed",
        "",
        "ingress of Pod x/a: denied: NetworkPolicy x/only-b isolates the Pod for ingress, and no rule allows it",
        "  NetworkPolicy x/only-b selects Pods with pod=a in namespace x",
        "    ingress[0], Accept: does not match",
        "      - Pods with pod=b in namespace x: Pod x/c has pod=c",
        "      - TCP 80 is not TCP 81",
    ]


def test_explain_names_policies_that_select_an_end_but_have_no_say() -> None:
    found = explained(cluster(ONLY_B), "x/a", "x/b")
    assert [each.text for each in found.bystanders] == [
        "NetworkPolicy x/only-b selects Pod x/a, but for ingress to it only"
    ]


def test_a_policy_for_both_directions_has_a_say() -> None:
    both_ways = {**ONLY_B, "spec": {**ONLY_B["spec"], "policyTypes": ["Ingress", "Egress"]}}
    assert explained(cluster(both_ways), "x/a", "x/b").bystanders == ()


def test_explain_document_names_tier_rule_and_decision() -> None:
    document = explanation_document(explained(cluster(DENY), "x/c", "x/a"))
    (found,) = document["ingress"]["policies"]
    assert (found["tier"], found["priority"], found["rules"][0]["name"]) == ("Admin", 1, "keep out")
    assert document["decided_by"] == (
        "ingress: ingress[0] (keep out) of ClusterNetworkPolicy quarantine (Admin tier, priority 1) denies it"
    )
    assert json.loads(json.dumps(document))["allowed"] is False


PARTIES = {
    "a node may reach its own Pods": ("node/n1", "x/a", True),
    "another node may not": ("node/n2", "x/a", False),
    "the world may not": ("external", "x/a", False),
    "an address of a Pod is that Pod": ("10.244.1.11", "x/a", True),
}


@pytest.mark.parametrize(("source", "to", "wanted"), PARTIES.values(), ids=PARTIES.keys())
def test_explain_takes_nodes_and_addresses(source: str, to: str, wanted: bool) -> None:
    assert explained(cluster(ONLY_B), source, to).allowed is wanted


def test_explain_takes_the_first_pod_of_a_deployment() -> None:
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "main"}]}}
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "x"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "d"}}, "template": template},
    }  # fmt: skip
    found = explain(cluster(deployment), "deploy/x/d", "pod/x/a:80")
    assert found.flow.source.pod is not None
    assert found.flow.source.pod.name.startswith("d-")
    with pytest.raises(NetsimError, match="no Deployment x/none"):
        explain(cluster(deployment), "deploy/x/none", "pod/x/a:80")


REFUSED = {
    "destination without a port that it declares": ("pod/x/a", "node/n1", "node n1 declares no TCP port"),
    "unknown name of a port": ("pod/x/a", "pod/x/b:admin", "Pod x/b has no TCP port named 'admin'"),
    "port out of range": ("pod/x/a", "pod/x/b:99999", "port 99999 is not between 1 and 65535"),
    "port of too many digits": ("pod/x/a", f"pod/x/b:{'9' * 5000}", "port 99999999999999999999… is not between"),
    "party of no form": ("pod/x", "pod/x/b", "'pod/x' is not pod/NAMESPACE/NAME"),
}


@pytest.mark.parametrize(("source", "to", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_explain_refuses_what_it_cannot_find(source: str, to: str, message: str) -> None:
    with pytest.raises(NetsimError, match=message):
        explain(cluster(), source, to)


def sent(of: Cluster, port: int = 80) -> tuple[str, str]:
    exchange = Simulation(of).trace(Probe("pod/x/c", "pod/x/a", port))
    return exchange.client_sees.value, exchange.reason


@pytest.mark.parametrize(
    ("cni", "seen"), [*PLUGINS.values(), ({"plugin": "weave"}, "timeout")], ids=[*PLUGINS, "weave-npc"]
)
def test_a_refused_packet_names_the_policies_that_isolate_the_pod(cni: dict[str, str], seen: str) -> None:
    saw, reason = sent(cluster(ONLY_B, cni=cni))
    assert saw == seen
    assert "NetworkPolicy x/only-b" in reason


@each_plugin
def test_a_refused_packet_names_the_rule_that_denies_it(cni: dict[str, str], seen: str) -> None:
    saw, reason = sent(cluster(DENY, cni=cni))
    assert saw == seen
    assert "ingress[0] (keep out) of ClusterNetworkPolicy quarantine (Admin tier, priority 1) denies it" in reason


NOTICES = {
    "flannel enforces nothing": (
        {"cni": {"plugin": "flannel"}, "policyEnforcement": None},
        (
            "1 NetworkPolicy without effect: flannel does not enforce policies; with policyEnforcement: true a policy "
            "controller runs beside it"
        ),
    ),
    "it is switched off": (
        {"cni": {"plugin": "calico"}, "policyEnforcement": False},
        "1 NetworkPolicy without effect: policyEnforcement is false",
    ),
}


@pytest.mark.parametrize(("network", "notice"), NOTICES.values(), ids=NOTICES.keys())
def test_where_policies_take_no_effect_everything_says_so(network: dict[str, object], notice: str) -> None:
    found = cluster(ONLY_B, **network)
    assert sent(found)[0] == "connected"
    assert (Simulation(found).notices, Reachability(found).notices) == ((notice,), (notice,))
    assert explained(found, "x/c", "x/a").notices == (notice,)
    assert list(Reachability(found).allowed(Protocol.TCP, 80))[2][0] is True


def test_weave_says_that_it_does_not_know_cluster_network_policy() -> None:
    notice = "1 ClusterNetworkPolicy without effect: weave enforces NetworkPolicy only"
    found = cluster(DENY, cni={"plugin": "weave"})
    assert (Simulation(found).notices, sent(found)[0]) == ((notice,), "connected")
    assert list(Reachability(found).allowed(Protocol.TCP, 80))[2][0] is True


def test_a_cluster_that_names_no_plugin_enforces_policies_as_k3s_does() -> None:
    assert sent(cluster(ONLY_B, policyEnforcement=None))[0] == "refused"
    assert Simulation(cluster(policyEnforcement=None)).notices == ()


def test_the_commands_answer_on_standard_output(tmp_path, capsys) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [ONLY_B, pod("x/a"), pod("x/c")]}))
    assert main(["reach", str(file), "--port", "http", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["allowed"] == [[True, True], [False, True]]
    assert main(["explain", str(file), "--from", "pod/x/c", "--to", "pod/x/a:http", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["allowed"] is False
    assert main(["trace", str(file), "--from", "pod/x/c", "--to", "pod/x/a:80", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["client_sees"] == "refused"
