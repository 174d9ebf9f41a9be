"""The glossary and the myths."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from lessons.library import glossary
from lessons.models import Lesson
from tests.lessons.factories import make_experiment, make_lesson

MYTH = {"claim": "A Service is a machine.", "verdict": "misleading", "evidence": "No interface has it.", "id": "A10"}
pytestmark = pytest.mark.django_db


def lesson_with(words: dict[str, str], slug: str = "services", position: int = 1, **values: object) -> Lesson:
    entries = [{"term": word, "meaning": meaning} for word, meaning in words.items()]
    return make_lesson(slug=slug, position=position, glossary=entries, **values)


def test_words_are_in_alphabetical_order_and_name_their_lessons() -> None:
    first = lesson_with({"veth": "A cable.", "DNAT": "One meaning."}, position=1)
    second = lesson_with({"dnat": "Another meaning."}, slug="two", position=2, course=first.course)
    found = glossary.entries_for(AnonymousUser())
    assert [(entry.word, entry.meaning, entry.lessons) for entry in found] == [
        ("DNAT", "One meaning.", (first, second)),
        ("veth", "A cable.", (first,)),
    ]


def test_meanings_link_to_other_words(client: Client) -> None:
    lesson_with({"DNAT": "A kind of translation.", "translation": "Rewriting."})
    assert '<a href="/glossary/#term-translation"' in client.get("/glossary/").content.decode()


def test_a_lesson_links_its_words(client: Client) -> None:
    lesson = lesson_with({"DNAT": "Rewriting."}, body="It does DNAT.")
    assert '<a href="/glossary/#term-dnat"' in client.get(lesson.get_absolute_url()).content.decode()


def test_an_empty_glossary_says_so(client: Client) -> None:
    assert "No lesson explains a word yet." in client.get("/glossary/").content.decode()


def test_a_myth_hides_its_verdict_until_the_packet_was_sent(client: Client) -> None:
    experiment = make_experiment(make_lesson(), myth=MYTH)
    page = client.get("/myths/").content.decode()
    assert "A Service is a machine." in page
    assert "No interface has it." not in page
    client.post(f"/experiments/{experiment.pk}/predict/", {"option": experiment.options.all()[0].pk})
    page = client.get("/myths/").content.decode()
    assert "No interface has it." in page
    assert "misleading" in page


def test_experiments_without_a_claim_are_no_myths(client: Client) -> None:
    make_experiment(make_lesson())
    assert "No lesson decides a claim yet." in client.get("/myths/").content.decode()
