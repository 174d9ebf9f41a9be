"""Authors' YAML is read within bounds, and errors name the line."""

from __future__ import annotations

import pytest
from pydantic import Field

from lessons.content.schema import LONGEST_YAML, Content, ContentError, parse, read_yaml

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


class Pair(Content):
    ports: tuple[int, ...] = Field(min_length=2)


@pytest.mark.parametrize(
    ("ports", "problems"),
    [
        pytest.param([80], ("ports: needs at least 2 entries, has 1",), id="too few"),
        pytest.param([80, "http"], ("ports[1]: must be a whole number",), id="a wrong one is the only mistake"),
    ],
)
def test_a_list_is_called_too_short_only_where_its_entries_are_right(ports: object, problems: tuple[str, ...]) -> None:
    with pytest.raises(ContentError) as caught:
        parse(Pair, {"ports": ports})
    assert tuple(problem.partition(", unable")[0] for problem in caught.value.problems) == problems


def test_plain_data_is_read() -> None:
    assert read_yaml("from: pod/ops/probe\nport: 80") == {"from": "pod/ops/probe", "port": 80}


def test_an_empty_text_is_nothing() -> None:
    assert read_yaml("") is None
