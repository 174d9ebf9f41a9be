"""The linters run with the tests, so that `make test` says all that `make lint` says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="ruff finds nothing"),
        pytest.param(["mypy"], id="mypy finds nothing, strictly for netsim"),
        pytest.param(["lint-imports", "--cache-dir", ".cache/import-linter"], id="imports keep to the contracts"),
    ],
)
def test_linter(command: list[str]) -> None:
    result = subprocess.run([BIN / command[0], *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
