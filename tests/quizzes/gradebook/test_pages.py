"""The pages of plan and gradebook: who may open them, what they show, what they do."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classes import entries
from classes.models import Role
from quizzes.assigning.planning import version_of
from quizzes.gradebook.activity import weeks_of
from quizzes.models import Assignment, Attempt, Extension
from tests.classes.factories import make_class, make_course, put_in
from tests.lessons.factories import make_lesson, make_user
from tests.quizzes.factories import make_attempt, make_policy, make_quiz
from tests.quizzes.gradebook.factories import DAY, NOW, assign, make_grade, make_small_quiz

pytestmark = pytest.mark.django_db
READ = ["assignments/", "gradebook/", "gradebook/objectives/", "gradebook/table.csv", "gradebook/grades.csv",
        "gradebook/learners/{learner}/", "gradebook/attempts/{attempt}/"]  # fmt: skip
CHANGE = ["assignments/rest/", "assignments/shift/", "assignments/undo/", "assignments/{assignment}/",
          "assignments/{assignment}/remove/", "extensions/new/", "extensions/{extension}/take-back/",
          "gradebook/upload/", "gradebook/upload/apply/", "gradebook/upload/undo/"]  # fmt: skip


class Room:
    """A class with one learner, `ana`, who has 4 of 10 points at one quiz and an extension for it."""

    def __init__(self) -> None:
        self.course_class = make_class(make_user("instructor", is_staff=True))
        self.ana = put_in(self.course_class, "ana")
        self.quiz = make_small_quiz(1, objectives=[2])
        self.assignment = assign(self.course_class, self.quiz)
        self.attempt = make_grade(self.ana, self.quiz, [4])
        self.extension = Extension.objects.create(enrolment=self.ana, quiz=self.quiz, extra_attempts=1, reason="Ill")

    def path(self, page: str) -> str:
        keys = {"learner": self.ana.pk, "attempt": self.attempt.pk, "assignment": self.assignment.pk}
        return f"/classes/{self.course_class.pk}/{page.format(**keys, extension=self.extension.pk)}"

    def client(self, name: str) -> Client:
        user = User.objects.filter(username=name).first()
        if user is None:
            user = put_in(self.course_class, name, Role(name)).learner.user if name in Role else make_user(name)
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def teacher(room: Room) -> Client:
    return room.client("instructor")


@pytest.mark.parametrize("page", READ)
@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("ana", 404), ("assistant", 200), ("instructor", 200)])
def test_only_staff_of_the_class_read(room: Room, page: str, name: str, status: int) -> None:
    assert room.client(name).get(room.path(page)).status_code == status


@pytest.mark.parametrize("page", CHANGE)
@pytest.mark.parametrize("name", ["stranger", "ana", "assistant"])
def test_only_instructors_change(room: Room, page: str, name: str) -> None:
    assert room.client(name).post(room.path(page)).status_code == 404


@pytest.mark.parametrize("page", ["gradebook/attempts/{attempt}/", "gradebook/learners/{learner}/",
                                  "assignments/{assignment}/"])  # fmt: skip
def test_nothing_of_one_class_is_reached_through_another(room: Room, page: str) -> None:
    other = make_class(make_user("other", is_staff=True))
    path = room.path(page).replace(f"/classes/{room.course_class.pk}/", f"/classes/{other.pk}/")
    assert room.client("other").get(path).status_code == 404


class TestPlan:
    def test_all_quizzes_are_assigned_at_once_and_that_is_undone(self, room: Room, teacher: Client) -> None:
        make_small_quiz(2)
        make_small_quiz(3)
        form = {"rest-first": "2026-04-01T12:00", "rest-every": "7"}
        page = teacher.post(room.path("assignments/rest/"), form, follow=True).text
        assert "2 quizzes are assigned." in page
        assert "Last change: Quizzes assigned." in page
        teacher.post(room.path("assignments/undo/"))
        assert list(Assignment.objects.all()) == [room.assignment]

    def test_wrong_dates_are_said_beside_the_field(self, room: Room, teacher: Client) -> None:
        seen = version_of(room.assignment)
        form = {"opens_at": "2026-04-02T12:00", "closes_at": "2026-04-01T12:00", "weight": "1", "seen": seen}
        answer = teacher.post(room.path("assignments/{assignment}/"), form)
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"closes_at": ["“Quiz 1” would close before it opens."]}

    def test_an_assignment_is_changed(self, room: Room, teacher: Client) -> None:
        form = {"closes_at": "2026-04-01T12:00", "weight": "4", "policy": str(make_policy().pk)}
        form["seen"] = version_of(room.assignment)
        teacher.post(room.path("assignments/{assignment}/"), form)
        room.assignment.refresh_from_db()
        assert (room.assignment.weight, room.assignment.closes_at) == (
            4,
            NOW + 12 * DAY,
        )

    def test_what_somebody_else_changed_is_not_overwritten_unseen(self, room: Room, teacher: Client) -> None:
        seen = version_of(room.assignment)
        Assignment.objects.update(weight=7)
        answer = teacher.post(room.path("assignments/{assignment}/"), {"weight": "4", "seen": seen})
        assert answer.status_code == 422
        assert "It says now: Weight: 7." in answer.text
        assert Assignment.objects.get().weight == 7
        assert 'name="weight" value="4"' in answer.text

    def test_what_somebody_else_changed_is_replaced_once_it_was_shown(self, room: Room, teacher: Client) -> None:
        Assignment.objects.update(weight=7)
        page = teacher.post(room.path("assignments/{assignment}/"), {"weight": "4", "seen": "old"})
        form = {"weight": "4", "seen": page.context["form"]["seen"].value()}
        assert teacher.post(room.path("assignments/{assignment}/"), form).status_code == 302
        assert Assignment.objects.get().weight == 4

    def test_a_form_that_does_not_say_what_it_saw_changes_nothing(self, room: Room, teacher: Client) -> None:
        assert teacher.post(room.path("assignments/{assignment}/"), {"weight": "4"}).status_code == 422
        assert Assignment.objects.get().weight == 1

    def test_a_second_extension_says_that_it_takes_the_place_of_the_first(self, room: Room, teacher: Client) -> None:
        form = {"enrolment": room.ana.pk, "quiz": room.quiz.pk, "extra_minutes": "15", "extra_attempts": "0",
                "reason": "Broken wrist"}  # fmt: skip
        teacher.post(room.path("extensions/new/"), form)
        assert "It takes the place of" in teacher.post(room.path("extensions/new/"), form, follow=True).text
        assert Extension.objects.count() == 1

    def test_an_extension_says_who_granted_it(self, room: Room, teacher: Client) -> None:
        form = {"enrolment": room.ana.pk, "quiz": room.quiz.pk, "extra_minutes": "15", "extra_attempts": "0",
                "reason": "Broken wrist"}  # fmt: skip
        assert teacher.post(room.path("extensions/new/"), form).status_code == 302
        found = Extension.objects.get()
        assert (found.extra_minutes, found.reason, str(found.granted_by)) == (15, "Broken wrist", "instructor")

    def test_taking_an_extension_back_can_be_undone(self, room: Room, teacher: Client) -> None:
        teacher.post(room.path("extensions/{extension}/take-back/"))
        assert not Extension.objects.exists()
        teacher.post(room.path("assignments/undo/"))
        assert Extension.objects.get().reason == "Ill"


class TestGradebook:
    def test_leads_to_the_attempt_that_counts(self, room: Room, teacher: Client) -> None:
        better = make_grade(room.ana, room.quiz, [9])
        text = teacher.get(room.path("gradebook/")).text
        assert room.path(f"gradebook/attempts/{better.pk}/") in text
        assert room.path("gradebook/attempts/{attempt}/") not in text

    def test_says_why_somebody_may_need_help(self, room: Room, teacher: Client) -> None:
        make_grade(room.ana, room.quiz, [5])
        assert "2 attempts at “Quiz 1”, none passed" in teacher.get(room.path("gradebook/?state=stuck")).text

    def test_a_class_without_assignments_says_what_to_do(self, room: Room, teacher: Client) -> None:
        room.assignment.delete()
        assert "No quiz is assigned to this class yet" in teacher.get(room.path("gradebook/")).text

    @pytest.mark.parametrize("query", ["sort=x", "quiz=abc", "section=999", "state=1", "page=x", "role=nobody"])
    def test_a_wish_that_is_none_is_left_out(self, room: Room, teacher: Client, query: str) -> None:
        assert "ana" in teacher.get(room.path(f"gradebook/?{query}")).text

    def test_by_objective_shows_the_share_of_the_points(self, room: Room, teacher: Client) -> None:
        """4 of 10 points on the one question, about the second objective: 40."""
        table = teacher.get(room.path("gradebook/objectives/")).context["objectives"]
        assert [(group.lesson.title, [each.number for each in group.objectives]) for group in table.groups] == [
            ("Lesson 1", [2])
        ]
        assert [each.share.percent for each in table.rows[0][1]] == [Decimal(40)]

    def test_the_file_has_a_line_for_each_person(self, room: Room, teacher: Client) -> None:
        user = room.ana.learner.user
        User.objects.filter(pk=user.pk).update(first_name="=1+1", email="ana@example.org")
        text = teacher.get(room.path("gradebook/table.csv")).content.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(text)))[1][:8] == [
            "'=1+1", "ana", "ana@example.org", "", "40.00", "40.00", "0", "1",
        ]  # fmt: skip


class TestLearner:
    def test_shows_every_attempt_and_which_counts(self, room: Room, teacher: Client) -> None:
        make_grade(room.ana, room.quiz, [9], deductions=[{"reason": "tries", "percent": 10}])
        work = teacher.get(room.path("gradebook/learners/{learner}/")).context["page"].works[0]
        assert [(each.attempt.number, each.counts) for each in work.tries] == [(2, True), (1, False)]

    def test_weeks_begin_on_mondays_and_count_what_was_done(self, room: Room) -> None:
        """NOW is Friday, 20 March 2026; the attempt is moved to Monday of the week before."""
        Attempt.objects.filter(pk=room.attempt.pk).update(started_at=NOW - 11 * DAY)
        weeks = weeks_of(room.ana.learner, room.course_class.course, NOW)
        assert [(str(week.monday), week.attempts) for week in weeks[-3:]] == [
            ("2026-03-02", 0), ("2026-03-09", 1), ("2026-03-16", 0),
        ]  # fmt: skip


class TestAttempt:
    def test_is_read_as_its_learner_sees_it(self, room: Room, teacher: Client) -> None:
        text = teacher.get(room.path("gradebook/attempts/{attempt}/")).text
        assert "You see what ana sees." in text

    def test_one_under_way_shows_its_drafts_and_no_way_to_change_them(self, room: Room, teacher: Client) -> None:
        quiz = make_quiz(make_lesson(course=make_course()), slugs=("source",))
        assign(room.course_class, quiz)
        under_way = make_attempt(quiz, room.ana.learner)
        page = teacher.get(room.path(f"gradebook/attempts/{under_way.pk}/")).text
        assert "Which source does the server see?" in page
        assert "hx-post" not in page.split("seen-as")[1]


class TestDue:
    def due(self, room: Room) -> list[tuple[str, str, bool]]:
        learner = room.ana.learner
        return [(due.title, due.state, due.done) for due in entries.due_in([room.course_class], learner, NOW)]

    def test_says_what_is_open_what_will_be_and_what_is_done(self, room: Room) -> None:
        assign(room.course_class, make_small_quiz(2))
        assign(room.course_class, make_small_quiz(3), closes_at=NOW - DAY)
        assign(room.course_class, make_small_quiz(4), opens_at=NOW + DAY)
        make_grade(room.ana, room.quiz, [9])
        assert self.due(room) == [("Quiz 2", "", False), ("Quiz 4", "", False), ("Quiz 1", "passed", True)]

    @pytest.mark.parametrize(("tries", "done"), [(2, False), (1, True)])
    def test_without_tries_left_nothing_is_to_do(self, room: Room, tries: int, done: bool) -> None:
        Extension.objects.all().delete()
        Assignment.objects.update(policy=make_policy(max_attempts=tries))
        assert self.due(room) == [("Quiz 1", "not passed", done)]

    def test_a_hidden_score_stays_hidden(self, room: Room) -> None:
        Assignment.objects.update(policy=make_policy(feedback="never"))
        assert self.due(room) == [("Quiz 1", "handed in", True)]
