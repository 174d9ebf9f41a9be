"""From the click to the trace: through the web server, the broker and a worker, on a cold and on a warm cache.

Measured at the HTTP client: form post to the last byte of the fragment that shows the trace. Goals on an idle machine:
p95 under 150 ms cold, under 30 ms warm.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._site import PROJECT, Visitor, running_site, summary

CLICKS = 60
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
