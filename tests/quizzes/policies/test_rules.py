"""Time, as rules count it: what is granted to a learner wins over every window and takes nothing away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.policies.rules import Moment, Rules
from tests.quizzes.classroom import HOUR, MINUTE, NOON

LIMITED = Rules(time_limit=30 * MINUTE)
WINDOW = Rules(time_limit=30 * MINUTE, closes_at=NOON)
LATE = replace(WINDOW, late_until=NOON + HOUR, late_penalty_percent=20)


def granted(
    rules: Rules, factor: str = "1", minutes: int = 0, tries: int = 0, closes_at: datetime | None = None
) -> Rules:
    return rules.granted(Decimal(factor), minutes, tries, closes_at)


@pytest.mark.parametrize(
    ("rules", "started_at", "deadline"),
    [
        pytest.param(Rules(), NOON, None, id="free"),
        pytest.param(LIMITED, NOON, NOON + 30 * MINUTE, id="a time limit"),
        pytest.param(WINDOW, NOON - 10 * MINUTE, NOON, id="the closing cuts the limit off"),
        pytest.param(WINDOW, NOON - HOUR, NOON - 30 * MINUTE, id="the limit ends before the closing"),
        pytest.param(LATE, NOON - 10 * MINUTE, NOON + 20 * MINUTE, id="late work goes on after the closing"),
        pytest.param(LATE, NOON + 50 * MINUTE, NOON + HOUR, id="late work ends too"),
        pytest.param(granted(WINDOW, "1.5"), NOON - 10 * MINUTE, NOON + 35 * MINUTE, id="extra time is whole"),
        pytest.param(granted(WINDOW, minutes=5), NOON - 10 * MINUTE, NOON + 25 * MINUTE, id="nor do extra minutes"),
        pytest.param(
            granted(WINDOW, closes_at=NOON + 5 * MINUTE), NOON - 10 * MINUTE, NOON + 5 * MINUTE, id="a later closing"
        ),
        pytest.param(granted(Rules(closes_at=NOON), "2"), NOON - HOUR, NOON, id="no limit, so nothing to multiply"),
    ],
)
def test_the_clock_closes_an_attempt(rules: Rules, started_at: datetime, deadline: datetime | None) -> None:
    assert rules.deadline(started_at) == deadline


@pytest.mark.parametrize(
    ("rules", "started_at", "handed_in_at", "late"),
    [
        pytest.param(LATE, NOON - 10 * MINUTE, NOON, False, id="in time"),
        pytest.param(LATE, NOON - 10 * MINUTE, NOON + timedelta(seconds=30), False, id="within the grace"),
        pytest.param(LATE, NOON - 10 * MINUTE, NOON + timedelta(seconds=31), True, id="after the grace"),
        pytest.param(granted(LATE, "1.5"), NOON - 10 * MINUTE, NOON + 35 * MINUTE, False, id="extra time is not late"),
        pytest.param(granted(LATE, "1.5"), NOON + MINUTE, NOON + 2 * MINUTE, True, id="begun late with extra time"),
        pytest.param(granted(LATE, closes_at=NOON + HOUR), NOON, NOON + HOUR, False, id="until the extension ends"),
        pytest.param(LIMITED, NOON, NOON + HOUR, False, id="without a closing nothing is late"),
    ],
)
def test_work_is_late_after_the_closing(rules: Rules, started_at: datetime, handed_in_at: datetime, late: bool) -> None:
    assert rules.is_late(started_at, handed_in_at) is late


def test_an_extension_replaces_the_late_rule_up_to_its_end() -> None:
    assert granted(LATE, closes_at=NOON + 2 * HOUR).last_moment == NOON + 2 * HOUR
    assert granted(LATE, closes_at=NOON + 30 * MINUTE).last_moment == NOON + HOUR


def test_an_extension_adds_tries_where_they_are_limited() -> None:
    assert granted(Rules(max_attempts=2), tries=1).max_attempts == 3
    assert granted(Rules(), tries=1).max_attempts is None


OFFSETS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))
RULES = st.builds(
    lambda limit, closing, late: Rules(
        time_limit=limit,
        closes_at=None if closing is None else NOON + closing,
        late_until=None if closing is None or late is None else NOON + closing + late,
    ),
    st.none() | st.timedeltas(min_value=MINUTE, max_value=timedelta(days=1)),
    st.none() | OFFSETS,
    st.none() | OFFSETS,
)


@given(RULES, st.decimals(1, 10, places=2), st.integers(0, 600), st.none() | OFFSETS, OFFSETS)
def test_what_is_granted_never_takes_time_away(
    rules: Rules, factor: Decimal, minutes: int, closing: timedelta | None, start: timedelta
) -> None:
    more = rules.granted(factor, minutes, 0, None if closing is None else NOON + closing)
    started_at, endless = NOON + start, datetime.max.replace(tzinfo=NOON.tzinfo)
    if rules.last_moment is not None and started_at > rules.last_moment:
        started_at = rules.last_moment
    assert (more.deadline(started_at) or endless) >= (rules.deadline(started_at) or endless)
    assert (more.closing(started_at) or endless) >= (rules.closing(started_at) or endless)
    assert (more.last_moment or endless) >= (rules.last_moment or endless)


@given(st.decimals(1, 10, places=2), st.timedeltas(min_value=timedelta(0), max_value=HOUR))
def test_extra_time_is_whole_however_shortly_before_the_closing_an_attempt_starts(
    factor: Decimal, before: timedelta
) -> None:
    started_at = NOON - before
    deadline = WINDOW.granted(factor, 1, 0, None).deadline(started_at)
    assert deadline == started_at + timedelta(seconds=float(factor) * 1800 + 60)


def test_an_attempt_keeps_its_rules_as_json() -> None:
    rules = replace(LATE, max_attempts=3, opens_at=NOON - HOUR, key=Moment.CLOSED, shuffle=True, cooldown=HOUR)
    assert Rules.of_document(rules.document()) == rules
    assert Rules.of_document({}) == Rules()
