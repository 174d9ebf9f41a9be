"""Stored results are English; what the course made from phrases is said in the learner's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from lessons import phrases
from lessons.picture import narration
from lessons.templatetags.phrases import told
from lessons.templatetags.playback import playback
from netsim.trace.outcomes import ClientSees
from tests.lessons import exchanges

ENGINE = "The bridge cni0 floods the frame."


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Pod ops/probe on n1", "Pod ops/probe auf n1"),
        ("node n1", "Node n1"),
        ("in the network of node n1", "im Netz von Node n1"),
        ("The frame leaves the Pod through eth0.", "Der Frame verlässt den Pod durch eth0."),
        ("Outer IPv4 and UDP", "Äußeres IPv4 und UDP"),
        ("IPv6 and TCP", "IPv6 und TCP"),
        ("1500 + 548 bytes", "1500 + 548 Bytes"),
        ("connected", "verbunden"),
        ("Node n1 (10.0.1.1) runs ops/a (10.244.1.2).", "Auf Node n1 (10.0.1.1) laufen: ops/a (10.244.1.2)."),
        ("Service a/b (10.96.0.1) has no ready endpoint.", "Service a/b (10.96.0.1) hat keinen bereiten Endpoint."),
        (ENGINE, ENGINE),
        ("eth0", "eth0"),
    ],
)  # fmt: skip
def test_a_phrase_is_said_in_german(english: str, german: str) -> None:
    with translation.override("de"):
        assert phrases.shown(english) == german


@pytest.mark.parametrize("text", ["Pod ops/probe on n1", "connected", ENGINE])
def test_in_english_nothing_changes(text: str) -> None:
    with translation.override("en"):
        assert (phrases.shown(text), phrases.is_shown(text)) == (text, True)


def test_a_sentence_of_the_engine_is_marked_as_english() -> None:
    with translation.override("de"):
        assert told("<a> b.") == '<span lang="en">&lt;a&gt; b.</span>'


def test_a_phrase_is_not_marked() -> None:
    with translation.override("de"):
        assert told("The packet is routed.") == "Das Paket wird geroutet."


@pytest.fixture(scope="module")
def result() -> dict[str, object]:
    return {"diagram": {"stops": []}, "rows": narration.rows(exchanges.parts(exchanges.across_nodes()))}


def test_the_player_gets_german_words_and_where_it_gets_english_ones_says_so(result: dict[str, object]) -> None:
    with translation.override("de"):
        rows = playback(result)["rows"]
    assert rows[0]["leg_title"] == "Anfrage"
    assert rows[0]["detail"] == "Pod ops/client auf n1"
    assert {row["sentence_language"] for row in rows} == {"", "en"}
    assert any(event["word"] == "eingepackt" for row in rows for event in row["events"])


def test_the_stored_result_stays_english(result: dict[str, object]) -> None:
    with translation.override("de"):
        playback(result)
    assert result["rows"][0]["detail"] == "Pod ops/client on n1"  # type: ignore[index]


def test_every_word_for_what_the_client_sees_is_a_phrase() -> None:
    assert {word.value for word in ClientSees} == set(phrases.CLIENT_SEES)
