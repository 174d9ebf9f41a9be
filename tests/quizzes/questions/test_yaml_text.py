"""A specification as text for an editor: nothing is lost on the way there and back, errors have lines."""

from __future__ import annotations

from typing import Any

import pytest

from lessons.content.schema import LONGEST_YAML
from quizzes.questions import yaml_text
from quizzes.questions.yaml_text import YamlTextError
from tests.quizzes.factories import SPECS

TEXT = """\
prompt: Which?
options:
  - text: a
    explanation: b
  - text: c
    when:
      client_sees: refused
"""


@pytest.mark.parametrize("spec", [spec for _, _, spec in SPECS.values()], ids=SPECS)
def test_a_specification_survives_being_edited_as_text(spec: dict[str, Any]) -> None:
    assert yaml_text.load(yaml_text.dump(spec)) == spec


def test_text_of_several_lines_is_written_as_a_block() -> None:
    assert yaml_text.dump({"prompt": "One\ntwo\n"}) == "prompt: |\n  One\n  two\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("prompt",), 1),
        (("options", 0, "explanation"), 4),
        (("options", 1), 5),
        (("options", 1, "explanation"), 5),
        (("options", 1, "when", "client_sees"), 7),
        (("options", 7), 2),
        (("missing",), 1),
        ((), 1),
    ],
    ids=str,
)
def test_a_key_is_found_or_else_what_holds_it(path: tuple[str | int, ...], line: int) -> None:
    assert yaml_text.line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prompt: [", "Line 1, column 10"),
        ("a: 1\n b: 2\n", "Line 2, column 3"),
        ("- a\n- b\n", "write keys and values"),
        ("just words", "write keys and values"),
        ("a: &x [1]\nb: *x\n", r"Line 2: the alias \*x is not allowed"),
        ("a: !!python/object:os.system x", "Line 1, column 4"),
        ("a: " + "x" * LONGEST_YAML, "are allowed"),
    ],
    ids=["not closed", "indented", "a list", "words", "alias", "Python object", "too long"],
)
def test_text_that_is_no_mapping_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(YamlTextError, match=message):
        yaml_text.load(text)
