"""Tests once more, on PostgreSQL and on a broker over TCP instead of SQLite and a unix socket.

What would be lost or graded twice is tried there in every run; every rule of classes, quizzes and grades, and all other
tests marked `services`, at night.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


MOST_AT_STAKE = ("tests/quizzes/attempts/test_at_once.py", "tests/quizzes/regrading")
RULES = ("tests/classes", "tests/lti", "tests/quizzes")
ELSEWHERE = ("tests", *(f"--ignore={path}" for path in RULES))
SECONDS = 3600


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(("-m", "services", *MOST_AT_STAKE), id="grading"),
        pytest.param(("-m", "services", *ELSEWHERE), id="services elsewhere", marks=pytest.mark.nightly),
        pytest.param(RULES, id="every rule", marks=pytest.mark.nightly),
    ],
)
def test_tests_pass_on_postgresql_and_redis(postgres_url: str, redis_url: str, chosen: tuple[str, ...]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen],
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
