"""``python -m netsim dns``: what other tools rely on. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import json

import pytest

from netsim.__main__ import main
from tests.netsim.harbour import SCENE


@pytest.fixture
def dns(capsys):
    """Run the command: (exit code, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        code = main(["dns", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_json_holds_the_promised_keys(dns):
    code, out, _ = dns(str(SCENE), "--from", "pod/ops/probe", "web.shop", "--json")
    document = json.loads(out)
    assert code == 0
    assert [query["name"] for query in document["queries"]] == [
        "web.shop.ops.svc.cluster.local", "web.shop.ops.svc.cluster.local",
        "web.shop.svc.cluster.local", "web.shop.svc.cluster.local",
    ]  # fmt: skip
    assert document["search"] == ["ops.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    assert (document["ndots"], document["rcode"]) == (5, "NOERROR")
    assert [answer["data"] for answer in document["answers"]] == ["10.96.41.80"]


def test_every_query_has_its_trace(dns):
    _, out, _ = dns(str(SCENE), "--from", "pod/ops/probe", "web.shop", "--json")
    for query in json.loads(out)["queries"]:
        assert query["exchange"]["server"]["name"].startswith("coredns-")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("web.shop", "--type", "A"), "NOERROR after 2 queries"),
        (("nosuch",), "NXDOMAIN after 8 queries"),
        (("80.41.96.10.in-addr.arpa.", "--type", "PTR"), "NOERROR after 1 query"),
    ],
)
def test_the_last_line_counts_the_queries(dns, words, line):
    code, out, _ = dns(str(SCENE), "--from", "pod/ops/probe", *words)
    assert (code, out.splitlines()[-1]) == (0, line)


@pytest.mark.parametrize("order", ["files, query, source", "files, source, query"])
def test_the_query_may_stand_before_or_after_the_source(dns, order, tmp_path):
    more = tmp_path / "more.yaml"
    more.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n")
    source = ("--from", "pod/ops/probe")
    words = ("web.shop", *source) if order.startswith("files, query") else (*source, "web.shop")
    assert "NOERROR after 4 queries" in dns(str(SCENE), str(more), *words)[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", "pod/ops/nobody", "web"), "no Pod ops/nobody"),
        (("--from", "somewhere", "web"), "is not pod/NAMESPACE/NAME"),
        (("--from", "pod/ops/probe", "a..b"), "is not a DNS name"),
    ],
)
def test_bad_input_exits_with_2_and_says_why(dns, words, message):
    code, _, err = dns(str(SCENE), *words)
    assert code == 2
    assert message in err
