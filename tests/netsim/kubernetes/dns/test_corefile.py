"""What a Corefile decides, and what is said about one that cannot be read."""

from __future__ import annotations

import pytest

from netsim import InputError
from netsim.kubernetes.dns.corefile import corefile_of
from tests.netsim.kubernetes.dns.cluster_zone import answer, cluster, corefile, data

WEB = "web.shop.svc.cluster.local"
REWRITTEN = """.:53 {
    errors
    rewrite name shop.example.com web.shop.svc.cluster.local
    hosts {
        10.0.0.5 old.example.com
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa {
        pods insecure
        fallthrough in-addr.arpa
    }
    forward . /etc/resolv.conf
}
"""
CLOSED = """.:53 {
    hosts {
        10.0.0.5 old.example.com
    }
    kubernetes cluster.local
    forward . 192.0.2.1
}
"""
SPLIT = """cluster.local:53 {
    kubernetes cluster.local
}
example.com:53 {
    forward . 192.0.2.1
}
"""


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        pytest.param(REWRITTEN, "shop.example.com", "10.96.41.80", id="a rewritten name"),
        pytest.param(REWRITTEN, "old.example.com", "10.0.0.5", id="an entry of hosts"),
        pytest.param(REWRITTEN, "new.example.com", "203.0.113.50", id="hosts lets others through"),
        pytest.param(CLOSED, "new.example.com", "SERVFAIL", id="hosts without fallthrough answers for all"),
        pytest.param(SPLIT, WEB, "10.96.41.80", id="the server of the zone"),
        pytest.param(SPLIT, "www.example.com", "203.0.113.50", id="the other server"),
        pytest.param(SPLIT, "example.org", "REFUSED", id="no server for the name"),
        pytest.param(".:53 {\n kubernetes cluster.local\n}", "example.com", "SERVFAIL", id="nowhere to forward to"),
        pytest.param(
            ".:53 {\n kubernetes cluster.local\n forward . 192.0.2.1 {\n except example.com\n }\n}", "a.example.com",
            "SERVFAIL", id="a zone that is not forwarded",
        ),
        pytest.param(".:53 {\n kubernetes other.local\n forward . 192.0.2.1\n}", WEB, "NXDOMAIN", id="another zone"),
    ],
)  # fmt: skip
def test_the_plugins_decide(text, name, expected):
    assert data(answer(cluster(corefile(text)), name, "A")) == [expected]


def test_a_rewritten_answer_has_the_name_that_was_asked_for():
    response = answer(cluster(corefile(REWRITTEN)), "shop.example.com", "A")
    assert response.answers[0].name == "shop.example.com"


@pytest.mark.parametrize(
    ("text", "name", "type", "expected"),
    [
        pytest.param(CLOSED, "5.0.0.10.in-addr.arpa", "PTR", "old.example.com", id="a known address"),
        pytest.param(CLOSED, "9.9.9.9.in-addr.arpa", "PTR", "NXDOMAIN", id="an unknown one is forwarded"),
        pytest.param(
            CLOSED.replace("hosts {", "hosts example.com {"), "5.0.0.10.in-addr.arpa", "PTR", "old.example.com",
            id="an address is in no zone of hosts",
        ),
    ],
)  # fmt: skip
def test_hosts_answers_for_addresses_that_it_has_and_lets_all_others_through(text, name, type, expected):
    assert data(answer(cluster(corefile(text)), name, type)) == [expected]


def test_a_reverse_name_that_the_cluster_does_not_have_falls_through():
    assert data(answer(cluster(corefile(REWRITTEN)), "9.9.9.9.in-addr.arpa", "PTR")) == ["NXDOMAIN"]


def test_plugins_that_are_not_simulated_are_listed():
    text = ".:53 {\n template IN A example.com\n rewrite name regex a b\n cache 30\n import custom/*.override\n}\n"
    servers = corefile_of(cluster(corefile(text + "import custom/*.server"))).servers
    assert servers[0].unsupported == ("template IN A example.com", "rewrite name regex a b", "import custom/*.override")


def test_snippets_are_no_servers():
    assert len(corefile_of(cluster(corefile("(common) {\n errors\n}\n.:53 {\n import common\n}"))).servers) == 1


def test_without_a_config_map_the_corefile_is_that_of_kubeadm():
    server = corefile_of(cluster()).servers[0]
    assert server.kubernetes is not None
    assert (server.kubernetes.zones[0], server.forwards[0].to, server.detects_loops) == ("cluster.local", None, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(".:53 {\n kubernetes cluster.local {\n  pods maybe\n }\n}", "line 2", id="an option"),
        pytest.param(".:53 {\n forward .\n}", "needs at least one server", id="forward to nobody"),
        pytest.param(".:53 {\n forward . not-an-address\n}", "is not an IP address", id="forward to a name"),
        pytest.param(".:53 {\n hosts {\n  10.0.0.300 a\n }\n}", "is not an IP address", id="a bad address"),
        pytest.param("{\n errors\n}", "names no zone", id="a block without a zone"),
        pytest.param(".:53 {\n errors\n", "not closed", id="an open block"),
        pytest.param("}\n", "closes a block that is not open", id="a stray brace"),
    ],
)
def test_a_corefile_that_cannot_be_read_is_an_error_with_its_place(text, message):
    with pytest.raises(InputError, match=r"data\.Corefile: .*") as raised:
        corefile_of(cluster(corefile(text)))
    assert message in str(raised.value)
