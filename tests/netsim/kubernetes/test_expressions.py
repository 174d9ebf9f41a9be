"""Regular expressions of routes: RE2's language, within a bound that keeps a backtracking engine quick."""

from __future__ import annotations

import time

import pytest

from netsim.errors import NetsimError
from netsim.kubernetes.gateway import HttpRouteMatch, PathMatchType
from netsim.kubernetes.parsing.expressions import regular_expression
from netsim.l7.http import HttpRequest
from netsim.l7.httproute import mismatch


@pytest.mark.parametrize("text", [r"/v[0-9]+/.*", r"(?:/a|/b)/.*", r"/\d{3}", r"(?i)/shop"])
def test_usual_expressions_are_accepted(text):
    assert regular_expression(text) == text


REFUSED = {
    "unbalanced": ("(", "is not a regular expression"),
    "looks ahead": ("a(?=b)", "looks around or back"),
    "refers back": (r"(a)\1", "looks around or back"),
    "repeats a group": ("(a+)+$", "repeats a group"),
    "repeats too often": (".*.*.*", "more than 2 repeats"),
    "many optional letters": ("a?a?a?", "more than 2 repeats"),
    "many alternatives": ("|".join("abcdefghij"), "more than 8 alternatives"),
    "very long": ("a" * 300, "more than 256 characters"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_take_long_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        regular_expression(text)


def test_the_worst_that_is_accepted_is_quick():
    match = HttpRouteMatch(
        regular_expression("(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a).*.*b"), PathMatchType.REGULAR_EXPRESSION
    )
    started = time.perf_counter()
    assert mismatch(match, HttpRequest(path="a" * 256)) is not None
    assert time.perf_counter() - started < 1


def test_a_text_beyond_the_bound_is_refused():
    match = HttpRouteMatch("/.*", PathMatchType.REGULAR_EXPRESSION)
    with pytest.raises(NetsimError, match="257 characters are too many"):
        mismatch(match, HttpRequest(path="/" + "a" * 256))
