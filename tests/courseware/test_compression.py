"""Whole pages are compressed with Brotli for browsers that take it, and have a random length."""

from __future__ import annotations

import brotli
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from courseware.compression import brotli_pages

PAGE = "<!doctype html><html><body>" + "<p>A packet.</p>" * 100 + "</body></html>\n"


def answer(body: str, accepted: str, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepted})
    response = brotli_pages(lambda _: HttpResponse(body, content_type=content_type))(request)
    assert isinstance(response, HttpResponse)
    return response


def test_a_page_arrives_whole_and_smaller() -> None:
    response = answer(PAGE, "gzip, deflate, br, zstd")
    assert brotli.decompress(response.content).decode().startswith(PAGE)
    assert response["Content-Encoding"] == "br"
    assert int(response["Content-Length"]) == len(response.content) < len(PAGE) / 5


@pytest.mark.parametrize("accepted", ["", "gzip", "br;q=0, gzip", "br; q=0.0"])
def test_a_browser_that_takes_no_brotli_gets_the_page_as_it_is(accepted: str) -> None:
    response = answer(PAGE, accepted)
    assert response.content.decode() == PAGE
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("<p>A packet.</p>" * 100, "text/html", id="a fragment"),
        pytest.param("<html></html>", "text/html", id="a short page"),
        pytest.param(PAGE, "text/plain", id="no HTML"),
    ],
)
def test_all_else_is_left_to_djangos_gzip(body: str, content_type: str) -> None:
    assert "Content-Encoding" not in answer(body, "br", content_type)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("<p>\n    <b>one</b>\n\n  <b>two</b>", "<p>\n<b>one</b>\n<b>two</b>"),
        ("<td>spec:\n  ports</td>", "<td>spec:\n  ports</td>"),
        ("<input value='spec:\n  ports'>", "<input value='spec:\n  ports'>"),
        ("<pre>\n  a\n    b</pre>\n  <p>", "<pre>\n  a\n    b</pre>\n<p>"),
        ("<textarea name='x'>\n  a</textarea>", "<textarea name='x'>\n  a</textarea>"),
        ("<code>a\n  b</code>\n  <pre>\n  c</pre>", "<code>a\n  b</code>\n<pre>\n  c</pre>"),
    ],
    ids=["between tags", "text", "a value", "pre", "textarea", "two elements"],
)
def test_tags_lose_their_indentation_and_what_was_typed_does_not(body: str, sent: str) -> None:
    page = PAGE.replace("<p>A packet.</p>", body, 1)
    assert sent in brotli.decompress(answer(page, "br").content).decode()


def test_the_same_page_has_many_lengths() -> None:
    assert len({len(answer(PAGE, "br").content) for _ in range(40)}) > 10
