"""Our own middleware."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from courseware.middleware import client_address


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        pytest.param("198.51.100.7", "198.51.100.7", id="what the proxy saw"),
        pytest.param("10.1.1.1, 198.51.100.7", "198.51.100.7", id="what a client made up comes first and is ignored"),
        pytest.param("", "127.0.0.1", id="no proxy"),
    ],
)
def test_the_clients_address_is_the_one_that_our_proxy_saw(forwarded: str, expected: str) -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    client_address(view)(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}))
    assert seen == [expected]
