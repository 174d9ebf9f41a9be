"""What our middleware puts on a request."""

from __future__ import annotations

from classes.viewing import Viewing
from lessons import requests


class Request(requests.Request):
    viewing: Viewing | None


def site(request: Request) -> str:
    """The address of this site without a slash at its end."""
    return request.build_absolute_uri("/").rstrip("/")
