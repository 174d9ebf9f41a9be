"""`manage.py up` as a user runs it: a process of its own, in a folder of its own.

    site        the first start, in an empty folder: makes the database and loads the course; shared by these tests
    next_start  a start in a folder that has both already (copies of the first one's)

Both are told to stop at their end, in the two ways that there are, and must leave no process behind.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench._site import Visitor
from tests.servers import free_port, wait_until

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
SHIPPED_LESSON = "/courses/kubernetes-networking/services-a-virtual-ip-is-a-rule/"


@dataclass
class Site:
    """A running `manage.py up`, its output so far and the folder it keeps everything in."""

    process: subprocess.Popen[bytes]
    log: Path
    var: Path
    port: int

    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        def printed_or_ended() -> bool:
            return text in self.output() or self.process.poll() is not None

        wait_until(printed_or_ended, f"{text!r} in the output", START_SECONDS)
        assert text in self.output(), self.output()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.read()

    def is_ready(self) -> bool:
        """Whether everything runs, the worker too."""
        try:
            return json.loads(self.get("/health/ready"))["status"] == "ok"
        except urllib.error.HTTPError:
            return False

    def processes(self) -> set[int]:
        """Every process of this site: its folder is in their environment, or (the broker's) in their title."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if bytes(self.var) in (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes():
                    found.add(int(folder.name))
            except OSError:
                continue
        return found


def start(var: Path, log: Path, port: int, **environment: str) -> Site:
    ours = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "VAR_DIR")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=PROJECT,
            env={**ours, "VAR_DIR": str(var), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Site(process, log, var, port)


@contextmanager
def started(var: Path, log: Path, stop: signal.Signals) -> Iterator[Site]:
    site = start(var, log, free_port())
    try:
        site.wait_for("Ctrl-C stops everything")
        yield site
    finally:
        if site.process.poll() is None:
            site.process.send_signal(stop)
            status = site.process.wait(60)
            assert (status, site.processes()) == (0, set())
            assert site.output().rstrip().endswith("Stopped.")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("first")
    with started(folder / "var", folder / "log", signal.SIGINT) as site:
        yield site


@pytest.fixture
def next_start(site: Site, tmp_path: Path) -> Iterator[Site]:
    var = tmp_path / "var"
    var.mkdir()
    (database,) = site.var.glob("*.sqlite3")
    with closing(sqlite3.connect(database)) as used, closing(sqlite3.connect(var / database.name)) as copy:
        used.backup(copy)
    with started(var, tmp_path / "log", signal.SIGTERM) as next_start:
        yield next_start


def test_the_whole_site_starts_and_serves(site: Site) -> None:
    health = json.loads(site.get("/health/ready"))
    assert health["status"] == "ok"
    assert health["checks"]["workers"]["count"] == 1
    assert b"<html" in site.get("/admin/login/")
    assert re.search(r"Instructor account: instructor, password \S{12,}", site.output())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes through /proc")
def test_all_of_its_processes_are_found(site: Site) -> None:
    """Else those that say that none is left would prove nothing."""
    assert len(site.processes()) >= 9  # up, broker, worker and its two children, beat, web server and its two workers


def test_a_click_shows_a_trace_also_after_the_broker_was_killed(site: Site) -> None:
    """A guest predicts in the shipped lesson: web server, broker, worker and back. Then the same on a new broker."""
    guest = Visitor(f"http://127.0.0.1:{site.port}")
    page = guest.get(SHIPPED_LESSON)
    (first, option), (second, other_option) = first_options(page)[:2]
    assert guest.click_to_trace(first, option) < 10_000

    broker = next(pid for pid in site.processes() if b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(broker, signal.SIGKILL)
    site.wait_for("broker ended unexpectedly")
    wait_until(site.is_ready, "a new broker with the worker on it", 40)
    assert guest.click_to_trace(second, other_option) < 30_000


def first_options(page: str) -> list[tuple[int, int]]:
    """(experiment, its first option) of each experiment on a lesson's page."""
    found = re.findall(r'action="/experiments/(\d+)/predict/".*?name="option"[^>]*value="(\d+)"', page, re.DOTALL)
    return [(int(experiment), int(option)) for experiment, option in found]


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux only")
def test_killing_it_leaves_nothing_behind(next_start: Site) -> None:
    next_start.process.kill()
    next_start.process.wait()
    wait_until(lambda: next_start.processes() == set(), "the end of every process", 40)


def test_a_second_start_makes_no_second_account_and_a_dead_worker_comes_back(next_start: Site) -> None:
    assert "password" not in next_start.output()
    worker = next(pid for pid in next_start.processes() if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.killpg(os.getpgid(worker), signal.SIGKILL)
    next_start.wait_for("worker ended unexpectedly")
    wait_until(lambda: b"celery" in b"".join(commands(next_start, worker)), "a new worker", 20)


def commands(site: Site, without: int) -> list[bytes]:
    lines = []
    for pid in site.processes() - {without}:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"\0worker\0" in line:
            lines.append(line)
    return lines


def test_a_taken_port_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        site = start(tmp_path / "var", tmp_path / "log", port)
        assert site.process.wait(30) == 1
    assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use" in site.output()
    assert f"--port {port + 1}" in site.output()


def test_a_second_one_in_the_same_folder_is_refused(site: Site, tmp_path: Path) -> None:
    second = start(site.var, tmp_path / "second.log", free_port())
    assert second.process.wait(30) == 1
    assert f"already running on {site.var}" in second.output()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "http"}, "PORT: must be a whole number from 1 to 65535."),
        ({"BROKER_URL": "amqp://x"}, "BROKER_URL: must be a URL that starts with redis://"),
        ({"BROKER_URL": "redis://127.0.0.1:1/0"}, "BROKER_URL: no Valkey or Redis server answers there."),
    ],
    ids=["port", "broker scheme", "broker down"],
)
def test_a_bad_environment_is_an_error_that_names_the_variable(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    site = start(tmp_path / "var", tmp_path / "log", free_port(), **environment)
    assert site.process.wait(30) == 1
    assert message in site.output()
