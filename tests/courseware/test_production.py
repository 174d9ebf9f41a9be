"""The production settings against real servers: PostgreSQL, and Valkey or Redis over TCP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.servers import free_port, running, wait_until

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
WORKER = ("-m", "celery", "--quiet", "--app", "courseware", "worker", "--concurrency", "2", "--loglevel", "WARNING")
GRANIAN = ("-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8", "--log-level", "error")
SEND_IN_A_TRANSACTION = """
import time
import django; django.setup()
from django.contrib.auth.models import Group
from django.db import transaction
from tests.courseware.probe_tasks import mark_group
for number in range(10):
    with transaction.atomic():
        mark_group.delay_on_commit(Group.objects.create(name=f"new {number}").pk)
        time.sleep(0.05)
deadline = time.monotonic() + 20
while Group.objects.filter(name__startswith="new").exists() and time.monotonic() < deadline:
    time.sleep(0.05)
print(Group.objects.filter(name__startswith="seen").count())
"""


@dataclass(frozen=True)
class Deployment:
    environment: dict[str, str]
    port: int

    def run(self, *arguments: str) -> str:
        result = subprocess.run(
            [PYTHON, *arguments], cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def get(self, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Host": "hop.example", "X-Forwarded-Proto": "https", **headers},
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (our own http:// address)
            return response.read(), dict(response.headers)


@pytest.fixture(scope="module")
def deployment(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Static files collected, schema migrated, one worker and one web server running, as docker-compose.yml does it."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE hop")
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "courseware.settings.production",
        "SECRET_KEY": "correct-horse-battery-staple-0123456789-ABCDEFGHIJ",
        "ALLOWED_HOSTS": "hop.example",
        "CSRF_TRUSTED_ORIGINS": "https://hop.example",
        "TRUST_PROXY_HEADERS": "true",
        "DATABASE_URL": postgres_url.removesuffix("/postgres") + "/hop",
        "BROKER_URL": f"{redis_url}/0",
        "CACHE_URL": f"{redis_url}/1",
        "STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    deployment = Deployment(environment, free_port())
    deployment.run("manage.py", "collectstatic", "--no-input")
    deployment.run("manage.py", "migrate", "--no-input")
    worker = (PYTHON, *WORKER, "--include", "tests.courseware.probe_tasks")
    web = (PYTHON, *GRANIAN, "--port", str(deployment.port), "courseware.wsgi:application")
    with running(*worker, environment=environment), running(*web, environment=environment):
        wait_until(lambda: is_healthy(deployment), "the deployment", 30)
        yield deployment


def is_healthy(deployment: Deployment) -> bool:
    try:
        return json.loads(deployment.get("/health/ready")[0])["status"] == "ok"
    except OSError:
        return False


def test_it_serves_from_postgresql_with_a_live_worker(deployment: Deployment) -> None:
    checks = json.loads(deployment.get("/health/ready")[0])["checks"]
    assert checks["database"] == {"status": "ok", "engine": "postgresql"}
    assert checks["workers"]["count"] == 1


def test_tasks_sent_on_commit_find_their_rows_on_postgresql(deployment: Deployment) -> None:
    assert deployment.run("-c", SEND_IN_A_TRANSACTION).strip() == "10"


def test_both_container_health_checks_pass(deployment: Deployment) -> None:
    deployment.run("manage.py", "healthy", "web", "--port", str(deployment.port))
    deployment.run("manage.py", "healthy", "worker")


def test_plain_http_is_sent_to_https(deployment: Deployment) -> None:
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    request = urllib.request.Request(
        f"http://127.0.0.1:{deployment.port}/admin/login/", headers={"Host": "hop.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.build_opener(NoRedirect).open(request, timeout=10)
    assert error.value.code == 301
    assert error.value.headers["Location"] == "https://hop.example/admin/login/"


def test_pages_send_strict_transport_security_and_secure_cookies(deployment: Deployment) -> None:
    _, headers = deployment.get("/admin/login/")
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "Secure" in headers["set-cookie"]


def test_our_static_files_are_hashed_and_cached_for_ever(deployment: Deployment) -> None:
    page, _ = deployment.get("/admin/login/")
    found = re.search(rb'href="(/static/admin/css/base\.[0-9a-f]{12}\.css)"', page)
    assert found
    _, headers = deployment.get(found[1].decode())
    assert "immutable" in headers["cache-control"]


def test_browser_libraries_keep_their_names_and_are_compressed_and_cached_for_ever(deployment: Deployment) -> None:
    version = json.loads((PROJECT / "package.json").read_text())["dependencies"]["cytoscape"]
    path = f"/static/vendor/cytoscape@{version}/dist/cytoscape.esm.min.mjs"
    body, headers = deployment.get(path, **{"Accept-Encoding": "br"})
    assert headers["content-type"].split(";")[0] == "text/javascript"
    assert headers["content-encoding"] == "br"
    assert "immutable" in headers["cache-control"]
    assert len(body) < 150_000
