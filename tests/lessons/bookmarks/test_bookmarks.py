"""Bookmarks and notes: what can be kept, who may see it, and that nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from lessons import learners
from lessons.bookmarks import bookmarks, lesson_places
from lessons.models import Bookmark, Learner, Lesson, Status
from tests.lessons.factories import make_experiment, make_lesson, make_trace, make_user

pytestmark = pytest.mark.django_db
PLAYGROUND = {"title": "Yours"}


@pytest.fixture
def lesson() -> Lesson:
    lesson = make_lesson(playground=PLAYGROUND)
    make_experiment(lesson)
    make_trace(lesson)
    return lesson


@pytest.fixture
def learner() -> Learner:
    return Learner.objects.create(user=make_user())


def address(lesson: Lesson) -> str:
    return f"{lesson.get_absolute_url()}bookmarks/"


def add(client: Client, lesson: Lesson, place: str = "") -> Bookmark:
    client.post(address(lesson), {"place": place})
    return Bookmark.objects.get(lesson=lesson, place=place)


@pytest.mark.parametrize(
    ("place", "title"),
    [
        pytest.param("", "Services", id="lesson"),
        pytest.param("#section-rules", "Rules", id="section"),
        pytest.param("#experiment-first", "First", id="experiment"),
        pytest.param("#experiment-first:step=7", "First, step 7", id="step of an experiment"),
        pytest.param("#trace-blanks:step=2", "A trace, blanks, step 2", id="step of a trace"),
        pytest.param("#playground", "Yours", id="playground in its lesson"),
        pytest.param("playground/?from=pod%2Fops%2Fclient&to=svc/app/api", "Yours", id="playground in a state"),
        pytest.param("playground/?on=a#playground-packet:step=3", "Yours, step 3", id="step in the playground"),
    ],
)
def test_a_place_is_kept_under_the_title_of_what_it_names(lesson: Lesson, place: str, title: str) -> None:
    assert lesson_places.parse(lesson, place) == lesson_places.Place(place, title)


@pytest.mark.parametrize(
    "place",
    ["https://evil.example/", "//evil.example", "../../admin/", "#section-none", "#experiment-first:step=0", "?a=<b>#x",
     "javascript:alert(1)", "playground/../", "#" + "a" * 1600],
    ids=["address", "host", "upward", "no such section", "step 0", "markup", "script", "upward later", "long"],
)  # fmt: skip
def test_what_names_nothing_in_the_lesson_is_refused(lesson: Lesson, learner: Learner, place: str) -> None:
    with pytest.raises(lesson_places.PlaceError):
        bookmarks.add(learner, lesson, place)
    assert not Bookmark.objects.exists()


def test_a_query_that_is_not_the_playgrounds_is_left_out(lesson: Lesson) -> None:
    assert lesson_places.parse(lesson, "?again=first#experiment-first").address == "#experiment-first"


def test_every_place_that_is_offered_is_accepted(lesson: Lesson) -> None:
    offered = lesson_places.places(lesson)
    assert [place.address for place in offered] == [
        "", "#section-rules", "#experiment-first", "#trace-blanks", "#playground",
    ]  # fmt: skip
    assert [lesson_places.parse(lesson, place.address) for place in offered] == list(offered)


def test_a_guest_keeps_a_place_without_javascript(client: Client, lesson: Lesson) -> None:
    response = client.post(address(lesson), {"place": "#section-rules"}, follow=True)
    bookmark = Bookmark.objects.get()
    assert urlsplit(response.redirect_chain[0][0]).fragment == f"bookmark-{bookmark.pk}"
    assert f'id="bookmark-{bookmark.pk}"' in response.content.decode()
    assert bookmark.learner.user is None


def test_a_place_is_kept_once(client: Client, lesson: Lesson) -> None:
    first = add(client, lesson)
    bookmarks.write(first.learner, first.pk, "mine")
    response = client.post(address(lesson), {"place": ""}, headers={"HX-Request": "true"})
    assert "Bookmarked already: Services" in response.content.decode()
    assert Bookmark.objects.get().note == "mine"


def test_a_refused_place_says_why(client: Client, lesson: Lesson) -> None:
    response = client.post(address(lesson), {"place": "#gone"}, headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Retarget"]) == (422, "#bookmark-status")
    assert "Reload the page" in response.content.decode()


def test_a_note_is_stored_and_shown_as_text(client: Client, lesson: Lesson) -> None:
    bookmark = add(client, lesson)
    client.post(f"/bookmarks/{bookmark.pk}/note/", {"note": "<script>alert(1)</script>\r\nline"})
    page = client.get("/bookmarks/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\nline</textarea>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("length", "status"), [(5000, 200), (5001, 422)], ids=["5,000", "one too many"])
def test_a_note_has_a_largest_length(client: Client, lesson: Lesson, length: int, status: int) -> None:
    bookmark = add(client, lesson)
    response = client.post(f"/bookmarks/{bookmark.pk}/note/", {"note": "x" * length}, headers={"HX-Request": "true"})
    bookmark.refresh_from_db()
    assert (response.status_code, len(bookmark.note)) == (status, length if status == 200 else 0)


@pytest.mark.parametrize("action", ["note", "remove", "restore"])
@pytest.mark.parametrize("visitor", ["nobody", "another guest", "another user", "staff"])
def test_a_bookmark_is_its_learners_alone(lesson: Lesson, learner: Learner, action: str, visitor: str) -> None:
    bookmark, _ = bookmarks.add(learner, lesson, "")
    bookmarks.write(learner, bookmark.pk, "secret")
    client = Client()
    if visitor == "another guest":
        client.post(address(lesson), {"place": "#section-rules"})
    elif visitor != "nobody":
        client.force_login(make_user("eve", is_staff=visitor == "staff"))
    response = client.post(f"/bookmarks/{bookmark.pk}/{action}/", {"note": "stolen"})
    bookmark.refresh_from_db()
    assert (response.status_code, bookmark.note, bookmark.removed_at) == (404, "secret", None)
    assert "secret" not in client.get("/bookmarks/").content.decode()
    assert "secret" not in client.get("/bookmarks/notes.md").content.decode()
    assert "secret" not in client.get(lesson.get_absolute_url()).content.decode()


def test_what_is_removed_can_be_brought_back_with_its_note(client: Client, lesson: Lesson) -> None:
    bookmark = add(client, lesson)
    bookmarks.write(bookmark.learner, bookmark.pk, "keep me")
    removed = client.post(f"/bookmarks/{bookmark.pk}/remove/").content.decode()
    assert f"/bookmarks/{bookmark.pk}/restore/" in removed
    assert "keep me" not in client.get("/bookmarks/").content.decode()
    client.post(f"/bookmarks/{bookmark.pk}/restore/")
    assert "keep me" in client.get("/bookmarks/").content.decode()


def test_bookmarking_a_removed_place_again_brings_its_note_back(client: Client, lesson: Lesson) -> None:
    bookmark = add(client, lesson)
    bookmarks.write(bookmark.learner, bookmark.pk, "keep me")
    bookmarks.remove(bookmark.learner, bookmark.pk)
    assert add(client, lesson).note == "keep me"
    assert bookmarks.of_lesson(bookmark.learner, lesson) == (bookmark,)


def test_what_was_removed_long_ago_is_deleted_at_the_next_removal(lesson: Lesson, learner: Learner) -> None:
    old, _ = bookmarks.add(learner, lesson, "")
    new, _ = bookmarks.add(learner, lesson, "#section-rules")
    Bookmark.objects.filter(pk=old.pk).update(removed_at=timezone.now() - timedelta(days=2))
    bookmarks.remove(learner, new.pk)
    assert list(Bookmark.objects.all()) == [new]


def test_there_is_a_largest_number_of_bookmarks(
    lesson: Lesson, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookmarks, "MOST", 1)
    bookmarks.add(learner, lesson, "")
    with pytest.raises(bookmarks.BookmarkError, match="Remove some"):
        bookmarks.add(learner, lesson, "#section-rules")


def test_the_page_shows_only_lessons_that_may_be_seen(client: Client, lesson: Lesson) -> None:
    add(client, lesson)
    Lesson.objects.update(status=Status.DRAFT)
    assert "Nothing is kept yet" in client.get("/bookmarks/").content.decode()
    assert client.post(address(lesson), {"place": ""}).status_code == 404


def test_the_export_is_markdown_with_whole_addresses(client: Client, lesson: Lesson) -> None:
    bookmark = add(client, lesson, "#experiment-first:step=7")
    bookmarks.write(bookmark.learner, bookmark.pk, "DNAT **here**")
    response = client.get("/bookmarks/notes.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.content.decode() == (
        "# Bookmarks and notes\n\n## Services\n\n### [First, step 7]"
        "(http://testserver/courses/networking/services/#experiment-first:step=7)\n\nDNAT **here**\n"
    )


@pytest.mark.parametrize(
    ("target", "back"),
    [("/courses/networking/services/", "/courses/networking/services/"), ("https://evil.example/", "/bookmarks/")],
    ids=["ours", "another site"],
)
def test_a_plain_form_leads_back_to_a_page_of_ours(client: Client, lesson: Lesson, target: str, back: str) -> None:
    bookmark = add(client, lesson)
    response = client.post(f"/bookmarks/{bookmark.pk}/note/", {"note": "x", "next": target})
    assert response["Location"] == f"{back}#bookmark-{bookmark.pk}"


def test_at_a_login_the_guests_bookmarks_come_along_and_both_notes_are_kept(lesson: Lesson, learner: Learner) -> None:
    guest = Learner.objects.create()
    for who, note in ((learner, "user's"), (guest, "guest's")):
        bookmarks.write(who, bookmarks.add(who, lesson, "")[0].pk, note)
    bookmarks.add(guest, lesson, "#section-rules")
    learners.merge(guest, learner)
    kept = bookmarks.of_lesson(learner, lesson)
    assert [(row.place, row.note) for row in kept] == [("", "user's\n\nguest's"), ("#section-rules", "")]


def test_a_note_that_grew_by_a_login_can_still_be_changed(lesson: Lesson, learner: Learner) -> None:
    bookmark, _ = bookmarks.add(learner, lesson, "")
    Bookmark.objects.update(note="x" * 9000)
    assert bookmarks.write(learner, bookmark.pk, "y" * 9000).note == "y" * 9000


def test_a_removed_bookmark_of_the_user_comes_back_with_the_guests_note_only(lesson: Lesson, learner: Learner) -> None:
    guest = Learner.objects.create()
    mine, _ = bookmarks.add(learner, lesson, "")
    bookmarks.write(learner, mine.pk, "put away")
    bookmarks.remove(learner, mine.pk)
    bookmarks.write(guest, bookmarks.add(guest, lesson, "")[0].pk, "new")
    learners.merge(guest, learner)
    assert [row.note for row in bookmarks.of_lesson(learner, lesson)] == ["new"]
