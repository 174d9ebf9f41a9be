"""Child processes: started in order, restarted when they die, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from courseware import supervision
from courseware.supervision import ChildFailedError, Program, Supervisor
from tests.servers import wait_until

PROJECT = Path(__file__).resolve().parents[2]
SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
IGNORES_SIGTERM = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)",
)
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "60"])
print(child.pid, file=open(sys.argv[1], "w"), flush=True)
time.sleep(60)
"""


def program(command: tuple[str, ...], **options: object) -> Program:
    return Program(name="child", command=command, **{"ready": lambda: True, "stop_seconds": 0.5, **options})


def is_running(pid: int) -> bool:
    """Whether this process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str], tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, said.append)
    yield supervisor
    supervisor.stop()


def test_a_child_that_dies_is_restarted_and_said_so(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(program(SLEEP))
    child = supervisor.children[0]
    first = child.process.pid
    child.process.kill()
    child.process.wait()
    supervisor.tend(child)
    assert said == ["child ended unexpectedly (exit status -9); starting it again in 1 s."]
    assert child.process.pid == first
    child.restart_at = time.monotonic()
    supervisor.tend(child)
    assert child.process.pid != first
    assert child.process.poll() is None


def test_the_pause_before_a_restart_doubles_up_to_a_limit(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(program((sys.executable, "-c", "raise SystemExit(3)")))
    child = supervisor.children[0]
    pauses = []
    for _ in range(7):
        child.process.wait()
        pauses.append(child.pause)
        supervisor.tend(child)
        child.restart_at = 0.0
        supervisor.tend(child)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_ends_before_it_is_ready_is_an_error(supervisor: Supervisor) -> None:
    supervisor.start(program((sys.executable, "-c", "raise SystemExit(3)"), ready=lambda: False))
    with pytest.raises(ChildFailedError, match="child ended with exit status 3"):
        supervisor.wait_until_ready()


def test_a_child_that_is_never_ready_is_an_error(supervisor: Supervisor) -> None:
    supervisor.start(program(SLEEP, ready=lambda: False, ready_seconds=0.2))
    with pytest.raises(ChildFailedError, match="child was not ready after 0 s"):
        supervisor.wait_until_ready()


def test_a_child_that_ignores_sigterm_is_killed(supervisor: Supervisor) -> None:
    supervisor.start(program(IGNORES_SIGTERM))
    pid = supervisor.children[0].process.pid
    supervisor.stop()
    assert not is_running(pid)


def test_what_a_child_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor.start(program((sys.executable, "-c", PARENT, str(note))))
    wait_until(lambda: note.exists() and note.read_text().strip() != "", "the grandchild")
    supervisor.stop()
    wait_until(lambda: not is_running(int(note.read_text())), "the end of the grandchild", 2)


@pytest.mark.skipif(supervision.LIBC is None, reason="PR_SET_PDEATHSIG is Linux only")
def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from courseware.supervision import start;"
        f" p = start({SLEEP!r}, cwd=Path('/'), environment={{}}); print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        os.kill(parent.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(child), "the end of the child", 5)
