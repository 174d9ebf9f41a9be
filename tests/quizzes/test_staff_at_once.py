"""Several instructors of one class at the same moment, through several processes of a real web server.

Nothing that one of them did is lost without somebody being told. On SQLite and, as `services`, on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User

from classes.models import CourseClass, Enrolment, Invitation, Role
from classes.roster import uploads as rosters
from quizzes.assigning.planning import version_of
from quizzes.gradebook import uploads
from quizzes.models import Assignment, ManualGrade
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user
from tests.lessons.visitor import Answer
from tests.quizzes.gradebook.factories import NOW, assign, make_grade, make_small_quiz
from tests.quizzes.site_process import at_once, running_site, session_of_user, visitor_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TIMES = 8
DAY = timedelta(days=1)
OK, CONFLICT = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY
Post = tuple[User, str, dict[str, Any]]


@pytest.fixture(scope="module")
def site(django_db_setup: None, broker: str) -> Iterator[str]:
    with running_site() as url:
        yield url


@dataclass
class Staff:
    """A class with two instructors."""

    site: str
    course_class: CourseClass
    iris: User
    omar: User

    def path(self, page: str) -> str:
        return f"/classes/{self.course_class.pk}/{page}"

    def post(self, posts: Sequence[Post]) -> list[Answer]:
        """All at once, each over a connection of its own; answers in the same order."""
        sessions = {user.pk: session_of_user(user) for user in (self.iris, self.omar)}
        return at_once(
            lambda each: visitor_of(self.site, sessions[each[0].pk]).post(self.path(each[1]), each[2]), posts
        )


@pytest.fixture
def staff(site: str, transactional_db: None) -> Staff:
    course_class = make_class(make_user("iris", is_staff=True))
    omar: Any = put_in(course_class, "omar", Role.INSTRUCTOR).learner.user
    return Staff(site, course_class, User.objects.get(username="iris"), omar)


def test_of_changes_to_one_assignment_one_is_stored_and_the_others_are_shown_it(staff: Staff) -> None:
    given = assign(staff.course_class, make_small_quiz())
    seen, page = version_of(given), f"assignments/{given.pk}/"
    posts = [
        ((staff.iris, staff.omar)[number % 2], page, {"weight": number + 2, "seen": seen}) for number in range(TIMES)
    ]
    answers = staff.post(posts)
    stored = Assignment.objects.get().weight
    assert sorted(answer.status for answer in answers) == [OK] + [CONFLICT] * (TIMES - 1)
    assert [sent["weight"] for (_, _, sent), answer in zip(posts, answers, strict=True) if answer.status == OK] == [
        stored
    ]
    told = [answer.text for answer in answers if answer.status == CONFLICT]
    assert all(f"It says now: Weight: {stored}." in text for text in told)


def test_shifts_and_changes_at_once_all_count(staff: Staff) -> None:
    quizzes = [make_small_quiz(number) for number in (1, 2)]
    given = [assign(staff.course_class, quiz, closes_at=NOW) for quiz in quizzes]
    shifts: list[Post] = [(staff.iris, "assignments/shift/", {"shift-days": 1}) for _ in range(TIMES)]
    undated = assign(staff.course_class, make_small_quiz(3))
    change: Post = (staff.omar, f"assignments/{undated.pk}/", {"weight": 5, "seen": version_of(undated)})
    assert {answer.status for answer in staff.post([*shifts, change])} == {OK}
    found = {row.pk: (row.closes_at, row.weight) for row in Assignment.objects.all()}
    assert found == {given[0].pk: (NOW + TIMES * DAY, 1), given[1].pk: (NOW + TIMES * DAY, 1), undated.pk: (None, 5)}


def test_an_undo_never_takes_another_instructor_s_change_along(staff: Staff) -> None:
    dated = assign(staff.course_class, make_small_quiz(1), closes_at=NOW)
    undated = assign(staff.course_class, make_small_quiz(2))
    for weight in range(2, 2 + TIMES // 2):
        undated.refresh_from_db()
        change = {"weight": weight, "seen": version_of(undated)}
        shifting, changing = (visitor_of(staff.site, session_of_user(user)) for user in (staff.iris, staff.omar))
        calls = [
            partial(shifting.post, staff.path("assignments/shift/"), {"shift-days": 1}),
            partial(changing.post, staff.path(f"assignments/{undated.pk}/"), change),
        ]
        assert {answer.status for answer in at_once(lambda call: call(), calls)} == {OK}
        shifting.post(staff.path("assignments/undo/"), {})
        assert Assignment.objects.get(pk=undated.pk).weight == weight
    assert Assignment.objects.filter(pk=dated.pk).exists()


def test_two_lists_of_people_enrol_and_invite_everybody_once(staff: Staff) -> None:
    """Long ones, so that both are at work together."""
    for name in ("ana", "bo"):
        make_user(name)
    invited = [f"person{number}@example.org" for number in range(200)]
    lines = ["ana,,Morning", "bo,,Evening", *(f",{address},Morning" for address in invited)]
    text = "username,email,section\n" + "\n".join(lines)
    pages = [
        (user, f"roster/{rosters.store(staff.course_class, user, text).pk}/apply/", {})
        for user in (staff.iris, staff.omar)
    ]
    assert {answer.status for answer in staff.post(pages * 2)} == {OK}
    learners = Enrolment.objects.filter(role=Role.LEARNER)
    found = sorted(learners.values_list("learner__user__username", "section__name"))
    assert found == [("ana", "Morning"), ("bo", "Evening")]
    assert sorted(Invitation.objects.values_list("email", flat=True)) == sorted(invited)
    assert sorted(staff.course_class.sections.values_list("name", flat=True)) == ["Evening", "Morning"]


def test_one_address_is_invited_once(staff: Staff) -> None:
    form = {"email": "zoe@example.org", "role": Role.LEARNER, "time_factor": "1"}
    posts = [((staff.iris, staff.omar)[number % 2], "invitations/", form) for number in range(TIMES)]
    answers = staff.post(posts)
    assert sorted(answer.status for answer in answers) == [OK] + [CONFLICT] * (TIMES - 1)
    assert Invitation.objects.count() == 1


def test_of_two_files_of_grades_one_is_given_and_the_other_is_shown_again(staff: Staff) -> None:
    quiz = make_small_quiz(1, objectives=[1])
    assign(staff.course_class, quiz)
    names = ["ana", "bo", "cy"]
    for name in names:
        make_grade(put_in(staff.course_class, name), quiz, [4])
    posts: list[Post] = []
    for user, points in ((staff.iris, 7), (staff.omar, 9)):
        text = "username,quiz,score\n" + "\n".join(f"{name},lesson-1,{points}" for name in names)
        digest = uploads.review(staff.course_class, text, "Oral exam", NOW).digest
        posts += [(user, "gradebook/upload/apply/", {"text": text, "reason": "Oral exam", "digest": digest})] * 3
    answers = staff.post(posts)
    assert {answer.status for answer in answers} == {OK}
    assert sum("3 grades are set." in answer.text for answer in answers) == 1
    rows = ManualGrade.objects.values_list("attempt__learner__user__username", "score", "set_by__username")
    assert sorted(name for name, _, _ in rows) == names
    assert {(score, by) for _, score, by in rows} in ({(7, "iris")}, {(9, "omar")})


def test_everybody_who_has_the_code_comes_in(staff: Staff) -> None:
    people = [make_user(f"user{number}") for number in range(TIMES)]
    visitors = [visitor_of(staff.site, session_of_user(user)) for user in people for _ in range(2)]
    answers = at_once(lambda visitor: visitor.post("/classes/join/", {"code": staff.course_class.code}), visitors)
    assert {answer.status for answer in answers} == {OK}
    joined = Enrolment.objects.filter(role=Role.LEARNER).values_list("learner__user__username", flat=True)
    assert sorted(joined) == sorted(user.username for user in people)
