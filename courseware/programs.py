"""The processes that make up a running site: broker, worker, beat and web server."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import redis
from django.conf import settings

from courseware import broker, workers
from courseware.supervision import Program

WEB_WORKERS = 2
WEB_THREADS = 16
TASK_PROCESSES = 2
PYTHON = sys.executable
# Forked children of Python programs abort on macOS without this (celery/celery#4113).
FORK_ENVIRONMENT = {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"} if sys.platform == "darwin" else {}


def embedded_broker(socket: Path, data_dir: Path) -> Program:
    """Raises BrokerServerMissingError where there is no server program."""
    data_dir.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = broker.queue_url(socket)
    return Program(
        name="broker",
        command=broker.server_command(broker.server_program(), socket, data_dir),
        ready=lambda: broker.answers(url),
    )


def worker() -> Program:
    """A Celery worker under a name of its own, so that an earlier worker's heartbeat is not taken for this one's."""
    name = f"hop-{os.getpid()}"
    options = ("--pool", "prefork", "--concurrency", str(TASK_PROCESSES), "--without-gossip", "--without-mingle")
    return Program(
        name="worker",
        command=(*celery(), "worker", "--hostname", f"{name}@%h", "--loglevel", "WARNING", *options),
        ready=lambda: worker_is_alive(name),
        stop_seconds=settings.CELERY_TASK_TIME_LIMIT + 5,
        environment={**FORK_ENVIRONMENT, "PYTHONWARNINGS": "ignore:You're running the worker with superuser"},
    )


def worker_is_alive(name: str) -> bool:
    try:
        return any(worker.name.startswith(f"{name}@") for worker in workers.alive())
    except redis.RedisError:
        return False


def beat(var_dir: Path) -> Program:
    """The scheduler of periodic tasks; its own process, so that a killed worker does not leave it behind."""
    schedule = str(var_dir / "beat-schedule")
    pid_file = ("--pidfile", "")
    return Program(
        name="beat",
        command=(*celery(), "beat", "--schedule", schedule, "--loglevel", "WARNING", *pid_file),
        ready=lambda: True,
    )


def celery() -> tuple[str, ...]:
    return (PYTHON, "-m", "celery", "--quiet", "--app", "courseware")


def web(host: str, port: int) -> Program:
    command = (
        *(PYTHON, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "error"),
        "courseware.wsgi:application",
    )
    url = f"http://{address_to_open(host)}:{port}/health/ready"
    return Program(name="web server", command=command, ready=lambda: answers_ready(url))


def answers_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (our own http:// address)
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def address_to_open(host: str) -> str:
    """What to type into a browser on this machine for a server that listens on host."""
    if host in ("0.0.0.0", "127.0.0.1", "::", "::1"):  # noqa: S104 (compared, not bound)
        return "localhost"
    return f"[{host}]" if ":" in host else host
