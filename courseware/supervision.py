"""Starts child processes, restarts those that die, and stops them so that nothing is left running.

Each child leads its own session: Ctrl-C in the terminal reaches only us, and whatever the child started can be ended
with it. On Linux the kernel sends every child SIGTERM when we die (prctl(2), PR_SET_PDEATHSIG), even by SIGKILL.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A child that ran this long was healthy: its next restart starts with the shortest pause again.
HEALTHY_SECONDS = 60.0
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ChildFailedError(Exception):
    """A child ended, or did not become ready in time, while everything was being started."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `ready` says whether it can be used; `stop_seconds` is how long it may take to end after SIGTERM."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    stop_seconds: float = 10.0
    ready_seconds: float = 90.0
    environment: Mapping[str, str] = field(default_factory=dict)


def start(command: tuple[str, ...], *, cwd: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a child that does not outlive us. To be called from the main thread, whose end the kernel watches."""
    parent = os.getpid()

    def die_with_parent() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """SIGTERM, then after `seconds` SIGKILL; at last SIGKILL for whatever is left of its session."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    end_group(process.pid)


def end_group(process_group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_group, signal.SIGKILL)


@dataclass(slots=True)
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE_SECONDS
    restart_at: float | None = None


class Supervisor:
    """Runs programs in the order in which they were started and stops them in reverse."""

    def __init__(self, cwd: Path, say: Callable[[str], None]) -> None:
        self.cwd = cwd
        self.say = say
        self.children: list[Child] = []
        self.stopping = False

    def request_stop(self, *_: object) -> None:
        """A signal handler. Asked a second time, it stops waiting and kills."""
        if self.stopping:
            for child in self.children:
                end_group(child.process.pid)
        self.stopping = True

    def start(self, program: Program) -> None:
        self.children.append(Child(program, self.spawn(program), time.monotonic()))

    def spawn(self, program: Program) -> subprocess.Popen[bytes]:
        return start(program.command, cwd=self.cwd, environment=program.environment)

    def wait_until_ready(self) -> bool:
        """Waits for every started program. Returns False when a stop was requested meanwhile.

        Raises ChildFailedError when one ends or takes longer than its ready_seconds.
        """
        for child in self.children:
            while not child.program.ready():
                if self.stopping:
                    return False
                if child.process.poll() is not None:
                    raise ChildFailedError(f"{child.program.name} ended with exit status {child.process.returncode}.")
                if time.monotonic() - child.started > child.program.ready_seconds:
                    raise ChildFailedError(
                        f"{child.program.name} was not ready after {child.program.ready_seconds:.0f} s."
                    )
                time.sleep(POLL_SECONDS)
        return not self.stopping

    def run(self) -> None:
        """Restarts what dies, until a stop is requested."""
        while not self.stopping:
            for child in self.children:
                self.tend(child)
            time.sleep(POLL_SECONDS)

    def tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            if child.process.poll() is None:
                return
            end_group(child.process.pid)
            if now - child.started > HEALTHY_SECONDS:
                child.pause = FIRST_PAUSE_SECONDS
            child.restart_at = now + child.pause
            self.say(
                f"{child.program.name} ended unexpectedly (exit status {child.process.returncode}); "
                f"starting it again in {child.pause:.0f} s."
            )
            child.pause = min(2 * child.pause, LONGEST_PAUSE_SECONDS)
        elif now >= child.restart_at:
            child.process, child.started, child.restart_at = self.spawn(child.program), now, None

    def stop(self) -> None:
        self.stopping = True
        for child in reversed(self.children):
            stop(child.process, child.program.stop_seconds)
        self.children.clear()
