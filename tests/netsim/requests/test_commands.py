"""``python -m netsim http`` and ``status``."""

from __future__ import annotations

import json

import pytest

from netsim.__main__ import main
from tests.netsim.harbour import SCENE

EDGE = SCENE.parent / "edge.yaml"


@pytest.fixture
def run(capsys):
    """Run one command in this process: (exit code, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        code = main([word if word != "SCENE" else str(SCENE) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_http_follows_a_request_through_the_edge(run):
    words = ("SCENE", str(EDGE), "--from", "pod/ops/probe", "--to", "http://shop.example/api")
    code, out, _ = run("http", *words, "--connect-to", "svc/edge/nginx", "--header", "X-Test: 1", "--json")
    document = json.loads(out)
    assert (code, document["status"], len(document["legs"])) == (0, 200, 2)
    assert {"name": "X-Test", "value": "1"} in document["seen_by_application"]["headers"]


def test_http_lists_all_branches_as_text(run):
    words = ("SCENE", str(EDGE), "--from", "pod/ops/probe", "--to", "http://shop.example/", "--all-branches")
    _, out, _ = run("http", *words, "--connect-to", "svc/edge/nginx")
    assert out.count("client gets: 200 OK") == 2
    assert "✓ Ingress shop/shop, host shop.example, Prefix /" in out


def test_a_header_without_a_colon_is_refused(run):
    code, _, err = run("http", "SCENE", "--from", "external", "--to", "http://a/", "--header", "broken")
    assert (code, err) == (2, "--header: 'broken' is not NAME: VALUE\n")


def test_status_lists_conditions_and_addresses(run):
    _, out, _ = run("status", "SCENE", str(EDGE))
    assert "Ingress shop/shop  172.20.2.13\n  Served=True (Served)\n" in out
    _, out, _ = run("status", "SCENE", str(EDGE), "--json")
    assert json.loads(out)["statuses"][0]["addresses"] == ["172.20.2.13"]
