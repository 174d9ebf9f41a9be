"""docker-compose.yml and Dockerfile, checked without a container engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMPOSE_TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD")
SETTINGS_TEXT = "".join(
    (PROJECT / "courseware" / "settings" / f"{name}.py").read_text() for name in ("base", "production")
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_file_follows_the_compose_specification() -> None:
    result = run(str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    result = run(str(BIN / "hadolint"), "Dockerfile")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_service_that_stays_has_a_health_check_and_restarts(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_data_is_in_named_volumes() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"]) == {"database", "valkey"}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_has_no_default(name: str) -> None:
    uses = re.findall(r"\$\{" + name + r"([^}]*)\}", COMPOSE_TEXT)
    assert uses
    assert all(use.startswith(":?") for use in uses)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_our_image_gets_is_read_by_the_settings(name: str) -> None:
    unread = [
        variable
        for variable in SERVICES[name]["environment"]
        if variable != "DJANGO_SETTINGS_MODULE" and f'"{variable}"' not in SETTINGS_TEXT
    ]
    assert unread == []


def test_every_variable_that_production_requires_is_given() -> None:
    required = set(re.findall(r'ENVIRONMENT\.\w+\("([A-Z_]+)"(?:, [A-Z_]+SCHEMES)?\)', SETTINGS_TEXT))
    assert required >= {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL", "CACHE_URL"}
    assert required <= set(SERVICES["web"]["environment"])


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_celery_options_exist(name: str) -> None:
    program, *options = SERVICES[name]["command"]
    known = run(str(BIN / program), *options[:3], "--help").stdout
    assert known, "no such Celery command"
    assert [option for option in options[3:] if option.startswith("--") and option not in known] == []


def test_the_granian_options_exist() -> None:
    line = next(line for line in (PROJECT / "Dockerfile").read_text().splitlines() if line.startswith("CMD"))
    program, *options = yaml.safe_load(line.removeprefix("CMD "))
    known = run(str(BIN / program), "--help").stdout
    assert [option for option in options if option.startswith("--") and option not in known] == []
    assert options[-1] == "courseware.wsgi:application"


def test_a_stopping_worker_may_end_its_task(settings: Any) -> None:
    seconds = int(SERVICES["worker"]["stop_grace_period"].removesuffix("s"))
    assert seconds > settings.CELERY_TASK_TIME_LIMIT


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert users[-1].isdecimal()
    assert int(users[-1]) > 0


def test_nothing_but_the_site_enters_the_image() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not {"!var", "!.env", "!.git", "!tests"} & set(ignored)
