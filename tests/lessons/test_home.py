"""The home page sends a packet at once; the course page is a map."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from lessons import demo
from lessons.content.schema import ContentError
from lessons.course_map import course_map
from lessons.models import Course, Lesson, SimulationRun
from lessons.progress import lesson_cards
from lessons.runs import simulations
from tests.lessons.factories import make_lesson

pytestmark = pytest.mark.django_db
DEMO: dict[str, Any] = {
    "lesson": "services",
    "packets": [
        {"slug": "service", "label": "To the Service", "probe": {"from": "pod/ops/client", "to": "svc/app/api"}},
        {"slug": "pod", "label": "To the Pod", "probe": {"from": "pod/ops/client", "to": "pod/app/two", "port": 8080}},
    ],
}


@pytest.fixture
def course() -> Course:
    course = make_lesson().course
    course.demo = DEMO
    course.save()
    return course


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WAIT_SECONDS", 0.0)


def perform_all() -> None:
    for key in SimulationRun.objects.values_list("key", flat=True):
        simulations.perform(key)


def test_the_home_page_offers_every_packet(client: Client, course: Course) -> None:
    page = client.get("/").content.decode()
    assert [label in page for label in ("To the Service", "To the Pod")] == [True, True]


@pytest.mark.parametrize("slug", ["service", "pod"])
def test_the_focus_can_return_to_the_packet_that_was_sent(client: Client, course: Course, slug: str) -> None:
    """htmx gives the focus back to an element that has the same id in the new page."""
    before, after = (client.get(address).content.decode() for address in ("/", f"/?packet={slug}"))
    assert [f'id="demo-{slug}"' in page for page in (before, after)] == [True, True]


def test_a_packet_is_sent_without_javascript(client: Client, course: Course) -> None:
    client.get("/", {"packet": "pod"})
    perform_all()
    page = client.get("/", {"packet": "pod"}).content.decode()
    assert "The client sees: connected" in page
    assert "<h1>" in page


def test_htmx_gets_the_demo_alone_and_plays_it(client: Client, course: Course) -> None:
    client.get("/", {"packet": "pod"})
    perform_all()
    part = client.get("/", {"packet": "pod"}, headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part
    assert "data-play" in part


def test_a_visitor_is_told_when_the_simulator_does_not_answer(client: Client, course: Course) -> None:
    assert "has not answered yet" in client.get("/", {"packet": "pod"}).content.decode()


def test_an_unknown_packet_sends_nothing(client: Client, course: Course) -> None:
    assert client.get("/", {"packet": "nonsense"}).status_code == 200
    assert not SimulationRun.objects.exists()


def test_a_course_without_a_demo_has_a_drawing(client: Client) -> None:
    make_lesson()
    page = client.get("/").content.decode()
    assert 'class="journey"' in page
    assert 'id="demo"' not in page


def test_a_demo_through_a_lesson_that_is_gone_names_it(course: Course) -> None:
    course.demo = DEMO | {"lesson": "nothing"}
    with pytest.raises(ContentError, match="no lesson 'nothing'"):
        demo.open_demo(course)


def test_the_home_page_stays_when_the_lesson_of_its_demo_is_gone(client: Client, course: Course) -> None:
    Lesson.objects.update(slug="renamed")
    page = client.get("/")
    assert page.status_code == 200
    assert 'class="journey"' in page.content.decode()


def mapped(parts: list[dict[str, Any]], positions: list[int]) -> list[tuple[str, list[int]]]:
    first = make_lesson(slug="lesson-0", position=positions[0])
    course = first.course
    course.parts = parts
    for number, position in enumerate(positions[1:], start=1):
        Lesson.objects.create(course=course, slug=f"lesson-{number}", title="L", position=position)
    found = course_map(course, lesson_cards(course.lessons.all(), None))
    return [(part.title, [card.lesson.position for card in part.cards]) for part in found]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        pytest.param([], [("", [1, 2, 5])], id="no parts"),
        pytest.param([{"title": "A", "first": 1}, {"title": "B", "first": 5}], [("A", [1, 2]), ("B", [5])], id="two"),
        pytest.param([{"title": "B", "first": 2}], [("", [1]), ("B", [2, 5])], id="before the first part"),
        pytest.param([{"title": "A", "first": 1}, {"title": "Z", "first": 9}], [("A", [1, 2, 5])], id="an empty part"),
    ],
)
def test_the_map_groups_lessons(parts: list[dict[str, Any]], found: list[tuple[str, list[int]]]) -> None:
    assert mapped(parts, [1, 2, 5]) == found
