"""Requests to the machine outside, which has virtual hosts and certificates for its own names only.

ops/probe (n1) ── router ── external 203.0.113.50 = every name under com, net, org, io and dev
                                   ▲
Service shop/pay: ExternalName www.example.com
"""

from __future__ import annotations

import pytest

import netsim
from netsim.requests import CERTIFICATE_MISMATCH, HttpExchange, HttpProbe, send_request
from tests.netsim.harbour import simulate

ALIAS = """
{apiVersion: v1, kind: Service, metadata: {name: outside, namespace: shop},
 spec: {type: ExternalName, externalName: www.example.com}}
"""


@pytest.fixture(scope="module")
def aliased() -> netsim.Simulation:
    return simulate(ALIAS)


def get(simulation: netsim.Simulation, url: str, **more: object) -> HttpExchange:
    return send_request(simulation, HttpProbe("pod/ops/probe", url, **more))


ANSWERS = {
    "its own name": ("http://www.example.com/", {}, 200),
    "its address": ("http://203.0.113.50/", {}, 200),
    "the name of an alias": ("http://outside.shop:80/", {}, 404),
    "an alias and the right Host": ("http://outside.shop:80/", {"headers": (("Host", "www.example.com"),)}, 200),
    "its own name with TLS": ("https://www.example.com/", {}, 200),
    "an alias with TLS and the right server name": (
        "https://outside.shop/", {"server_name": "www.example.com", "headers": (("Host", "www.example.com"),)}, 200,
    ),
    "an alias with TLS that nobody verifies": ("https://outside.shop/", {"insecure": True}, 404),
}  # fmt: skip


@pytest.mark.parametrize(("url", "more", "status"), ANSWERS.values(), ids=ANSWERS.keys())
def test_the_machine_outside_answers_for_its_own_names(aliased, url, more, status):
    assert get(aliased, url, **more).status == status


def test_a_client_refuses_a_certificate_for_another_name(aliased):
    result = get(aliased, "https://outside.shop/")
    assert (result.client_sees, result.status) == (CERTIFICATE_MISMATCH, None)


def test_a_connection_without_http_has_no_virtual_host(aliased):
    assert get(aliased, "tcp://outside.shop:80").client_sees == "connected"


CURL = {
    "curl https://outside.shop/": (
        60,
        "no alternative certificate subject name matches target host name 'outside.shop'",
    ),
    "curl -k https://outside.shop/": (0, "404 Not Found"),
    "curl http://outside.shop/": (0, "404 Not Found"),
}


@pytest.mark.parametrize(("line", "printed"), CURL.items(), ids=CURL.keys())
def test_curl_says_what_is_wrong_with_an_alias(aliased, line, printed):
    output = netsim.Terminal(aliased, "pod/ops/probe").run(line)
    assert output.exit_code == printed[0]
    assert printed[1] in output.text
