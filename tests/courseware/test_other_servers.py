"""The tests marked `services` once more, on PostgreSQL and on a broker over TCP instead of SQLite and a unix socket."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


# What would be lost or graded twice is tried on PostgreSQL in every run.
MOST_AT_STAKE = ("tests/quizzes/attempts/test_at_once.py", "tests/quizzes/regrading")


@pytest.mark.parametrize(
    "paths",
    [pytest.param(MOST_AT_STAKE, id="grading"), pytest.param(("tests",), id="all", marks=pytest.mark.nightly)],
)
def test_tests_marked_services_pass_on_postgresql_and_redis(
    postgres_url: str, redis_url: str, paths: tuple[str, ...]
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "services", "-q", "-p", "no:cacheprovider", *paths],
        cwd=PROJECT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "DATABASE_URL": postgres_url,
            "BROKER_URL": f"{redis_url}/2",
            "CACHE_URL": f"{redis_url}/3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5000:]
    assert re.search(r"^\d+ passed", result.stdout, re.MULTILINE)
    assert "skipped" not in result.stdout
