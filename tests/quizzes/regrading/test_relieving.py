"""More time that is granted after grading lifts what was taken off for coming late, and never lowers anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from classes import enrolling
from classes.models import Enrolment, Role
from classes.roster import uploads
from quizzes.assigning import planning, undoing
from quizzes.grading import manual_grades
from quizzes.models import Assignment, Attempt, Extension, Grade, Regrade
from quizzes.regrading import asking, relieving, running, table
from quizzes.regrading.comparing import Effect
from tests.classes.factories import make_class, put_in
from tests.quizzes.factories import make_policy
from tests.quizzes.gradebook.factories import DAY, NOW, assign, make_grade, make_small_quiz
from tests.quizzes.regrading.setting import effects, points

pytestmark = pytest.mark.django_db
LATE, TRIES = {"reason": "late", "percent": 50}, {"reason": "tries", "percent": 20}
HOUR = timedelta(hours=1)
CLOSED = NOW - 3 * DAY
HANDED_IN = NOW - DAY


@pytest.fixture
def given() -> Assignment:
    """Closed three days ago; late work is taken for half of the points."""
    policy = make_policy(late_penalty_percent=50, time_limit_minutes=60)
    return assign(make_class(), make_small_quiz(objectives=[1]), policy=policy, closes_at=CLOSED, late_until=NOW + DAY)


@pytest.fixture
def ana(given: Assignment) -> Enrolment:
    return put_in(given.course_class, "ana")


@pytest.fixture
def iris(given: Assignment) -> Any:
    return given.course_class.enrolments.get(role="instructor").learner.user


def late_attempt(
    enrolment: Enrolment,
    given: Assignment,
    *,
    started_at: datetime = HANDED_IN,
    closed_at: datetime = CLOSED,
    **values: Any,
) -> Attempt:
    attempt = make_grade(enrolment, given.quiz, [8], **{"deductions": [LATE], **values})
    rules = {"closes_at": closed_at.isoformat(), "late_until": (NOW + DAY).isoformat(), "late_penalty_percent": 50}
    Attempt.objects.filter(pk=attempt.pk).update(
        rules=rules | {"time_limit": 3600}, started_at=started_at, submitted_at=HANDED_IN
    )
    return Attempt.objects.get(pk=attempt.pk)


def extension(enrolment: Enrolment, given: Assignment, by: Any = None, **values: Any) -> Extension:
    return Extension(enrolment=enrolment, quiz=given.quiz, reason="Ill", granted_by=by, **({"closes_at": NOW} | values))


def grant(enrolment: Enrolment, given: Assignment) -> Extension:
    granted = extension(enrolment, given)
    planning.grant(granted)
    return granted


def worked() -> Regrade:
    regrade = Regrade.objects.latest("pk")
    running.advance(regrade.pk)
    regrade.refresh_from_db()
    return regrade


class TestGrant:
    def test_lifts_the_late_penalty_of_what_is_graded(self, given: Assignment, ana: Enrolment, iris: Any) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given, by=iris))
        assert points(attempt) == 4
        regrade = worked()
        newest = attempt.grades.latest("run")
        assert (newest.score, newest.raw_score, newest.deductions) == (8, 8, [])
        assert (newest.source, newest.reason, regrade.requested_by) == (Grade.Source.TIME, relieving.REASON, iris)
        assert (regrade.state, effects(regrade)) == (Regrade.State.APPLIED, {attempt.pk: Effect.UP})

    def test_leaves_the_penalty_for_tries_as_it_is(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given, deductions=[TRIES, LATE])
        planning.grant(extension(ana, given))
        worked()
        assert attempt.grades.latest("run").deductions == [TRIES]

    def test_repeats_the_marks_and_the_engine_that_found_them(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given))
        worked()
        first, newest = attempt.grades.order_by("run")
        assert newest.engine_version == first.engine_version
        assert [mark.result for mark in newest.marks.all()] == [mark.result for mark in first.marks.all()]

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param({"closes_at": HANDED_IN - timedelta(hours=1)}, id="a closing before it was handed in"),
            pytest.param({"closes_at": None, "extra_attempts": 2}, id="more tries"),
        ],
    )
    def test_that_does_not_reach_changes_nothing(
        self, given: Assignment, ana: Enrolment, values: dict[str, Any]
    ) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given, **values))
        assert (Regrade.objects.exists(), points(attempt)) == (False, 4)

    def test_of_minutes_lifts_it_for_work_that_was_begun_in_time(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given, started_at=CLOSED - timedelta(minutes=1))
        minutes = int((HANDED_IN - CLOSED).total_seconds() // 60)
        planning.grant(extension(ana, given, closes_at=None, extra_minutes=minutes))
        worked()
        assert points(attempt) == 8

    def test_concerns_no_other_learner(self, given: Assignment, ana: Enrolment) -> None:
        ben = put_in(given.course_class, "ben")
        mine, other = late_attempt(ana, given), late_attempt(ben, given)
        planning.grant(extension(ana, given))
        assert list(effects(worked())) == [mine.pk]
        assert points(other) == 4

    def test_does_not_touch_what_a_person_said(self, given: Assignment, ana: Enrolment, iris: Any) -> None:
        attempt = late_attempt(ana, given)
        manual_grades.give(attempt, Decimal(5), "Half an answer.", iris)
        planning.grant(extension(ana, given))
        worked()
        assert (points(attempt), attempt.grades.count()) == (5, 2)

    def test_is_in_the_table_of_the_regrade_and_in_its_file(self, given: Assignment, ana: Enrolment) -> None:
        late_attempt(ana, given)
        planning.grant(extension(ana, given))
        regrade = worked()
        [row] = table.rows(regrade.changes.all())
        assert (row.deductions, row.differs) == ((table.DeductionChange("late", 50, 0),), True)
        assert "late: 50 % → 0 %" in table.changes_csv(regrade)

    @pytest.mark.parametrize("state", ["applied", "failed"])
    def test_is_listed_with_the_regrades_only_where_it_failed(
        self, given: Assignment, ana: Enrolment, state: str
    ) -> None:
        late_attempt(ana, given)
        planning.grant(extension(ana, given))
        Regrade.objects.update(state=state)
        assert (list(asking.latest(given.quiz)), list(asking.latest())) == (
            [*Regrade.objects.filter(state="failed")],
        ) * 2

    def test_twice_adds_one_grade(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given))
        regrade = worked()
        running.give_time(regrade, attempt.pk)
        planning.grant(extension(ana, given, closes_at=NOW + DAY))
        assert (attempt.grades.count(), Regrade.objects.count()) == (2, 1)

    def test_meanwhile_a_regrade_that_waits_to_be_applied_keeps_its_place(
        self, given: Assignment, ana: Enrolment, iris: Any
    ) -> None:
        attempt = late_attempt(ana, given)
        regrade = running.request(given.quiz, reason="x", by=iris, treatments={"q1": "full"})
        running.advance(regrade.pk)
        planning.grant(extension(ana, given))
        worked()
        regrade.refresh_from_db()
        running.apply(regrade)
        running.advance(regrade.pk)
        assert [grade.score for grade in attempt.grades.order_by("run")] == [4, 8, 10]


class TestTimeFactor:
    def begun_in_time(self, ana: Enrolment, given: Assignment) -> Attempt:
        """It took half an hour longer than the hour that everybody has."""
        return late_attempt(ana, given, started_at=HANDED_IN - timedelta(minutes=90), closed_at=HANDED_IN - 1.5 * HOUR)

    def test_raised_with_the_person_lifts_it(self, given: Assignment, ana: Enrolment, iris: Any) -> None:
        attempt = self.begun_in_time(ana, given)
        enrolling.change(ana, role=Role.LEARNER, section=None, time_factor=Decimal("1.5"), by=iris)
        assert (worked().requested_by, points(attempt)) == (iris, 8)

    def test_raised_by_a_list_of_people_lifts_it(self, given: Assignment, ana: Enrolment, iris: Any) -> None:
        attempt = self.begun_in_time(ana, given)
        upload = uploads.store(given.course_class, iris, "username,time factor\nana,1.5\n")
        uploads.apply(upload, iris)
        assert (worked().requested_by, points(attempt)) == (iris, 8)

    @pytest.mark.parametrize("factor", [Decimal("1.25"), Decimal(1)], ids=["too little", "none"])
    def test_that_does_not_reach_changes_nothing(self, given: Assignment, ana: Enrolment, factor: Decimal) -> None:
        self.begun_in_time(ana, given)
        enrolling.change(ana, role=Role.LEARNER, section=None, time_factor=factor)
        assert not Regrade.objects.exists()


class TestLess:
    def test_taking_it_back_lowers_nothing(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given)
        granted = grant(ana, given)
        worked()
        planning.take_back(granted)
        assert (points(attempt), Regrade.objects.count()) == (8, 1)

    def test_replacing_it_by_less_lowers_nothing(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given))
        worked()
        planning.grant(extension(ana, given, closes_at=CLOSED + timedelta(hours=1)))
        assert (points(attempt), Regrade.objects.count()) == (8, 1)

    def test_undoing_that_brings_it_back_for_what_was_graded_since(self, given: Assignment, ana: Enrolment) -> None:
        granted, session = grant(ana, given), dict[str, Any]()
        with undoing.undoable(session, given.course_class, "Taken back"):
            planning.take_back(granted)
        attempt = late_attempt(ana, given)
        undoing.undo(session, given.course_class)
        worked()
        assert points(attempt) == 8


class TestForeseen:
    def test_names_the_grades_that_would_rise_and_stores_nothing(self, given: Assignment, ana: Enrolment) -> None:
        attempt = late_attempt(ana, given)
        [found] = planning.foreseen(extension(ana, given))
        assert (found.grade.attempt_id, found.grade.score, found.score) == (attempt.pk, 4, 8)
        assert not Extension.objects.exists()
        assert not Regrade.objects.exists()

    def test_keeps_the_extension_that_is_there(self, given: Assignment, ana: Enrolment) -> None:
        planning.grant(extension(ana, given, closes_at=None, extra_attempts=1))
        planning.foreseen(extension(ana, given))
        assert Extension.objects.get().extra_attempts == 1


class TestPage:
    @pytest.fixture
    def url(self, given: Assignment) -> str:
        return f"/classes/{given.course_class.pk}/extensions/new/"

    def form(self, given: Assignment, ana: Enrolment, **values: Any) -> dict[str, Any]:
        minutes = {"extra_minutes": "0", "extra_attempts": "0", "reason": "Ill"}
        return {"enrolment": ana.pk, "quiz": given.quiz.pk, "closes_at": "2026-03-20T12:00", **minutes, **values}

    def test_first_says_which_grades_rise_and_grants_it_then(
        self, given: Assignment, ana: Enrolment, iris: Any, client: Client, url: str
    ) -> None:
        late_attempt(ana, given)
        client.force_login(iris)
        page = client.post(url, self.form(given, ana))
        assert (page.status_code, Extension.objects.exists()) == (200, False)
        assert "1 graded attempt is no longer late then." in page.content.decode()
        page = client.post(url, self.form(given, ana, seen=page.context["seen"]), follow=True)
        assert (Extension.objects.count(), Regrade.objects.get().requested_by) == (1, iris)
        assert "1 grade rises by it now." in page.content.decode()

    def test_says_it_again_where_other_grades_rise_than_were_seen(
        self, given: Assignment, ana: Enrolment, iris: Any, client: Client, url: str
    ) -> None:
        late_attempt(ana, given)
        client.force_login(iris)
        page = client.post(url, self.form(given, ana, seen="7:1.00"))
        assert ("Nothing is granted yet" in page.content.decode(), Extension.objects.exists()) == (True, False)

    def test_grants_at_once_what_changes_no_grade(
        self, given: Assignment, ana: Enrolment, iris: Any, client: Client, url: str
    ) -> None:
        client.force_login(iris)
        assert client.post(url, self.form(given, ana)).status_code == 302
        assert Extension.objects.count() == 1

    def test_says_on_taking_it_back_that_grades_stay(
        self, given: Assignment, ana: Enrolment, iris: Any, client: Client
    ) -> None:
        late_attempt(ana, given)
        granted = grant(ana, given)
        client.force_login(iris)
        url = f"/classes/{given.course_class.pk}/extensions/{granted.pk}/take-back/"
        assert "Grades that rose by it stay as they are" in client.post(url, follow=True).content.decode()

    def test_the_learner_reads_why_the_score_rose(self, given: Assignment, ana: Enrolment, client: Client) -> None:
        attempt = late_attempt(ana, given)
        planning.grant(extension(ana, given))
        worked()
        client.force_login(ana.learner.user)
        page = client.get(f"/quizzes/attempts/{attempt.pk}/result/").content.decode()
        assert "before, it was 4 of 10 points" in page
        assert relieving.REASON in page
        assert "Ill" not in page
