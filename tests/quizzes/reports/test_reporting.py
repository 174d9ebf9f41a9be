"""Reports of mistakes: who may say what, who reads it, what comes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

import netsim
from classes.models import CourseClass, Enrolment, Role
from lessons.learners import learner_of, merge
from lessons.models import Learner
from quizzes.models import Answer, Attempt, PracticeAnswer, ProblemReport, QuestionRevision
from quizzes.policies.showing import EVERYTHING
from quizzes.reports import reporting
from quizzes.reports.seen import seen
from quizzes.review import practice
from tests.lessons.factories import make_user
from tests.quizzes.classroom import NOON
from tests.quizzes.factories import make_attempt, right, wrong
from tests.quizzes.regrading.setting import taken, two_questions
from tests.quizzes.review.practice_questions import make_practice_quiz

pytestmark = pytest.mark.django_db
State = ProblemReport.State


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt()


@pytest.fixture
def answer(attempt: Attempt) -> Answer:
    return attempt.answers.get(revision__slug="source")


def instructor(name: str = "ada") -> Any:
    user = make_user(name)
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="change_question"))
    return type(user).objects.get(pk=user.pk)


class TestReport:
    def test_leads_to_the_question_as_it_was_asked(self, answer: Answer) -> None:
        found = reporting.report(answer, " Two answers are right. ")
        assert (found.text, found.answer.revision, found.state) == ("Two answers are right.", answer.revision, "open")

    def test_twice_the_same_is_one(self, answer: Answer) -> None:
        assert reporting.report(answer, "Wrong.") == reporting.report(answer, "Wrong.")

    def test_needs_words(self, answer: Answer) -> None:
        with pytest.raises(ValidationError, match="text"):
            reporting.report(answer, "  ")

    def test_is_refused_while_three_wait(self, answer: Answer) -> None:
        for text in "abc":
            reporting.report(answer, text)
        with pytest.raises(ValidationError, match="Wait for the reply"):
            reporting.report(answer, "d")

    def test_of_a_guest_becomes_the_user_s(self, answer: Answer) -> None:
        found, user = reporting.report(answer, "Wrong."), Learner.objects.create()
        merge(answer.attempt.learner, user)
        found.refresh_from_db()
        assert found.learner == user


class TestReportOfPractice:
    @pytest.fixture
    def asked(self) -> PracticeAnswer:
        return practice.ask(Learner.objects.create(user=make_user("dora")), make_practice_quiz().lesson, 1)

    def test_leads_to_the_question_as_it_was_asked(self, asked: PracticeAnswer) -> None:
        found = reporting.report(asked, "Wrong.")
        assert (found.revision, found.learner, found.lesson) == (asked.revision, asked.learner, asked.lesson)

    def test_is_sent_from_its_page(self, client: Client, asked: PracticeAnswer) -> None:
        client.force_login(asked.learner.user)
        address = f"{asked.get_absolute_url()}report/"
        assert address in client.get(asked.get_absolute_url()).text
        client.post(address, {"text": "Two answers are right."})
        assert "Two answers are right." in client.get(address).text

    def test_is_found_again_under_my_work(self, client: Client, asked: PracticeAnswer) -> None:
        reporting.report(asked, "Wrong.")
        client.force_login(asked.learner.user)
        assert f'href="{asked.get_absolute_url()}"' in client.get("/me/").text

    def test_shows_who_replies_what_was_asked(self, client: Client, asked: PracticeAnswer) -> None:
        found = reporting.report(asked, "Wrong.")
        client.force_login(instructor())
        assert "Wrong." in client.get("/quizzes/reports/").text
        assert asked.seed in client.get(f"/quizzes/reports/{found.pk}/").text

    def test_nobody_reports_on_the_practice_of_another(self, client: Client, asked: PracticeAnswer) -> None:
        client.force_login(make_user("bob"))
        assert client.post(f"{asked.get_absolute_url()}report/", {"text": "Wrong."}).status_code == 404

    @pytest.mark.parametrize(
        ("left", "reads"), [(None, True), (NOON, False)], ids=["while they are in it", "not once they left"]
    )
    def test_is_read_by_the_staff_of_the_learner_s_class(
        self, asked: PracticeAnswer, left: datetime | None, reads: bool
    ) -> None:
        reporting.report(asked, "Wrong.")
        course_class = CourseClass.objects.create(course=asked.lesson.course, title="Autumn")
        Enrolment.objects.create(course_class=course_class, learner=asked.learner, left_at=left)
        carl = Learner.objects.create(user=make_user("carl"))
        Enrolment.objects.create(course_class=course_class, learner=carl, role=Role.ASSISTANT)
        assert reporting.readable_by(carl.user).exists() is reads

    def test_is_about_one_answer(self, asked: PracticeAnswer) -> None:
        answer = make_attempt(asked.lesson.quiz).answers.first()
        with pytest.raises(IntegrityError, match="report_on_one_answer"):
            ProblemReport.objects.create(learner=asked.learner, answer=answer, practice=asked, text="Wrong.")


class TestReading:
    def test_is_for_who_edits_questions(self, answer: Answer) -> None:
        found = reporting.report(answer, "Wrong.")
        assert list(reporting.readable_by(instructor())) == [found]

    def test_is_not_for_the_learner_s_fellows(self, answer: Answer) -> None:
        reporting.report(answer, "Wrong.")
        assert not reporting.readable_by(make_user("bob"))

    @pytest.mark.parametrize(
        ("role", "reads"), [(Role.LEARNER, False), (Role.ASSISTANT, True), (Role.INSTRUCTOR, True)], ids=str
    )
    def test_is_for_the_staff_of_the_learner_s_class(self, answer: Answer, role: Role, reads: bool) -> None:
        reporting.report(answer, "Wrong.")
        course_class = CourseClass.objects.create(course=answer.attempt.quiz.lesson.course, title="Autumn")
        own = Enrolment.objects.create(course_class=course_class, learner=answer.attempt.learner)
        Attempt.objects.update(enrolment=own)
        user = make_user("carl")
        Enrolment.objects.create(
            course_class=course_class, learner=Learner.objects.get_or_create(user=user)[0], role=role
        )
        assert reporting.readable_by(user).exists() is reads

    def test_leaves_out_what_an_instructor_tried_as_a_learner(self, answer: Answer) -> None:
        reporting.report(answer, "Wrong.")
        Learner.objects.filter(pk=answer.attempt.learner_id).update(stand_in_of=make_user("eve"))
        assert not reporting.readable_by(instructor())


class TestClosing:
    def test_keeps_who_replied_and_when(self, answer: Answer) -> None:
        found, by = reporting.report(answer, "Wrong."), instructor()
        reporting.close(found, State.FIXED, "You are right.", by)
        assert (found.state, found.closed_by, found.closed_at is None) == (State.FIXED, by, False)

    def test_needs_a_reply(self, answer: Answer) -> None:
        with pytest.raises(ValidationError, match="Write a reply"):
            reporting.close(reporting.report(answer, "Wrong."), State.DECLINED, " ", instructor())

    def test_can_be_undone(self, answer: Answer) -> None:
        found, by = reporting.report(answer, "Wrong."), instructor()
        reporting.close(found, State.FIXED, "Done.", by)
        reporting.close(found, State.OPEN, "", by)
        assert (found.state, found.closed_by, found.closed_at) == (State.OPEN, None, None)


def test_what_the_learner_saw_has_seed_revision_and_answer(attempt: Attempt, answer: Answer) -> None:
    Answer.objects.filter(pk=answer.pk).update(response={"text": "10.244.1.1"})
    answer.refresh_from_db()
    QuestionRevision.objects.filter(pk=answer.revision_id).update(variant={"index": 1, "parameters": {"port": 81}})
    answer.refresh_from_db()
    found = seen(answer, EVERYTHING)
    asked = (found.revision, found.seed, found.variant, found.engine)
    assert asked == (answer.revision.digest[:12], answer.seed, "variant 2 (port: 81)", netsim.ENGINE_VERSION)
    assert (found.given, found.result) == ("10.244.1.1", None)


class TestPages:
    @pytest.fixture
    def learner(self, client: Client) -> Client:
        client.force_login(make_user("dora"))
        return client

    @pytest.fixture
    def own(self, learner: Client) -> Attempt:
        found = Learner.objects.get_or_create(user_id=learner.session["_auth_user_id"])[0]
        return make_attempt(learner=found)

    def url(self, attempt: Attempt) -> str:
        return f"/quizzes/attempts/{attempt.pk}/source/report/"

    def test_a_learner_reports_and_reads_the_reply(self, learner: Client, own: Attempt) -> None:
        learner.post(self.url(own), {"text": "Two answers are right."})
        reporting.close(ProblemReport.objects.get(), State.FIXED, "Now there is one.", instructor())
        assert "Now there is one." in learner.get(self.url(own)).content.decode()

    def test_nobody_reports_on_the_answer_of_another(self, learner: Client, attempt: Attempt) -> None:
        assert learner.post(self.url(attempt), {"text": "Wrong."}).status_code == 404

    def test_a_report_without_words_is_kept_on_its_page(self, learner: Client, own: Attempt) -> None:
        assert learner.post(self.url(own), {"text": ""}).status_code == 422

    def test_never_shows_the_key_while_the_attempt_goes_on(self, learner: Client, own: Attempt) -> None:
        page = learner.get(self.url(own)).content.decode()
        assert right(own, "source")["source"][0] not in page

    def test_the_list_is_hidden_from_learners(self, learner: Client, own: Attempt) -> None:
        reporting.report(own.answers.get(revision__slug="source"), "Wrong.")
        assert learner.get("/quizzes/reports/").status_code == 404

    def test_an_instructor_replies(self, client: Client, answer: Answer) -> None:
        found = reporting.report(answer, "Wrong.")
        client.force_login(instructor())
        assert "Wrong." in client.get("/quizzes/reports/").content.decode()
        client.post(f"/quizzes/reports/{found.pk}/", {"state": "fixed", "reply": "Mended."})
        found.refresh_from_db()
        assert (found.state, found.reply) == (State.FIXED, "Mended.")

    def test_an_instructor_sees_what_the_learner_saw(self, client: Client, answer: Answer) -> None:
        found = reporting.report(answer, "Wrong.")
        client.force_login(instructor())
        page = client.get(f"/quizzes/reports/{found.pk}/").content.decode()
        assert answer.seed in page

    def test_an_instructor_reads_of_the_learner_s_answer_and_not_of_theirs(self, client: Client) -> None:
        graded = taken(two_questions(), wrong, learner_of(make_user("dora")))
        found = reporting.report(graded.answers.get(position=1), "Wrong.")
        client.force_login(instructor())
        page = client.get(f"/quizzes/reports/{found.pk}/").text
        assert "The learner’s answer" in page
        assert "Your answer" not in page


class TestClassPage:
    @pytest.mark.parametrize(("role", "titles"), [(Role.LEARNER, []), (Role.ASSISTANT, ["Reported mistakes"])], ids=str)
    def test_leads_staff_to_the_reports(self, answer: Answer, role: Role, titles: list[str]) -> None:
        course_class = CourseClass.objects.create(course=answer.attempt.quiz.lesson.course, title="Autumn")
        entries = reporting.class_entries(CourseClass, course_class, role)
        assert [entry.title for entry in entries] == titles
