"""``python -m netsim``: what other tools rely on. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netsim.__main__ import main
from tests.netsim.harbour import SCENE

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(capsys):
    """Run one command in this process: (exit code, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        code = main([word if word != "SCENE" else str(SCENE) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def trace(run, *words: str) -> dict:
    code, out, _ = run("trace", "SCENE", "--from", "pod/ops/probe", "--to", "svc/shop/web:80", "--json", *words)
    assert code == 0
    return json.loads(out)


def test_trace_json_holds_the_promised_keys(run):
    document = trace(run)
    assert {"verdict", "reason", "client_sees", "probability", "server", "seen_by_server", "request", "reply"} <= set(
        document
    )
    assert set(document["server"]) >= {"kind", "namespace", "name", "node"}
    assert set(document["seen_by_server"]) >= {"source_ip", "source_port", "ttl"}


def test_every_hop_says_where_it_is_and_what_happened(run):
    for hop in trace(run)["request"]["hops"]:
        assert {"node", "netns", "interface", "direction", "packet", "steps"} <= set(hop)
        assert all(step["kind"] and step["text"] for step in hop["steps"])


def test_all_branches_are_listed_with_their_probabilities(run):
    branches = trace(run, "--all-branches")["branches"]
    assert sorted((b["server"]["name"], b["probability"]) for b in branches) == [("web-0", 0.5), ("web-1", 0.5)]


def test_a_lost_packet_is_a_result(run):
    code, out, _ = run("trace", "SCENE", "--from", "pod/ops/probe", "--to", "10.96.200.200:80", "--json")
    assert code == 0
    assert json.loads(out)["server"] is None


def test_the_text_form_tells_the_same(run):
    code, out, _ = run("trace", "SCENE", "--from", "pod/ops/probe", "--to", "web.shop")
    assert code == 0
    assert "client sees: connected" in out


def test_proxy_lists_what_the_rules_can_pick(run):
    code, out, _ = run(
        "proxy", "SCENE", "--node", "n1", "--from", "10.244.1.9", "--to", "10.96.41.80:80", "--json"
    )  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert (answer["verdict"], answer["masquerade"]) == ("DNAT", False)
    assert answer["endpoints"] == [
        {"address": "10.244.1.5:8080", "probability": 0.5},
        {"address": "10.244.2.6:8080", "probability": 0.5},
    ]
    assert any("KUBE-SERVICES" in rule for rule in answer["rules"])


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("routes", "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink"),
        ("links", "vxlan id 1 local 172.20.1.11 dev eth0 dstport 8472 nolearning"),
        ("neighbours", "10.244.2.0 dev flannel.1 lladdr"),
        ("fdb", "dev flannel.1 dst 172.20.1.12 self permanent"),
        ("iptables", "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000"),
        ("ipvs", "IP Virtual Server version 1.2.1"),
        ("sysctl", "net.ipv4.ip_forward = 1"),
    ],
)
def test_show_prints_the_state_as_the_usual_command_does(run, what, words):
    code, out, _ = run("show", "SCENE", "--node", "n1", what)
    assert code == 0
    assert words in out


@pytest.mark.parametrize("what", ["nft", "ipvs", "conntrack"])
def test_show_lists_nothing_where_nothing_is(run, what):
    code, out, _ = run("show", "SCENE", "--node", "n1", what, "--json")
    assert (code, json.loads(out)) == (0, {what: []})


def test_show_as_json_is_a_list(run):
    _, out, _ = run("show", "SCENE", "--pod", "shop/web-0", "routes", "--json")
    assert "default via 10.244.1.1 dev eth0" in json.loads(out)["routes"]


@pytest.fixture
def nftables_scene(tmp_path):
    scene = tmp_path / "scene.yaml"
    scene.write_text(SCENE.read_text().replace("mode: iptables", "mode: nftables"))
    return str(scene)


def test_show_prints_the_nftables_rule_set(run, nftables_scene):
    code, out, _ = run("show", nftables_scene, "--node", "n1", "nft")
    assert code == 0
    assert out.startswith('table ip kube-proxy {\n\tcomment "rules for kube-proxy"\n')
    assert "\t\tip daddr . meta l4proto . th dport vmap @service-ips\n" in out


def test_proxy_answers_in_nftables_mode(run, nftables_scene):
    code, out, _ = run("proxy", nftables_scene, "--node", "n1", "--from", "10.244.1.9", "--to", "10.96.41.80:80")
    lines = out.splitlines()
    assert (code, lines[0]) == (0, "DNAT")
    assert [line.split()[0] for line in lines[1:3]] == ["10.244.1.5:8080", "10.244.2.6:8080"]
    assert any("10.96.41.80 . tcp . 80 : goto service-" in line for line in lines)


def test_a_trace_says_how_many_rules_were_evaluated(run):
    _, out, _ = run("trace", "SCENE", "--from", "pod/ops/probe", "--to", "svc/shop/web:80")
    assert f"rules evaluated for the request: {trace(run)['request']['rules_evaluated']}" in out.splitlines()


def test_render_writes_a_script_that_can_be_run(run, tmp_path):
    code, out, _ = run("render", "SCENE", "-o", str(tmp_path / "lab"))
    assert code == 0
    assert os.access(tmp_path / "lab" / "build.sh", os.X_OK)
    assert str(tmp_path / "lab" / "build.sh") in out


BAD_INPUT = [
    (("trace", "nowhere.yaml", "--from", "node/n1", "--to", "1.2.3.4:5"), "nowhere.yaml: No such file"),
    (("trace", "SCENE", "--from", "pod/ops/prob", "--to", "web.shop"), "did you mean ops/probe"),
    (("trace", "SCENE", "--from", "toaster", "--to", "web.shop"), "source: 'toaster' is not pod/NAMESPACE/NAME"),
    (("trace", "SCENE", "--from", "node/n1", "--to", "1.2.3.4"), "needs a port"),
    (("trace", "SCENE", "--from", "node/n1", "--to", "1.2.3.4:99999"), "not between 1 and 65535"),
    (("trace", "SCENE", "--from", "node/n1", "--to", f"1.2.3.4:{'9' * 5000}"), "port 99999999999999999999… is not"),
    (("proxy", "SCENE", "--node", "n1", "--from", "10.0.0.1", "--to", "10.0.0.2:70000"), "70000 is not between 1 and"),
    (("trace", "SCENE", "--from", "node/n1", "--to", "nope.shop:80"), "NXDOMAIN"),
    (("trace", "SCENE", "--from", "node/n1", "--to", "web.shop", "--protocol", "ipx"), "use tcp, udp, sctp or icmp"),
    (("trace", "SCENE", "--from", "node/n1", "--to", "web.shop", "--ttl", "0"), "ttl: 0 is not between 1 and 255"),
    (("proxy", "SCENE", "--node", "n9", "--from", "10.0.0.1", "--to", "10.0.0.2:80"), "no Node n9"),
    (("proxy", "SCENE", "--node", "n1", "--from", "10.0.0.1", "--to", "10.0.0.2"), "--from, --to or --protocol"),
    (("show", "SCENE", "--pod", "web-0", "routes"), "is not NAMESPACE/NAME"),
]


@pytest.mark.parametrize(("words", "says"), BAD_INPUT, ids=[says for _, says in BAD_INPUT])
def test_bad_input_exits_with_2_and_says_what_is_wrong(run, words, says):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err


def test_an_error_in_a_manifest_names_file_line_and_key(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec:\n  ports:\n  - port: 70000\n")
    code, _, err = run("trace", str(bad), "--from", "node/node1", "--to", "1.2.3.4:5")
    assert code == 2
    assert err.startswith(f"{bad}:6: spec.ports[0].port: ")


def test_standard_input_is_a_file_too(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(SCENE.read_text()))
    code, _, _ = run("trace", "-", "--from", "pod/ops/probe", "--to", "web.shop")
    assert code == 0


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_engine_says_the_same_in_every_process(hash_seed, run):
    words = ["trace", str(SCENE), "--from", "external", "--to", "node/n3:30080", "--json"]
    fresh = subprocess.run(
        [sys.executable, "-m", "netsim", *words], cwd=PROJECT, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert fresh.stdout == run(*words)[1]
