"""Grades from a CSV: what a line may say, what it changes, and the way back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from classes.roster.reading import RosterError
from quizzes.gradebook import uploads
from quizzes.grading import manual_grades
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, ManualGrade
from tests.lessons.factories import make_user
from tests.quizzes.gradebook.factories import NOW, assign, make_grade, make_small_quiz
from tests.quizzes.gradebook.test_pages import Room

pytestmark = pytest.mark.django_db
HEAD = "username,quiz,score,reason\n"


@pytest.fixture
def room() -> Room:
    return Room()


def review(room: Room, *lines: str, head: str = HEAD) -> uploads.Review:
    return uploads.review(room.course_class, head + "\n".join(lines), "Oral exam", NOW)


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("ana,lesson-1,7.5,", "7.50"),
        ("ANA,Quiz 1,7,", "7.00"),
        ('ana,quiz 1,"7,5",', "7.50"),
        ("ana,lesson-1,80 %,", "8.00"),
        ("ana,lesson-1,0,", "0.00"),
        ("ana,lesson-1,10,", "10.00"),
    ],
)
def test_a_line_gives_points_or_a_share(room: Room, line: str, new: str) -> None:
    change = review(room, line).changes[0]
    assert (change.number, change.old, change.new, change.reason) == (2, Decimal(4), Decimal(new), "Oral exam")


@pytest.mark.parametrize("line", ["ana,lesson-1,4,", "ana,lesson-1,4.00,", "ana,lesson-1,40 %,", "ana,lesson-1,,"])
def test_what_is_so_already_changes_nothing(room: Room, line: str) -> None:
    found = review(room, line)
    assert (found.changes, found.wrong, found.unchanged) == ((), (), 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("bo,lesson-1,5,", "Nobody in this class"),
        (",lesson-1,5,", "Nobody in this class"),
        ("ana,lesson-9,5,", "no such quiz"),
        ("ana,lesson-1,eleven,", "“eleven” is no score"),
        ("ana,lesson-1,NaN,", "“NaN” is no score"),
        ("ana,lesson-1,1e9999999,", "is no score"),
        ("ana,lesson-1,10.01,", "between 0 and 10"),
        ("ana,lesson-1,-1,", "between 0 and 10"),
        ("ana,lesson-2,5,", "no graded attempt"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(room: Room, line: str, problem: str) -> None:
    assign(room.course_class, make_small_quiz(2))
    found = review(room, "", line)
    assert [(wrong.number, problem in wrong.problem) for wrong in found.wrong] == [(3, True)]
    assert found.changes == ()


def test_the_second_line_about_a_grade_is_wrong(room: Room) -> None:
    found = review(room, "ana,lesson-1,5,", "ana,lesson-1,6,")
    assert [line.new for line in found.changes] == [5]
    assert [line.problem for line in found.wrong] == ["Line 2 says something about this grade already."]


def test_a_score_below_another_attempt_is_refused_for_that_one_would_count(room: Room) -> None:
    make_grade(room.ana, room.quiz, [9])
    assert "Attempt 1 has 40 % and would count instead" in review(room, "ana,lesson-1,3,").wrong[0].problem


@pytest.mark.parametrize("head", ["", "username,score\n", "quiz,score\n", "username,quiz,score,points\n"])
def test_a_file_without_the_columns_is_refused_as_a_whole(room: Room, head: str) -> None:
    with pytest.raises(RosterError):
        review(room, head=head)


def test_a_download_read_again_changes_nothing(room: Room) -> None:
    user = room.ana.learner.user
    user.username = "+ana"
    user.save()
    client = room.client("instructor")
    text = client.get(room.path("gradebook/grades.csv")).content.decode("utf-8-sig")
    assert "'+ana" in text
    found = uploads.review(room.course_class, text, "x", NOW)
    assert (found.changes, found.wrong, found.unchanged) == ((), (), 1)


def post(client: Client, room: Room, text: str) -> str:
    """Uploads, and applies what the review shows. The page at the end."""
    form = {"text": text, "reason": "Oral exam"}
    found = client.post(room.path("gradebook/upload/"), form).context["review"]
    assert not ManualGrade.objects.exists()
    return client.post(room.path("gradebook/upload/apply/"), form | {"digest": found.digest}, follow=True).text


def test_grades_are_given_with_their_reason_and_taken_back(room: Room) -> None:
    client = room.client("instructor")
    assert "1 grade is set." in post(client, room, HEAD + "ana,lesson-1,9,Was ill")
    row = ManualGrade.objects.get()
    assert (row.score, row.reason, str(row.set_by)) == (9, "Was ill", "instructor")
    assert "1 grade is taken back." in client.post(room.path("gradebook/upload/undo/"), follow=True).text
    assert score_now(room) == 4


def test_what_was_set_since_is_not_taken_back(room: Room) -> None:
    client = room.client("instructor")
    post(client, room, HEAD + "ana,lesson-1,9,")
    manual_grades.give(room.attempt, Decimal(8), "Heard again", make_user("ida"))
    assert "What was set again since" in client.post(room.path("gradebook/upload/undo/"), follow=True).text
    assert score_now(room) == 8


def test_a_review_that_is_outdated_is_shown_again_and_changes_nothing(room: Room) -> None:
    form = {"text": HEAD + "ana,lesson-1,9,", "reason": "Oral exam", "digest": review(room, "ana,lesson-1,9,").digest}
    manual_grades.give(room.attempt, Decimal(6), "Heard again", make_user("ida"))
    page = room.client("instructor").post(room.path("gradebook/upload/apply/"), form).text
    assert "Scores have changed since" in page
    assert score_now(room) == 6


def test_a_score_that_is_set_between_reading_and_writing_is_kept(room: Room) -> None:
    found = review(room, "ana,lesson-1,9,")
    manual_grades.give(room.attempt, Decimal(6), "Heard again", make_user("ida"))
    with pytest.raises(uploads.OutdatedReviewError):
        uploads.hold(found.changes)


def score_now(room: Room) -> Decimal:
    score = score_of(Attempt.objects.get(pk=room.attempt.pk))
    assert score is not None
    return score.score
