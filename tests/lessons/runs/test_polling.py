"""When a page that waits asks again."""

from __future__ import annotations

import pytest

from lessons.runs.polling import poll_delay


@pytest.mark.parametrize(
    ("poll", "slow", "delay"),
    [
        (0, False, 300),
        (1, False, 600),
        (2, False, 1000),
        (50, False, 1000),
        (0, True, 1000),
        (10, True, 3000),
        (200, False, None),
    ],
)
def test_a_page_asks_less_and_less_often(poll: int, slow: bool, delay: int | None) -> None:
    assert poll_delay(poll, slow=slow) == delay
