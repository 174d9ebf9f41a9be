"""Pages name the browser libraries by the versions that package.json pins."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
LINK = re.compile(r"vendor/((?:@[\w-]+/)?[\w-]+)@([\d.]+)/([\w./-]+)")
SOURCES = [
    path for folder in ("static", "templates") for kind in ("*.js", "*.css", "*.html", "*.svg")
    for path in (PROJECT / folder).rglob(kind)
]  # fmt: skip
LINKS = sorted({match for path in SOURCES for match in LINK.findall(path.read_text(encoding="utf-8"))})


def test_pages_use_browser_libraries() -> None:
    assert {name for name, _, _ in LINKS} >= {"cytoscape", "@fontsource-variable/inter"}


@pytest.mark.parametrize(("name", "version", "file"), LINKS, ids=[f"{name}/{file}" for name, _, file in LINKS])
def test_a_link_names_the_pinned_version_and_a_file_that_is_served(name: str, version: str, file: str) -> None:
    assert PACKAGE["dependencies"][name] == version
    assert file in PACKAGE["vendor"][name]
