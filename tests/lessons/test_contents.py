"""The contents beside a lesson name its parts in the order of the page."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from lessons import catalog
from lessons.models import Lesson
from tests.lessons.factories import make_experiment, make_lesson, make_trace

pytestmark = pytest.mark.django_db
BODY = """
## Routes & `ip route`

::trace[worked]

### Not listed

::experiment[first]

## Last
"""


@pytest.fixture
def lesson() -> Lesson:
    lesson = make_lesson(body=BODY)
    make_experiment(lesson, slug="first", title="A packet")
    make_trace(lesson, "worked")
    make_trace(lesson, "alone")
    return lesson


def test_headings_experiments_and_traces_stand_where_the_page_has_them(lesson: Lesson) -> None:
    page = catalog.open_lesson(lesson, AnonymousUser(), None)
    assert [(entry.kind, entry.title) for entry in page.contents] == [
        ("section", "Routes & ip route"),
        ("trace", "A trace, worked"),
        ("experiment", "A packet"),
        ("section", "Last"),
        ("trace", "A trace, alone"),
    ]


def test_every_entry_leads_to_a_part_of_the_page(client: Client, lesson: Lesson) -> None:
    page = client.get(lesson.get_absolute_url()).content.decode()
    contents = page[page.index("data-contents") : page.index("</nav>", page.index("data-contents"))]
    anchors = re.findall(r'href="#([^"]+)"', contents.replace('use href="#', 'use icon="#'))
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []
    assert len(anchors) == 5


def test_nothing_is_done_at_first(lesson: Lesson) -> None:
    page = catalog.open_lesson(lesson, AnonymousUser(), None)
    assert not any(entry.done for entry in page.contents)


def test_a_lesson_without_parts_has_no_contents(client: Client) -> None:
    page = client.get(make_lesson(body="One paragraph.").get_absolute_url()).content.decode()
    assert "data-contents" not in page


def test_a_playground_is_named_as_its_author_does(lesson: Lesson) -> None:
    lesson.playground = {"title": "Harbour is yours"}
    last = catalog.open_lesson(lesson, AnonymousUser(), None).contents[-1]
    assert (last.kind, last.anchor, last.title) == ("playground", "playground", "Harbour is yours")
