"""Chains that are promised: written when a packet or a reader needs them, and not before."""

from __future__ import annotations

import pytest

from netsim.linux.netfilter import Accept, Chain, Rule, Table


class Promise:
    """Two chains, SVC and the SEP that it leads to, and how often they were written."""

    def __init__(self) -> None:
        self.written = 0

    def __call__(self) -> dict[str, Chain]:
        self.written += 1
        return {"SVC": Chain("SVC", [Rule((), Accept())]), "SEP-1": Chain("SEP-1")}


@pytest.fixture
def promise() -> Promise:
    return Promise()


@pytest.fixture
def table(promise: Promise) -> Table:
    table = Table("nat", 4)
    table.chain("FIRST")
    table.chains.promise(["SVC"], promise, leading_to="SEP-")
    return table


def test_a_promised_chain_is_written_when_it_is_asked_for_by_name(table, promise):
    assert len(table.chains["SVC"].rules) == 1
    assert promise.written == 1


def test_asking_for_another_chain_writes_nothing(table, promise):
    assert table.chains["FIRST"].rules == []
    assert "CNI-HOSTPORT-DNAT" not in table.chains
    assert table.chain("NEW").rules == []
    assert promise.written == 0


def test_that_a_chain_is_promised_can_be_asked_without_writing_it(table, promise):
    assert "SVC" in table.chains
    assert promise.written == 0


@pytest.mark.parametrize("ask", [len, list, lambda chains: chains.items(), lambda chains: chains.values()])
def test_asking_for_all_chains_writes_every_promised_one(table, promise, ask):
    assert len(list(ask(table.chains))) == 3 if ask is not len else ask(table.chains) == 3
    assert promise.written == 1


@pytest.mark.parametrize(
    "ask",
    [lambda c: c["SEP-1"], lambda c: c.get("SEP-1"), lambda c: c.pop("SEP-1"), lambda c: c.setdefault("SEP-1", None)],
    ids=["by name", "get", "pop", "setdefault"],
)
def test_a_chain_that_only_promised_ones_lead_to_can_be_asked_for_first(table, ask):
    assert ask(table.chains).name == "SEP-1"


def test_a_chain_is_written_once_so_that_changes_to_it_stay(table, promise):
    table.chain("SVC").rules.clear()
    assert table.chains["SVC"].rules == []
    assert [chain.name for chain in table.chains.values()] == ["FIRST", "SVC", "SEP-1"]
    assert (promise.written, table.chains["SVC"].rules) == (1, [])


def test_a_promised_chain_can_be_deleted_and_all_can_be_flushed(table):
    del table.chains["SVC"]
    assert "SVC" not in table.chains
    table.chains.promise(["OTHER"], Promise(), leading_to="SEP-")
    table.chains.clear()
    assert list(table.chains) == []


def test_a_chain_that_nobody_promised_is_no_chain(table):
    with pytest.raises(KeyError):
        table.chains["SEP-2"]


def test_a_chain_that_was_put_there_by_hand_stays(table):
    table.chains["SEP-1"] = by_hand = Chain("SEP-1", [Rule((), Accept())])
    assert table.chains["SVC"].rules
    assert table.chains["SEP-1"] is by_hand
