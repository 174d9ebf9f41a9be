"""A visitor without a browser: keeps cookies, sends the CSRF token, asks the way htmx does, and takes the time."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """status 0: nobody answered."""

    status: int
    text: str
    seconds: float


class Visitor:
    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Answer:
        return self.ask(urllib.request.Request(self.url + path))  # noqa: S310 (our own server)

    def post(self, path: str, data: Mapping[str, object]) -> Answer:
        token = next((cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), "")
        request = urllib.request.Request(self.url + path, data=urlencode(data, doseq=True).encode())  # noqa: S310
        request.add_header("X-CSRFToken", token)
        return self.ask(request)

    def ask(self, request: urllib.request.Request) -> Answer:
        request.add_header("HX-Request", "true")
        start = time.monotonic()
        try:
            with self.opener.open(request, timeout=15) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
            status, text = 0, ""
        return Answer(status, text, time.monotonic() - start)
