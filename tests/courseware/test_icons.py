"""Icons are drawn by one tag from one file, and each that somebody asks for is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from lessons.picture import hop_events
from tests.lessons.factories import make_experiment

BASE = Path(settings.BASE_DIR)
SYMBOLS = set(re.findall(r'<symbol id="([a-z-]+)"', (BASE / "static/icons.svg").read_text()))
TEMPLATES = {path.relative_to(BASE).as_posix(): path.read_text() for path in (BASE / "templates").rglob("*.html")}
SCRIPTS = [path.read_text() for path in (BASE / "static/js").glob("*.js")]


def rendered(tag: str) -> str:
    return Template(tag).render(Context())


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    named = {name for text in TEMPLATES.values() for name in re.findall(r'{% icon "([^"]*)"', text)}
    assert len(named) > 20
    assert named - SYMBOLS == set()


def test_every_icon_of_a_script_is_in_the_sprite() -> None:
    calls = [call for text in SCRIPTS for call in re.findall(r"\b(?:icon|iconAddress)\((.*)\)", text)]
    named = {name for call in calls for name in re.findall(r'(?<!=== )"([a-z-]+)"', call)}
    assert {"pause", "drop", "bookmark"} <= named
    assert named - SYMBOLS == set()


def test_every_icon_of_an_event_is_in_the_sprite() -> None:
    assert {icon for _, icon, _ in hop_events.WORDS.values()} - SYMBOLS == set()


def test_templates_draw_icons_by_the_tag_alone() -> None:
    assert [name for name, text in TEMPLATES.items() if "<use" in text] == []


def test_an_icon_beside_a_word_is_silent() -> None:
    assert rendered('{% icon "drop" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#drop"/></svg>'
    )


def test_an_icon_in_place_of_a_word_says_it_in_the_language_of_the_page() -> None:
    tag = '{% icon "deliver" "big" label=_("right") %}'
    with translation.override("de"):
        german = rendered(tag)
    assert 'class="icon big" role="img" aria-label="right"' in rendered(tag)
    assert 'aria-label="richtig"' in german


def test_what_is_not_written_in_a_template_is_escaped() -> None:
    assert "<b>" not in Template("{% icon name label=name %}").render(Context({"name": "<b>"}))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "offline/"])
def test_a_page_names_the_sprite_that_its_icons_are_in(client: Client, address: str) -> None:
    page = client.get(make_experiment().lesson.get_absolute_url() + address).content.decode()
    (sprite,) = re.findall(r'data-icons="([^"]*)"', page)
    assert {use.partition("#")[0] for use in re.findall(r'<use href="([^"]*)"', page)} == {sprite}
