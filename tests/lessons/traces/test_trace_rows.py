"""The command that shows authors the table their notes and gaps refer to."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.lessons.factories import SCENE

BLANKS = """\
- slug: gaps
  kind: blanks
  title: Gaps
  probe: {from: pod/ops/client, to: pod/app/one, port: 8080}
  blanks: [{row: 1, column: destination}, {row: 2, column: mac}]
- slug: other
  kind: alone
  title: Other
  probe: {from: pod/ops/client, to: pod/app/one, port: 8080}
  ask: [ttl]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scene.yaml").write_text(SCENE)
    (tmp_path / "traces.yaml").write_text(BLANKS)
    return tmp_path


def test_the_rows_are_printed_with_the_gaps_in_brackets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trace_rows", folder, "gaps")
    printed = capsys.readouterr().out
    assert "[10.244.1.3:8080]" in printed
    assert printed.count("10.244.1.2:41000") > 4
    assert "other" not in printed


def test_without_a_slug_all_exercises_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trace_rows", folder)
    printed = capsys.readouterr().out
    assert "gaps: Gaps" in printed
    assert "other: Other" in printed


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("row: 2, column: mac", "row: 99, column: mac", "there is no row 99", id="no such row"),
        pytest.param("row: 2, column: mac", "row: 1, column: mac", "row 1 has nothing", id="an empty cell"),
        pytest.param(
            "  blanks: [{row: 1, column: destination}, {row: 2, column: mac}]\n", "", "blanks", id="unfinished"
        ),
    ],
)
def test_an_unfit_exercise_still_shows_its_rows(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, problem: str
) -> None:
    (folder / "traces.yaml").write_text(BLANKS.replace(old, new))
    with pytest.raises(CommandError, match="gaps"):
        call_command("trace_rows", folder, "gaps")
    printed = capsys.readouterr()
    assert "10.244.1.3:8080" in printed.out
    assert problem in printed.err


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param("traces.yaml", "slug: gaps", "slug: Gaps!", r"\[0\]: slug", id="a malformed slug"),
        pytest.param("traces.yaml", BLANKS, "a: 1", "must be a list", id="no list"),
        pytest.param("traces.yaml", "slug: gaps", "slug: holes", "There are: holes, other", id="no such exercise"),
    ],
)
def test_what_cannot_be_read_is_named(folder: Path, file: str, old: str, new: str, problem: str) -> None:
    (folder / file).write_text((folder / file).read_text().replace(old, new))
    with pytest.raises(CommandError, match=problem):
        call_command("trace_rows", folder, "gaps")


def test_a_packet_that_the_engine_refuses_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "traces.yaml").write_text(BLANKS.replace("pod/ops/client", "pod/ops/nobody"))
    with pytest.raises(CommandError):
        call_command("trace_rows", folder, "gaps")
    assert "(gaps).probe: " in capsys.readouterr().err
