"""The settings modules as processes of their own load them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from courseware import broker, secret

PROJECT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "correct-horse-battery-staple-0123456789-ABCDEFGHIJ",
    "ALLOWED_HOSTS": "hop.example",
    "DATABASE_URL": "postgresql://u:p@db/hop",
    "BROKER_URL": "redis://valkey:6379/0",
    "CACHE_URL": "redis://valkey:6379/1",
}
PRINT = """
import json
from django.conf import settings as s
print(json.dumps({name: getattr(s, name) for name in %r}, default=str))
"""


def load(module: str, names: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRINT % names],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": f"courseware.settings.{module}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", PRODUCTION)
def test_production_does_not_start_without(missing: str) -> None:
    result = load("production", ["DEBUG"], {name: value for name, value in PRODUCTION.items() if name != missing})
    assert result.returncode != 0
    assert f"{missing}: must be set." in result.stderr


def test_production_is_not_in_debug_mode_and_requires_https() -> None:
    names = ["DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    values = json.loads(load("production", names, PRODUCTION).stdout)
    assert values == {
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
    }


def test_production_passes_djangos_deployment_checks(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "courseware.settings.production", **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_development_needs_no_environment_and_keeps_its_key(tmp_path: Path) -> None:
    first, second = (load("development", ["SECRET_KEY", "DEBUG"], {"VAR_DIR": str(tmp_path)}) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["DEBUG"] is False
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_the_first_of_two_secret_keys_wins(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"
    assert secret.read_or_create(path) == secret.read_or_create(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_publish_must_fail_fast_when_the_broker_is_down() -> None:
    values = json.loads(load("development", ["CELERY_BROKER_TRANSPORT_OPTIONS", "CELERY_TASK_TIME_LIMIT"], {}).stdout)
    options = values["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert options["max_retries"] == 0
    assert options["socket_timeout"] <= 1
    assert options["visibility_timeout"] > 2 * values["CELERY_TASK_TIME_LIMIT"]


def test_a_deep_folder_gets_a_short_socket_path(tmp_path: Path) -> None:
    assert broker.socket_path(tmp_path) == tmp_path / "broker.sock"
    deep = Path("/" + "d" * 120)
    assert len(str(broker.socket_path(deep))) <= broker.LONGEST_SOCKET_PATH
    assert broker.socket_path(deep) != broker.socket_path(deep / "other")
