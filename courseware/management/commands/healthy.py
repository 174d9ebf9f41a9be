"""Health checks for containers: exits 0 when this container's process does its work, else 1 with the reason."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courseware import workers


class Command(BaseCommand):
    help = "Exits 0 when the web server (`web`) or the Celery worker (`worker`) of this host is healthy."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", choices=("web", "worker"))
        parser.add_argument("--port", type=int, default=8000, help="where the web server listens (default 8000)")

    def handle(self, *args: Any, role: str, port: int, **options: Any) -> None:
        if role == "web":
            check_web(port)
        else:
            check_worker()


def check_web(port: int) -> None:
    """Only whether this process serves: what all replicas share is no reason to restart one of them."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/live", headers={"Host": accepted_host()})
    try:
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
    except (urllib.error.URLError, OSError) as error:
        raise CommandError(f"The web server does not answer on port {port}: {error}") from error


def accepted_host() -> str:
    """A host name that Django answers to (ALLOWED_HOSTS may hold "*" and ".example.com")."""
    first = settings.ALLOWED_HOSTS[0]
    return "localhost" if first == "*" else first.lstrip(".")


def check_worker() -> None:
    host = socket.gethostname()
    try:
        names = [worker.name for worker in workers.alive()]
    except redis.RedisError as error:
        raise CommandError(f"The broker does not answer: {type(error).__name__}") from error
    if not any(name.endswith(f"@{host}") for name in names):
        raise CommandError(f"No heartbeat of a worker on {host} within {workers.LOST_AFTER_SECONDS:.0f} s.")
