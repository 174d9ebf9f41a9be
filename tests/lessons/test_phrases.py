"""Stored results are English; what the course made from phrases is said in the learner's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from lessons import phrases
from lessons.picture import narration
from lessons.templatetags.phrases import told
from lessons.templatetags.playback import connections, playback
from netsim.trace.outcomes import ClientSees
from tests.lessons import exchanges

UNKNOWN = "The bridge cni0 sings."


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Pod ops/probe on n1", "Pod ops/probe auf n1"),
        ("node n1", "Node n1"),
        ("in the network of node n1", "im Netz von Node n1"),
        ("The frame leaves the Pod through eth0.", "Der Frame verlässt den Pod durch eth0."),
        ("Outer IPv4 and UDP", "Äußeres IPv4 und UDP"),
        ("IPv6 and TCP", "IPv6 und TCP"),
        ("node port 30080", "Node-Port 30080"),
        ("1500 + 548 bytes", "1500 + 548 Bytes"),
        ("connected", "verbunden"),
        ("Node n1 (10.0.1.1) runs ops/a (10.244.1.2).", "Auf Node n1 (10.0.1.1) laufen: ops/a (10.244.1.2)."),
        ("Service a/b (10.96.0.1) has no ready endpoint.", "Service a/b (10.96.0.1) hat keinen bereiten Endpoint."),
        (UNKNOWN, UNKNOWN),
        ("The TTL ran out at n1.", "Die TTL ist bei n1 abgelaufen."),
        ("cni0: 0a:58 is behind port veth1.", "cni0: 0a:58 liegt hinter Port veth1."),
        ("Router has no route to 10.0.0.1.", "Router hat keine Route zu 10.0.0.1."),
        ("the kernel of n1 sends the packet", "der Kernel von n1 sendet das Paket"),
        ("The TTL ran out at n1. The packet is routed.", "Die TTL ist bei n1 abgelaufen. Das Paket wird geroutet."),
        ("the TTL ran out at n1; the answer is lost: n2 has no route to 10.0.0.1",
         "die TTL ist bei n1 abgelaufen; die Antwort geht verloren: n2 hat keine Route zu 10.0.0.1"),
        ("changes.yaml:3: spec.podSelector: must be a mapping, not the number 4",
         "changes.yaml:3: spec.podSelector: muss sein: eine Zuordnung, nicht die Zahl 4"),
        ("scene.yaml:4: spec.cni.options.port: flannel ipip has no such option; known: mtu, directRouting",
         "scene.yaml:4: spec.cni.options.port: flannel ipip hat diese Option nicht; bekannt: mtu, directRouting"),
        ("scene.yaml:7: spec.underlay.subnets[1].cidr: 10.0.0.0/8 overlaps 10.1.0.0/16 of subnet 'a'",
         "scene.yaml:7: spec.underlay.subnets[1].cidr: 10.0.0.0/8 überschneidet sich mit 10.1.0.0/16 von Subnetz 'a'"),
        ("data.Corefile: line 3: kubernetes: pods must be one of disabled, insecure",
         "data.Corefile: Zeile 3: kubernetes: pods muss eines sein von disabled, insecure"),
        ("the client → Pod infra/front-0", "der Client → Pod infra/front-0"),
        ("ztunnel of Pod shop/web-0 (outbound) → nobody", "ztunnel von Pod shop/web-0 (ausgehend) → niemand"),
        ("It took longer than 20 seconds and was stopped.", "Es dauerte länger als 20 Sekunden und wurde abgebrochen."),
        ("ingress: NetworkPolicy shop/deny selects every Pod of namespace shop",
         "ingress: NetworkPolicy shop/deny wählt aus: every Pod of namespace shop"),
        ("ops/a → ops/b", "ops/a → ops/b"),
        ("eth0", "eth0"),
    ],
)  # fmt: skip
def test_a_phrase_is_said_in_german(english: str, german: str) -> None:
    with translation.override("de"):
        assert phrases.shown(english) == german


@pytest.mark.parametrize("part", ["x: ", "the TTL ran out at n1. ", "a "], ids=["nested", "sentences", "words"])
def test_a_text_without_end_stays_as_it_is(part: str) -> None:
    with translation.override("de"):
        assert phrases.shown(part * 10_000) == part * 10_000


@pytest.mark.parametrize("text", ["Pod ops/probe on n1", "connected", "the TTL ran out at n1", UNKNOWN])
def test_in_english_nothing_changes(text: str) -> None:
    with translation.override("en"):
        assert (phrases.shown(text), phrases.is_shown(text)) == (text, True)


@pytest.mark.parametrize(
    "text",
    [
        "It sings; the answer is lost: n2 has no route to 10.0.0.1",
        "The TTL ran out at n1. It sings.",
        "the TTL ran out",
    ],
    ids=["a part that has to be a phrase", "the second sentence", "half a phrase"],
)
def test_what_is_no_phrase_throughout_stays_english(text: str) -> None:
    with translation.override("de"):
        assert (phrases.shown(text), phrases.is_shown(text)) == (text, False)


def test_a_text_is_remembered_by_its_language() -> None:
    with translation.override("de"):
        phrases.shown("connected")
    with translation.override("en-gb"):
        assert phrases.shown("connected") == "connected"


def test_a_sentence_that_no_phrase_makes_is_marked_as_english() -> None:
    with translation.override("de"):
        assert told("<a> b.") == '<span lang="en">&lt;a&gt; b.</span>'


def test_a_phrase_is_not_marked() -> None:
    with translation.override("de"):
        assert told("The packet is routed.") == "Das Paket wird geroutet."


@pytest.fixture(scope="module")
def result() -> dict[str, object]:
    return {"diagram": {"stops": []}, "rows": narration.rows(exchanges.parts(exchanges.across_nodes()))}


def test_the_player_gets_german_words(result: dict[str, object]) -> None:
    with translation.override("de"):
        rows = playback(result)["rows"]
    assert rows[0]["leg_title"] == "Anfrage"
    assert rows[0]["detail"] == "Pod ops/client auf n1"
    assert {row["sentence_language"] for row in rows} == {""}
    assert any(event["word"] == "eingepackt" for row in rows for event in row["events"])


def test_the_player_is_told_where_a_sentence_is_english(result: dict[str, Any]) -> None:
    first, *others = result["rows"]
    with translation.override("de"):
        rows = playback(result | {"rows": [first | {"sentence": UNKNOWN}, *others]})["rows"]
    assert [row["sentence_language"] for row in rows[:2]] == ["en", ""]


def test_the_stored_result_stays_english(result: dict[str, object]) -> None:
    with translation.override("de"):
        playback(result)
    assert result["rows"][0]["detail"] == "Pod ops/client on n1"  # type: ignore[index]


def test_every_word_for_what_the_client_sees_is_a_phrase() -> None:
    assert {word.value for word in ClientSees} == set(phrases.CLIENT_SEES)


def test_the_list_of_connections_is_said_in_german() -> None:
    rows = [{"part_title": title, "starts_part": True} for title in ("the client → Pod infra/front-0", "b")]
    with translation.override("de"):
        assert connections({"rows": rows})[0] == {"title": "der Client → Pod infra/front-0", "first": 0}
