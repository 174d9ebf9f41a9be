"""Authors' YAML is read within bounds, and errors name the line."""

from __future__ import annotations

import pytest

from lessons.content.schema import LONGEST_YAML, ContentError, read_yaml

LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(LAUGHS, r"file\.yaml: line 2: the alias \*a is not allowed", id="aliases"),
        pytest.param("a: [1,\nb: 2", r"file\.yaml: line 2, column", id="no YAML"),
        pytest.param("a: !!python/name:os.system", r"could not determine a constructor", id="a tag of Python's"),
        pytest.param("a: " + "x" * LONGEST_YAML, r"100,000 are allowed", id="too long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        read_yaml(text, "file.yaml")


def test_plain_data_is_read() -> None:
    assert read_yaml("from: pod/ops/probe\nport: 80") == {"from": "pod/ops/probe", "port": 80}


def test_an_empty_text_is_nothing() -> None:
    assert read_yaml("") is None
