"""Security headers on every kind of response."""

from __future__ import annotations

import pytest
from django.test import Client

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
PAGES = ["/health/live", "/admin/login/", "/no-such-page", "/static/django_htmx/htmx-2.min.js", "/admin/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_response_carries_the_strict_policy(client: Client, path: str) -> None:
    response = client.get(path)
    assert set(response.headers["Content-Security-Policy"].split("; ")) == POLICY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_other_headers(client: Client, header: str, value: str) -> None:
    assert client.get("/admin/login/").headers[header] == value


def test_features_that_no_page_uses_are_off(client: Client) -> None:
    assert "camera=()" in client.get("/health/live").headers["Permissions-Policy"]


def test_the_cookies_are_not_readable_across_sites(settings: object) -> None:
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY is True
