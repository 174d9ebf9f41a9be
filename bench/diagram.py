"""The picture of a cluster, of 60, 300 and 1,000 elements: drawn on the server, and first seen in a browser.

Measured in Chromium without a graphics card, at 1280 × 900: from the JSON text to the first frame that shows it, median
of several pages; on the server the drawing alone, for a cluster that is planned.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

from bench._site import PROJECT

SIZES = ((2, 2), (5, 5), (11, 9))
"""Nodes, and Pods on each."""
ROUNDS = 7
ORIGIN = "http://bench.invalid"
FOLDERS = {"/static/vendor/": PROJECT / "build" / "vendor", "/static/": PROJECT / "static"}
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
PAGE = """<!doctype html><html><head><meta id="__________cytoscape_stylesheet">
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/figure.css">
<style>#canvas { position: relative; width: 1216px; height: 700px }</style></head>
<body><div class="figure__picture"><div id="canvas"></div></div></body></html>"""
FIRST_RENDER = """async (text) => {
  const { pictureOf } = await import("/static/js/topology.js");
  const fonts = ["JetBrains Mono Variable", "Inter Variable"];
  await Promise.all(fonts.map((name) => document.fonts.load(`16px '${name}'`)));
  const start = performance.now();
  const topology = await pictureOf(document.querySelector("#canvas"), JSON.parse(text));
  await new Promise((seen) => topology.cy.one("render", () => requestAnimationFrame(seen)));
  return performance.now() - start;
}"""


DRAW = f"""
import json, statistics, sys, time
import netsim
from lessons.picture import drawing as diagrams
found = []
for text in json.load(sys.stdin):
    simulation = netsim.Simulation(netsim.load_cluster([("bench.yaml", text)]))
    diagrams.draw(simulation, (), {{}})
    times = []
    for _ in range({ROUNDS}):
        start = time.perf_counter()
        diagram = diagrams.draw(simulation, (), {{}})
        times.append(1000 * (time.perf_counter() - start))
    found.append([statistics.median(times), {{"elements": diagram["elements"], "size": diagram["size"]}}])
print(json.dumps(found))
"""
NODE = "{{apiVersion: v1, kind: Node, metadata: {{name: n{node}}}}}"
POD = (
    "{{apiVersion: v1, kind: Pod, metadata: {{name: p{node}-{pod}, namespace: shop, labels: {{app: a{pod}}}}}, "
    "spec: {{nodeName: n{node}, containers: [{{name: main, image: x, ports: [{{containerPort: 8080}}]}}]}}}}"
)
SERVICE = (
    "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, "
    "spec: {selector: {app: a0}, ports: [{port: 80, targetPort: 8080}]}}"
)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for drawn, diagram in pictures():
            text = json.dumps(diagram)
            seen = [
                first_render(browser.new_page(viewport={"width": 1280, "height": 900}), text) for _ in range(ROUNDS)
            ]
            print(
                f"diagram of {len(diagram['elements']):5,} elements: drawn in {drawn:5.1f} ms, first render "
                f"{statistics.median(seen):4.0f} ms (slowest {max(seen):.0f} ms), {len(text):,} bytes of JSON"
            )
        browser.close()


def cluster(nodes: int, pods: int) -> str:
    """Nodes with Pods on each, and a Service in front of the first ones."""
    documents = [NODE.format(node=node) for node in range(nodes)]
    documents += [POD.format(node=node, pod=pod) for node in range(nodes) for pod in range(pods)]
    return "\n---\n".join([*documents, SERVICE])


def pictures() -> list[tuple[float, dict[str, Any]]]:
    """(milliseconds to draw, picture) of each size."""
    with tempfile.TemporaryDirectory(prefix="hop-bench-") as folder:
        result = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", DRAW],
            cwd=PROJECT,
            env={**os.environ, "VAR_DIR": folder},
            input=json.dumps([cluster(*size) for size in SIZES]),
            capture_output=True,
            text=True,
            check=True,
        )
    return [(drawn, diagram) for drawn, diagram in json.loads(result.stdout)]


def first_render(page: Page, picture: str) -> float:
    """Milliseconds on a page of its own, which is closed."""
    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    milliseconds = float(page.evaluate(FIRST_RENDER, picture))
    page.close()
    return milliseconds


def answer(route: Route) -> None:
    """The page itself, and the project's static files as they lie on disk."""
    path = route.request.url.removeprefix(ORIGIN)
    for prefix, folder in FOLDERS.items():
        if path.startswith(prefix):
            file = Path(folder, path.removeprefix(prefix))
            route.fulfill(body=file.read_bytes(), content_type=KINDS.get(file.suffix, "application/octet-stream"))
            return
    route.fulfill(body=PAGE, content_type="text/html")


if __name__ == "__main__":
    main()
