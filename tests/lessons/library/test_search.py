"""What is found, and in which order."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from lessons.library.search import MOST_HITS, SearchDocument, documents, search, suggestion, with_some_words
from lessons.models import Lesson
from tests.lessons.factories import make_experiment, make_instructor, make_lesson

CORPUS = (
    SearchDocument("Lesson", "Masquerade", "", "/a/", "Source translation to an address of the node."),
    SearchDocument("Lesson", "Services", "", "/b/", "A masquerade hides the client. " + "Other words follow. " * 30),
    SearchDocument("Lesson", "Tunnels", "", "/c/", "flannel sends VXLAN to UDP port 8472, Calico to 4789."),
    SearchDocument("Lesson", "Names", "", "/e/", "kube-proxy reads nf_conntrack_max."),
    SearchDocument("Lesson", "Cafés <b>", "", "/d/", "Déjà vu & more."),
)


@pytest.mark.parametrize(
    ("query", "urls"),
    [
        pytest.param("masquerade", ["/a/", "/b/"], id="a title counts more than a text"),
        pytest.param("masq", ["/a/", "/b/"], id="the beginning of a word"),
        pytest.param("querade", [], id="not its end"),
        pytest.param("MASQUERADE client", ["/b/"], id="all words must be there, in any case"),
        pytest.param("8472", ["/c/"], id="a number"),
        pytest.param("proxy", ["/e/"], id="a part of a name with a hyphen"),
        pytest.param("conntrack", ["/e/"], id="a part of a name with underscores"),
        pytest.param("kube-pro", ["/e/"], id="the beginning of a name with a hyphen"),
        pytest.param("cafes deja", ["/d/"], id="accents do not matter"),
        pytest.param("  ", [], id="nothing"),
        pytest.param("<", [], id="no word"),
    ],
)
def test_search_finds(query: str, urls: list[str]) -> None:
    assert [hit.document.url for hit in search(CORPUS, query)] == urls


def test_a_short_name_finds_the_word_itself() -> None:
    policy = SearchDocument("Word", "NetworkPolicy", "", "/p/", "Who may connect.")
    assert [hit.document.url for hit in search((*CORPUS, policy), "netpol")] == ["/p/"]


@pytest.mark.parametrize(
    ("query", "urls"),
    [
        pytest.param("tunnels not working", ["/c/"], id="a sentence"),
        pytest.param("how to masquerade of the node", ["/a/", "/b/"], id="fillers do not count"),
        pytest.param("client tunnels", ["/c/", "/b/"], id="any word will do, and a title counts more"),
        pytest.param("other masquerade quantum", ["/b/", "/a/"], id="two words count more than one"),
        pytest.param("is it not", [], id="only fillers"),
        pytest.param("quantum", [], id="none of the words"),
    ],
)
def test_some_of_the_words_find(query: str, urls: list[str]) -> None:
    assert [hit.document.url for hit in with_some_words(CORPUS, query)] == urls


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        pytest.param("masqerade", "masquerade", id="a letter left out"),
        pytest.param("flanel client", "flannel client", id="one word of two"),
        pytest.param("flannel 8472", "", id="nothing to mend"),
        pytest.param("quantum", "", id="nothing is similar"),
        pytest.param("flanel quantum", "", id="nothing is similar to one of them"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_slip_of_the_pen_is_mended(query: str, meant: str) -> None:
    assert suggestion(CORPUS, query) == meant


def test_found_words_are_marked_and_the_rest_is_escaped() -> None:
    (hit,) = search(CORPUS, "cafe vu")
    assert hit.title == "<mark>Cafés</mark> &lt;b&gt;"
    assert hit.snippet == "Déjà <mark>vu</mark> &amp; more."


def test_a_snippet_shows_the_words_around() -> None:
    text = "first " * 60 + "needle " + "last " * 60
    (hit,) = search((SearchDocument("", "T", "", "/", text),), "needle")
    assert hit.snippet.startswith("… first")
    assert "<mark>needle</mark>" in hit.snippet
    assert hit.snippet.endswith("last …")


def test_there_is_an_end_to_the_hits() -> None:
    many = tuple(SearchDocument("", f"word {number}", "", "/", "") for number in range(MOST_HITS + 5))
    assert len(search(many, "word")) == MOST_HITS


@pytest.fixture
def lesson(db: None) -> Lesson:
    glossary = [{"term": "DNAT", "meaning": "Destination *translation*."}]
    lesson = make_lesson(body="Start.\n\n## Rules and chains\n\nThe kernel obeys `nft`.", glossary=glossary)
    make_experiment(lesson, question="Who answers?", takeaway="Secret moral.", intro="Dial it.")
    return lesson


@pytest.mark.parametrize(
    ("query", "url"),
    [
        pytest.param("kernel obeys", "/courses/networking/services/#section-rules-and-chains", id="a section"),
        pytest.param("nft", "/courses/networking/services/#section-rules-and-chains", id="code"),
        pytest.param("who answers", "/courses/networking/services/#experiment-first", id="an experiment"),
        pytest.param("destination translation", "/glossary/#term-dnat", id="a word"),
    ],
)
def test_everything_that_may_be_read_is_found(lesson: Lesson, query: str, url: str) -> None:
    assert [hit.document.url for hit in search(documents(AnonymousUser()), query)] == [url]


@pytest.mark.parametrize("query", ["secret moral", "because it is connected"])
def test_what_is_shown_after_a_prediction_is_not_found(lesson: Lesson, query: str) -> None:
    assert search(documents(AnonymousUser()), query) == ()


def test_drafts_are_found_by_staff_only(lesson: Lesson) -> None:
    Lesson.objects.update(status="draft")
    assert search(documents(AnonymousUser()), "kernel") == ()
    assert len(search(documents(make_instructor()), "kernel")) == 1


def test_a_visitor_searches_without_javascript(client: Client, lesson: Lesson) -> None:
    page = client.get("/search/", {"q": "kernel"}).content.decode()
    assert "One place found." in page
    assert "<mark>kernel</mark>" in page


def test_while_typing_only_the_hits_are_sent(client: Client, lesson: Lesson) -> None:
    part = client.get("/search/", {"q": "kernel"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "<mark>kernel</mark>" in part


def test_a_search_without_hits_says_what_to_do(client: Client, lesson: Lesson) -> None:
    assert "Try fewer of them" in client.get("/search/", {"q": "quux"}).content.decode()


def test_a_search_that_no_place_answers_as_a_whole_shows_what_has_some_words(client: Client, lesson: Lesson) -> None:
    page = client.get("/search/", {"q": "kernel not working"}).content.decode()
    assert "These have some of them" in page
    assert "<mark>kernel</mark>" in page


@pytest.mark.django_db
def test_a_page_without_hits_leads_to_what_was_meant(client: Client) -> None:
    make_lesson(body="The masquerade.")
    page = client.get("/search/", {"q": "masqerade"}).content.decode()
    assert '<a href="/search/?q=masquerade">masquerade</a>' in page
