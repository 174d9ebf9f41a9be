"""Compresses pages: Brotli for whole documents, which are large, and Django's gzip for all else.

Compression lets an attacker who can have text of his choice reflected in a page, and who sees the length of the answer,
guess secrets of that page byte by byte (the BREACH attack). Django masks the CSRF token anew in each page, and the
session cookie is SameSite=Lax, so no request from another site carries it but a visible navigation. On top of that each
answer gets a random length: Django's gzip does that itself, here it is a comment after the document.

Lines lose the indentation of templates, which browsers ignore but where text is shown as it was typed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import brotli
from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponse
from django.utils.cache import patch_vary_headers

View = Callable[[HttpRequest], HttpResponseBase]
QUALITY = 8  # of 11: a page of 160 kB in 8 ms
SMALLEST = 1_000  # bytes
LONGEST_PADDING = 100  # bytes
END = b"</html>"
AS_TYPED = re.compile(rb"(<(pre|textarea|script|style|code)\b.*?</\2>)", re.DOTALL)
# Between two tags only: values of attributes and texts may be what somebody typed, such as YAML.
INDENTATION = re.compile(rb"(?:\A|(?<=>))\n\s+(?=<|\Z)")
REFUSED = re.compile(r"q=0(\.0*)?")


def brotli_pages(get_response: View) -> View:
    """Compresses whole HTML documents for browsers that take Brotli."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponse) and _is_page(response):
            patch_vary_headers(response, ["Accept-Encoding"])
            if "br" in _accepted(request):
                response.content = compressed(response.content + _padding())
                response.headers["Content-Encoding"] = "br"
                response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def compressed(page: bytes) -> bytes:
    return brotli.compress(_without_indentation(page), brotli.MODE_TEXT, QUALITY)


def _without_indentation(page: bytes) -> bytes:
    """Parts of a split are, in turn, text, an element whose text is shown as it was typed, and that element's name."""
    parts = AS_TYPED.split(page)
    parts[::3] = [INDENTATION.sub(b"\n", text) for text in parts[::3]]
    del parts[2::3]
    return b"".join(parts)


def _is_page(response: HttpResponse) -> bool:
    is_plain_html = response.get("Content-Type", "").startswith("text/html") and "Content-Encoding" not in response
    return is_plain_html and len(response.content) >= SMALLEST and response.content.rstrip().endswith(END)


def _accepted(request: HttpRequest) -> set[str]:
    """The codings that the client takes; one of quality 0 is refused (RFC 9110, section 12.5.3)."""
    offers = (offer.partition(";") for offer in request.headers.get("Accept-Encoding", "").split(","))
    return {name.strip().lower() for name, _, weight in offers if not REFUSED.fullmatch(weight.strip())}


def _padding() -> bytes:
    return f"<!-- {secrets.token_hex(LONGEST_PADDING // 2)[: secrets.randbelow(LONGEST_PADDING)]} -->".encode()
