"""From the click to the trace: through the web server, the broker and a worker, on a cold and on a warm cache.

Measured at the HTTP client: form post to the last byte of the fragment that shows the trace. Goals on an idle machine:
p95 under 150 ms cold, under 30 ms warm.

And the page of each shipped lesson for a new guest: from the request to its last byte, once its pictures are drawn, and
how large it is on the wire with Brotli.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench._site import PROJECT, Visitor, running_site, summary

CLICKS = 60
PAGE_VIEWS = 8
DRAWING_SECONDS = 120
# A guest may send 30 packets a minute, so the visitor changes before that.
CLICKS_A_VISITOR = 20
# Copies of the shipped course's first experiment that differ in the packet's seed: each one has a trace of its own.
COPY_EXPERIMENT = f"""
import json
from lessons.models import Experiment
first = Experiment.objects.order_by("lesson__position", "position").first()
options = list(first.options.all())
copies = []
for number in range({CLICKS} + 1):
    probe = first.action["probe"] | {{"seed": 10_000 + number}}
    copy = Experiment(lesson=first.lesson, slug=f"bench-{{number}}", position=1000 + number, title=first.title,
        changes=first.changes, action={{"probe": probe}}, show=first.show, question=first.question)
    copy.save()
    for option in options:
        option.pk, option.experiment = None, copy
        option.save()
    copies.append([copy.pk, options[0].pk])
print(json.dumps({{"lesson": first.lesson.get_absolute_url(), "copies": copies}}))
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="hop-bench-") as folder, running_site(Path(folder)) as site:
        result = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", COPY_EXPERIMENT],
            cwd=PROJECT,
            env={**os.environ, "VAR_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
        made = json.loads(result.stdout)
        (first, *rest) = made["copies"]
        print(f"click to trace, first after start: {clicks(site, made['lesson'], [first])[0]:.1f} ms (1 click)")
        print(f"click to trace, cold cache:        {summary(clicks(site, made['lesson'], rest))}")
        print(f"click to trace, warm cache:        {summary(clicks(site, made['lesson'], rest))}")
        lessons(site)


def lessons(site: str) -> None:
    """Every lesson PAGE_VIEWS times; the visits before draw the pictures and trace the packets that the pages show."""
    visitor = Visitor(site)
    course = visitor.get("/")
    address = re.search(r'href="(/courses/[^/"]+/)"', course)
    if address is None:
        raise RuntimeError("the home page leads to no course")
    found = set(re.findall(rf'href="({address[1]}[^/"]+/)"', visitor.get(address[1])))
    paths = sorted(found - {f"{address[1]}certificate/"})
    times, sizes = [], []
    for path in paths:
        draw(Visitor(site), path)
        for _ in range(PAGE_VIEWS):
            milliseconds, size = timed_page(site, path)
            times.append(milliseconds)
            sizes.append(size)
    print(f"page of a lesson, warm cache:      {summary(times, 'pages')}")
    print(f"page of a lesson, with Brotli:     {min(sizes):,} to {max(sizes):,} bytes ({len(paths)} lessons)")


def draw(visitor: Visitor, path: str) -> None:
    """Asks for what the page would ask for, until nothing of it is waiting."""
    deadline = time.monotonic() + DRAWING_SECONDS
    while waiting := re.findall(
        r'hx-get="([^"]*/(?:diagram|traces/[0-9]+)/[^"]*)" hx-trigger="load', visitor.get(path)
    ):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path}: not drawn within {DRAWING_SECONDS} s: {waiting}")
        for address in waiting:
            try:
                visitor.get(address.replace("&amp;", "&"))
            except urllib.error.HTTPError as error:  # busy, or asked too often: asked again
                time.sleep(int(error.headers.get("Retry-After", 1)))


def timed_page(site: str, path: str) -> tuple[float, int]:
    """Milliseconds and bytes of a page for a guest who comes for the first time."""
    request = urllib.request.Request(site + path, headers={"Accept-Encoding": "br"})  # noqa: S310 (our own address)
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        size = len(response.read())
    return (time.perf_counter() - started) * 1000, size


def clicks(site: str, lesson: str, experiments: list[list[int]]) -> list[float]:
    """Milliseconds of each click; the visitors are guests who have the lesson's page open."""
    times = []
    for number, (experiment, option) in enumerate(experiments):
        if number % CLICKS_A_VISITOR == 0:
            visitor = Visitor(site)
            visitor.get(lesson)
        times.append(visitor.click_to_trace(experiment, option))
    return times


if __name__ == "__main__":
    main()
