"""A site of its own to measure: `manage.py up` in a temporary folder, and what a browser does to it."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def summary(milliseconds: Sequence[float], what: str = "clicks") -> str:
    """Median, 95th percentile and number of measurements."""
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    return f"median {statistics.median(milliseconds):.1f} ms, p95 {p95:.1f} ms ({len(milliseconds)} {what})"


def wait_until_ready(url: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Returns when /health/ready says that everything runs. Raises RuntimeError when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as response:  # noqa: S310 (our own address)
                if b'"status": "ok", "checks"' in response.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready after {seconds:.0f} s (exit status {process.poll()})")


@contextmanager
def running_site(var: Path, **environment: str) -> Iterator[str]:
    """Yields the URL of a site that keeps everything in var, and stops it. `environment`: its other settings."""
    port = free_port()
    with (var / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=PROJECT,
            env={**os.environ, "VAR_DIR": str(var), **environment},
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process, START_SECONDS)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)


@dataclass
class Visitor:
    """A guest with cookies, who sends what htmx would send."""

    site: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        return self.request(path, None)

    def post(self, path: str, **fields: object) -> str:
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        return self.request(path, urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode())

    def request(self, path: str, body: bytes | None) -> str:
        request = urllib.request.Request(self.site + path, data=body, headers={"HX-Request": "true"})  # noqa: S310
        with self.opener.open(request, timeout=30) as response:
            return str(response.read().decode())

    def click_to_trace(self, experiment: int, option: int) -> float:
        """Milliseconds from the click to the whole fragment that shows the trace, polling as the page would."""
        started = time.perf_counter()
        page = self.post(f"/experiments/{experiment}/predict/", option=option, round=1)
        while 'data-state="shown"' not in page:
            poll = re.search(r'hx-get="([^"]*/result/[^"]*)"[^>]*delay:(\d+)ms', page)
            if poll is None:
                raise RuntimeError(f"neither a trace nor a poll:\n{page[:2000]}")
            time.sleep(int(poll[2]) / 1000)
            page = self.get(poll[1].replace("&amp;", "&"))
        return (time.perf_counter() - started) * 1000
