"""The copy of a lesson to read without a network: complete, the same for everybody, and nothing personal in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from lessons.models import Experiment, Lesson, Status
from lessons.runs import simulations
from tests.lessons.factories import make_experiment, make_lesson, make_trace, make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/courses/networking/services/offline/"
SOURCES = [{"title": "A book", "url": "https://example.org/book"}]
GLOSSARY = [{"term": "DNAT", "meaning": "Destination translation."}]


@pytest.fixture
def lesson() -> Lesson:
    lesson = make_lesson(
        body="The text.\n\n::experiment[first]\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        key_points=["Packets move."],
        sources=SOURCES,
        glossary=GLOSSARY,
        playground={"title": "Yours"},
    )
    simulations.solve(make_experiment(lesson, takeaway="It works.").scenario())
    simulations.solve(make_trace(lesson, "worked").scenario())
    simulations.solve(make_trace(lesson, "blanks").scenario())
    return lesson


@pytest.fixture
def copy(client: Client, lesson: Lesson) -> str:
    return client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    "part",
    ["The text.", "<td>1</td>", "A connection", "Because it is refused.", "It works.", "Packets move.",
     "Destination translation.", "A book", "It leaves by <em>eth0</em>.", "10.96.0.50", "What happens:",
     "<path class", "What happens</th>"],
)  # fmt: skip
def test_the_copy_has_everything_that_can_be_read(copy: str, part: str) -> None:
    assert part in copy


@pytest.mark.parametrize("part", ["<form", "csrf", "hx-", "htmx", "Yours", "<input"])
def test_the_copy_has_nothing_that_needs_the_server(copy: str, part: str) -> None:
    assert part not in copy


def test_the_copy_is_the_same_for_everybody(client: Client, lesson: Lesson, copy: str) -> None:
    client.force_login(make_user(is_staff=True))
    client.post("/courses/networking/services/bookmarks/", {"place": ""})
    response = client.get(ADDRESS)
    assert response.content.decode() == copy
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    assert response["Cache-Control"] == "private, max-age=300"


def test_the_way_is_marked_only_where_nothing_is_asked(client: Client, lesson: Lesson) -> None:
    lesson.traces.all().delete()
    assert 'passed"' not in client.get(ADDRESS).content.decode()
    simulations.solve(make_trace(lesson, "worked", show={"nodes": ["n1"]}).scenario())
    assert 'passed"' in client.get(ADDRESS).content.decode()


def test_an_experiment_that_was_never_computed_says_so(client: Client) -> None:
    make_experiment()
    assert "is not drawn yet" in client.get(ADDRESS).content.decode()


def test_an_experiment_that_is_broken_leaves_the_rest_to_read(client: Client, lesson: Lesson) -> None:
    Experiment.objects.update(action={"probe": {"from": "nobody"}})
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert "The text." in response.content.decode()


@pytest.mark.parametrize("which", ["lesson", "course"])
def test_a_draft_has_no_copy_even_for_staff(client: Client, lesson: Lesson, which: str) -> None:
    draft = lesson if which == "lesson" else lesson.course
    draft.status = Status.DRAFT
    draft.save()
    client.force_login(make_user(is_staff=True))
    assert client.get(ADDRESS).status_code == 404


def test_the_service_worker_is_served_from_the_root_and_asked_for_anew(client: Client) -> None:
    response = client.get("/service-worker.js")
    assert (response["Content-Type"], response["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert "caches.match" in response.content.decode()


def test_the_page_of_kept_lessons_is_the_same_for_everybody(client: Client) -> None:
    before = client.get("/offline/").content
    client.force_login(make_user())
    assert client.get("/offline/").content == before


@pytest.mark.parametrize("name", ["SHELL", "LESSON"])
def test_pages_and_service_worker_mean_the_same_caches(name: str) -> None:
    scripts = [Path("static/js", script).read_text() for script in ("service_worker.js", "offline_store.js")]
    one, other = (re.findall(rf'^const {name} = "(.+)";$', script, re.MULTILINE) for script in scripts)
    assert one == other != []
