"""How much a browser loads with a lesson: every file that its page leads to, compressed as production serves it."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.lessons.factories import make_experiment

pytestmark = pytest.mark.django_db
FIRST_LOAD = 350_000  # bytes, fonts included
PAGE = 20_000  # bytes of a lesson's page, which is all that a second load needs
OWN_FILE = re.compile(r'"/static/(?!vendor/)([^"#]+)(\.[a-z0-9]+)(?=["#])')
LINK = re.compile(r'(?:href|src)="/static/([^"#]+)(?:#[^"]*)?"')
REFERENCE = re.compile(r"""(?:from|import|import\()\s*["'](\.[^"']+)["']|url\("([^"]+)"\)""")
COMPRESSED_ALREADY = (".woff2", ".png")


def assets_of(page: str) -> dict[str, bytes]:
    """The files that a page names, and those that they import, by name."""
    found: dict[str, bytes] = {}
    waiting = LINK.findall(page)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = finders.find(name)
        assert path, f"{name} is no static file"
        found[name] = Path(path).read_bytes()
        if name.endswith((".js", ".css")) and "/vendor/" not in name:
            text = found[name].decode()
            waiting += [resolved(name, script or style) for script, style in REFERENCE.findall(text)]
    return found


def resolved(base: str, reference: str) -> str:
    root = Path("/")
    return str((root / base).parent.joinpath(reference).resolve().relative_to(root))


def as_production_names(page: str) -> str:
    """With 12 hexadecimal digits in the names of our own files, as courseware.storage has them: they weigh."""
    return OWN_FILE.sub(
        lambda found: f'"/static/{found[1]}.{sha256(found[1].encode()).hexdigest()[:12]}{found[2]}', page
    )


def size(name: str, content: bytes) -> int:
    return len(content) if name.endswith(COMPRESSED_ALREADY) else len(brotli.compress(content))


@pytest.fixture
def page(client: Client) -> str:
    return client.get(make_experiment().lesson.get_absolute_url()).content.decode()


def test_the_first_load_of_a_lesson_stays_within_its_budget(page: str) -> None:
    sizes = {name: size(name, content) for name, content in assets_of(page).items()}
    assert sum(sizes.values()) + PAGE <= FIRST_LOAD, sorted(sizes.items(), key=lambda item: -item[1])


def test_the_budget_counts_fonts_and_what_is_loaded_later(page: str) -> None:
    names = assets_of(page)
    assert any("jetbrains-mono" in name for name in names)
    assert any("cytoscape" in name for name in names)


def test_the_budget_counts_the_icons(page: str) -> None:
    assert "icons.svg" in assets_of(page)


def test_the_budget_of_a_page_is_held_with_the_names_that_production_gives(page: str) -> None:
    named = as_production_names(page)
    files = [path for path in LINK.findall(named) if not path.startswith("vendor/")]
    assert len(files) > 20
    assert all(re.fullmatch(r".+\.[0-9a-f]{12}\.\w+", path) for path in files)


def test_the_player_is_not_loaded_with_the_page(page: str) -> None:
    assert "cytoscape@" not in page
    assert "js/player.js" not in page
