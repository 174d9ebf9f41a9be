"""Seconds of the first and of the second `make run`: a fresh clone, an empty home, until everything is ready.

The first run downloads and installs everything, so it depends on the network; pip's cache is empty.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from bench._site import PROJECT, free_port, wait_until_ready

LONGEST_SECONDS = 600


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="hop-bench-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)  # noqa: S607
        for name in ("first", "second"):
            print(f"{name} make run: {make_run(clone, Path(folder)):.1f} s until ready", flush=True)


def make_run(clone: Path, home: Path) -> float:
    """Seconds from the command until /health/ready says that everything runs; then it is stopped."""
    port = free_port()
    environment = {"PATH": os.defpath + ":/usr/local/bin", "HOME": str(home), "PORT": str(port)}
    with (home / "make-run.log").open("wb") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            ["make", "run"],  # noqa: S607
            cwd=clone,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, LONGEST_SECONDS)
            return time.monotonic() - started
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


if __name__ == "__main__":
    main()
