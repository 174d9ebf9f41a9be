"""Random choices: the same for the same seed, or every one of them in turn."""

from __future__ import annotations

import pytest

from netsim.choices import Choices, every_branch


def pick(choices: Choices, endpoints: int) -> int:
    """Pick as kube-proxy's rules do: rule k of n holds with probability 1/(n-k+1)."""
    return next(k for k in range(endpoints) if choices.decide(1 / (endpoints - k)))


@pytest.mark.parametrize("endpoints", [1, 2, 3, 7])
def test_every_branch_is_visited_once_with_its_probability(endpoints):
    branches = dict(every_branch(lambda choices: pick(choices, endpoints)))
    assert branches == pytest.approx(dict.fromkeys(range(endpoints), 1 / endpoints))


def test_a_seed_decides():
    assert [pick(Choices(5), 9) for _ in range(3)] == [pick(Choices(5), 9)] * 3


def test_seeds_spread_evenly():
    picked = [pick(Choices(seed), 4) for seed in range(4000)]
    assert all(900 < picked.count(k) < 1100 for k in range(4))


def test_the_probability_of_a_seeded_run_is_that_of_its_branch():
    choices = Choices(1)
    pick(choices, 4)
    assert choices.probability == pytest.approx(0.25)


def test_ports_stay_in_their_range():
    assert all(1024 <= Choices(seed).port("masquerade", 1024, 65535) <= 65535 for seed in range(200))
