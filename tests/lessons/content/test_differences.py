"""What an import says that it changes."""

from __future__ import annotations

import pytest

from lessons.content.differences import Parts, differences


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param({"title": "A", "body": "x"}, {"title": "A", "body": "y"}, "body", id="one part"),
        pytest.param({"title": "A", "body": "x"}, {"title": "B", "body": "y"}, "title, body", id="two parts"),
        pytest.param({"title": "A"}, {"title": "A", "trace one": {}}, "trace one (new)", id="a new part"),
        pytest.param({"title": "A", "trace one": {}}, {"title": "A"}, "trace one (gone)", id="a part that is gone"),
        pytest.param({"one": 1, "two": 2}, {"two": 2, "one": 1}, "the order", id="the same parts in another order"),
    ],
)
def test_parts_that_differ_are_named(old: Parts, new: Parts, told: str) -> None:
    assert differences(old, new) == told
