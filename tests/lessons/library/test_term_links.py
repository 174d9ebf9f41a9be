"""Words of the glossary become links in running text."""

from __future__ import annotations

import re

import pytest

from lessons.content import rendering
from lessons.content.term_links import Term

TERMS = (
    Term("bridge", "/glossary/#term-bridge", "Switches frames."),
    Term("DNAT", "/glossary/#term-dnat", "Rewrites the destination."),
    Term("IP address", "/glossary/#term-ip-address", "Names an interface."),
    Term("IP", "/glossary/#term-ip", "A protocol."),
    Term("Gateway", "/glossary/#term-gateway", "A kind of object."),
)


def linked(markdown: str) -> list[str]:
    """The texts of the links to the glossary."""
    return re.findall(r'<a href="/glossary/#[^>]*class="term"[^>]*>([^<]*)</a>', rendering.html(markdown, TERMS))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("The bridge and the bridge.", ["bridge"], id="only the first use"),
        pytest.param("One bridge.\n\nAnother bridge.", ["bridge"], id="once in a text"),
        pytest.param("Bridges do it.", ["Bridges"], id="a plural at the start of a sentence"),
        pytest.param("DNAT is not dnat.", ["DNAT"], id="an abbreviation as it is written"),
        pytest.param("A gateway is no Gateway.", ["Gateway"], id="the name of a kind as it is written"),
        pytest.param("An IP address.", ["IP address"], id="the longest word wins"),
        pytest.param("abridge, bridge-nf, bridge.local, /bridge", [], id="no part of another word"),
        pytest.param("A bridge.", ["bridge"], id="before a full stop"),
        pytest.param("# The bridge", [], id="not in a heading"),
        pytest.param("`bridge`", [], id="not in code"),
        pytest.param("[a bridge](https://example.org)", [], id="not in a link"),
        pytest.param("| bridge |\n|---|\n| bridge |", [], id="not in a table"),
        pytest.param("- a *bridge* here", ["bridge"], id="in emphasis and lists"),
    ],
)
def test_the_first_use_in_running_text_is_linked(markdown: str, words: list[str]) -> None:
    assert linked(markdown) == words


def test_a_link_says_what_the_word_means() -> None:
    assert 'title="Rewrites the destination."' in rendering.html("DNAT", TERMS)


def test_without_terms_nothing_is_linked() -> None:
    assert "<a" not in rendering.html("The bridge.")
