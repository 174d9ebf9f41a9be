"""Shares are written as whole percents that stay with their sign."""

from __future__ import annotations

import pytest

from quizzes.templatetags.statistics import percent


@pytest.mark.parametrize(
    ("share", "written"), [(0, "0"), (0.001, "1"), (0.625, "62"), (0.999, "99"), (1, "100")], ids=str
)
def test_a_share_is_a_whole_percent_that_no_line_breaks(share: float, written: str) -> None:
    assert percent(share) == f"{written}\N{NO-BREAK SPACE}%"
