"""The questions that the engine's resolver asks are glibc's, name by name, over the same protocol.

The name server that glibc talks to answers what the engine's servers answered; where none listens or none answers in
the engine, none does here.
"""

from __future__ import annotations

import pytest

import netsim
from tests.kernel import glibc_resolver
from tests.netsim.harbour import simulate
from tests.netsim.kubernetes.dns.cluster_zone import corefile
from tests.netsim.test_resolver import NO_DNS_ENDPOINTS, SILENT, headless

pytestmark = pytest.mark.kernel

POD = """
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops}
spec: {nodeName: n1, containers: [{name: c}], dnsConfig: {options: [%s]}}
status: {podIP: 10.244.1.9}
"""
NO_FORWARD = corefile(".:53 {\n kubernetes cluster.local\n}")
IMPATIENT = SILENT.replace(
    "nameservers: [10.244.3.7, 203.0.113.50]",
    'nameservers: [10.244.3.7], searches: [a.example, b.example], options: [{name: ndots, value: "3"}, '
    '{name: timeout, value: "1"}, {name: attempts, value: "1"}]',
)

TOO_LONG = "an answer that is too long"
CASES = {
    "a Service of another namespace": ("web.shop", []),
    "a complete name without its dot": ("web.shop.svc.cluster.local", []),
    "a complete name": ("web.shop.svc.cluster.local.", []),
    "a name outside": ("api.github.com", []),
    "no name": ("nosuch", []),
    "a name without addresses": ("shop.svc", []),
    "as many dots as ndots": ("a.b.c.d.e.example", []),
    "ndots 2": ("api.github.com", [POD % '{name: ndots, value: "2"}']),
    "TCP only": ("web.shop", [POD % "{name: use-vc}"]),
    "SERVFAIL": ("example.com", [NO_FORWARD]),
    "nobody listens": ("web.shop", [NO_DNS_ENDPOINTS]),
    "nobody answers": ("web.shop", [IMPATIENT]),
    "nobody answers a name with many dots": ("a.b.c.d.e", [IMPATIENT]),
    "the first of two does not answer": ("example.com.", [SILENT.replace("10.244.3.7, ", "172.20.1.12, ")]),
    TOO_LONG: ("many.shop", [headless(40)]),
}  # fmt: skip


def resolution_of(name: str, changes: list[str]) -> netsim.Resolution:
    simulation = simulate(*changes)
    return netsim.Resolver(simulation.session(), simulation.cluster, "pod/ops/probe").lookup(name)


def case_for(resolution: netsim.Resolution) -> dict:
    """The same world for glibc: the same file, and servers that say the same."""
    answers: dict[str, list] = {}
    servers: dict[str, set[str]] = {str(address): set() for address in resolution.conf.nameservers}
    for query in resolution.queries:
        servers[str(query.server)].add(query.outcome)
        if query.response is not None and not query.response.truncated:
            addresses = [str(address) for address in query.response.addresses(query.question.type)]
            answers[f"{query.question.name} {query.question.type}"] = [str(query.response.rcode), addresses]
    return {
        "name": resolution.name,
        "resolv_conf": resolution.conf.text,
        "nameservers": list(servers),
        "listening": [address for address, outcomes in servers.items() if "refused" not in outcomes],
        "silent": [address for address, outcomes in servers.items() if "timeout" in outcomes],
        "answers": answers,
    }


@pytest.fixture(scope="module")
def heard() -> dict[str, tuple[netsim.Resolution, list[list[str]]]]:
    """What the engine and glibc asked, by case."""
    reason = glibc_resolver.why_not()
    if reason is not None:
        pytest.skip(reason)
    resolutions = [resolution_of(name, changes) for name, changes in CASES.values()]
    questions = glibc_resolver.ask([case_for(resolution) for resolution in resolutions])
    return dict(zip(CASES, zip(resolutions, questions, strict=True), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_the_questions_are_those_of_glibc(heard, case):
    resolution, questions = heard[case]
    if case == TOO_LONG:  # glibc has so many addresses only with a greater buffer, for which it starts over
        questions = questions[: len(resolution.queries)]
    listening = case_for(resolution)["listening"]
    asked = [
        [query.question.name, str(query.question.type), str(query.protocol)]
        for query in resolution.queries
        if str(query.server) in listening
    ]
    assert asked == questions
