"""The browser fixtures notice what they are there to notice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
INLINE_STYLE = "<!doctype html><html lang='en'><title>t</title><style>p {color: red}</style><p>Text"
NO_LANGUAGE = "<!doctype html><title>t</title><main><h1>Title</h1><img src='data:,'></main>"


def serve(page: Page, html: str) -> None:
    page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html", headers=POLICY))
    page.goto("http://hop.example/")


POLICY = {"Content-Security-Policy": "default-src 'none'"}


def test_an_inline_style_is_reported_as_a_violation(page: Page, csp_violations: list[str]) -> None:
    serve(page, INLINE_STYLE)
    page.wait_for_timeout(100)
    assert len(csp_violations) == 1
    assert csp_violations[0].startswith("style-src-elem blocked inline")
    csp_violations.clear()


def test_an_image_without_text_is_reported_as_inaccessible(
    page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    serve(page, NO_LANGUAGE)
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)
