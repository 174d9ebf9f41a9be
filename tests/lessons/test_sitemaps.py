"""What search engines are told."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.lessons.factories import make_lesson

pytestmark = pytest.mark.django_db


def test_the_sitemap_lists_published_lessons_and_no_drafts(client: Client) -> None:
    lesson = make_lesson()
    shown = lesson.get_absolute_url()
    make_lesson(slug="draft", status="draft", course=lesson.course)
    text = client.get("/sitemap.xml").content.decode()
    assert (f"http://testserver{shown}<" in text, "/draft/" in text) == (True, False)


def test_robots_are_led_to_the_sitemap_and_kept_from_personal_pages(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml\n" in text
    assert "Disallow: /bookmarks/\n" in text


def test_the_canonical_address_has_no_query(client: Client) -> None:
    page = client.get("/glossary/?q=x").content.decode()
    assert '<link rel="canonical" href="http://testserver/glossary/">' in page
