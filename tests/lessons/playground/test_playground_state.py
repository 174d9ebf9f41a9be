"""The address of a playground holds its state: it reads back the same, and what does not fit is told."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from lessons.playground.state import LONGEST_POLICIES, EncodingError, Setup, Side, State, packed, read_state, unpacked
from tests.lessons.playgrounds import CONTENT, DENY

POLICIES = ("app/deny", "tier")


def state_of(query: str) -> State:
    state, problems = read_state(QueryDict(query), CONTENT, POLICIES)
    assert problems == ()
    return state


def test_an_empty_address_is_the_lessons_first_packet_not_sent_yet() -> None:
    assert state_of("") == State(Side(CONTENT.start))


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("from=pod%2Fops%2Fclient&to=svc%2Fapp%2Fapi&port=80", id="packet"),
        pytest.param("from=node%2Fn1&to=10.244.1.3&protocol=icmp&seed=7&sent=1", id="sent"),
        pytest.param("from=external&to=a.b&port=1&dp=calico-vxlan&proxy=ipvs&on=typo%2Cdeny", id="cluster"),
        pytest.param(
            "from=external&to=a.b&port=1&b-from=node%2Fn1&b-to=c.d&b-port=2&b-dp=calico-vxlan&b-on=deny",
            id="comparison",
        ),
        pytest.param("from=external&to=a.b&port=1&m-port=http&m-protocol=udp&why=app%2Fone+app%2Ftwo", id="matrix"),
        pytest.param(f"from=external&to=a.b&port=1&np={packed(DENY)}", id="policies"),
        pytest.param("from=external&to=a.b&port=1&np=0", id="no policies at all"),
        pytest.param("from=external&to=a.b&port=1&off=app%2Fdeny%2Ctier&b-from=node%2Fn1&b-to=a.b", id="removed"),
    ],
)
def test_an_address_reads_back_the_same(query: str) -> None:
    assert state_of(query).query() == query


def test_what_is_typed_wins_over_what_is_chosen() -> None:
    assert state_of("from=external&to=svc/app/api&to-typed=+10.1.2.3+").flow.destination == "10.1.2.3"


def test_an_echo_request_has_no_port() -> None:
    assert state_of("from=external&to=a.b&port=80&protocol=icmp").flow.port is None


def test_switches_come_in_the_lessons_order_once_each_in_either_form() -> None:
    assert (
        state_of("on=deny&on=typo&on=deny").setup == state_of("on=deny,typo").setup == Setup(toggles=("typo", "deny"))
    )


def test_side_b_is_side_a_where_it_says_nothing_else() -> None:
    state = state_of("from=node/n1&to=10.1.1.1&port=5&on=typo&b-proxy=ipvs")
    assert state.other is not None
    assert (state.other.flow, state.other.setup) == (state.flow, Setup(proxy="ipvs"))


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param("dp=weave", "does not offer “weave”", id="plane not offered"),
        pytest.param("off=app/deny&off=app/none", "“app/none” does not exist here", id="policy that the scene lacks"),
        pytest.param("dp=token-ring", "“token-ring” does not exist", id="unknown plane"),
        pytest.param("proxy=userspace", "“userspace” does not exist", id="unknown proxy"),
        pytest.param("on=deny,x", "no switch “x”", id="unknown switch"),
        pytest.param("np=@@@", "are damaged", id="damaged policies"),
        pytest.param("from=a&to=b&port=99999", "port: ", id="port out of range"),
        pytest.param("from=a&to=b&port=x", "port: ", id="port that is no number"),
        pytest.param("from=a&to=b&seed=-1", "seed: ", id="seed"),
        pytest.param("from=a&to=b&protocol=gre", "protocol: ", id="protocol"),
        pytest.param(f"from={'a' * 321}&to=b", "from: ", id="too long"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_sent(query: str, problem: str) -> None:
    state, problems = read_state(QueryDict(query + "&sent=1"), CONTENT, POLICIES)
    assert problem in " ".join(problems)
    assert not state.sent


@pytest.mark.parametrize("text", ["", DENY, "é" * 100], ids=["empty", "policy", "not ASCII"])
def test_a_packed_text_unpacks(text: str) -> None:
    assert unpacked(packed(text)) == text


@pytest.mark.parametrize(
    "letters",
    ["%", "AAAA", packed(DENY)[:-8], packed("x" * (LONGEST_POLICIES + 1)), packed("x" * 10_000_000)],
    ids=["no base64", "no zlib", "cut off", "too long", "grows without end"],
)
def test_what_was_not_packed_here_is_refused(letters: str) -> None:
    with pytest.raises(EncodingError):
        unpacked(letters)
