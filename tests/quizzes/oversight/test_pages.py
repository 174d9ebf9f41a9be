"""What instructors see of attempts, and what they may do about a grade."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from classes.models import Role
from lessons.learners import learner_of
from quizzes.grading import manual_grades
from quizzes.grading.scores import score_of
from quizzes.models import Attempt, ManualGrade
from quizzes.oversight import ungraded
from quizzes.oversight.inspected import inspect
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_instructor, make_user
from tests.quizzes.factories import make_attempt, right, wrong
from tests.quizzes.regrading.setting import correct, only_option_1, taken, two_questions

pytestmark = pytest.mark.django_db
State = Attempt.State
WHY = "The question was unclear."


@pytest.fixture
def attempt() -> Attempt:
    return taken(two_questions(), wrong, learner_of(make_user("dora")))


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_instructor())
    return client


def url(attempt: Attempt) -> str:
    return f"/quizzes/grading/attempts/{attempt.pk}/"


def failed(attempt: Attempt, **values: Any) -> Attempt:
    Attempt.objects.filter(pk=attempt.pk).update(**({"state": State.FAILED, "failure": "No answer."} | values))
    return Attempt.objects.get(pk=attempt.pk)


def score(attempt: Attempt) -> Decimal:
    found = score_of(Attempt.objects.get(pk=attempt.pk))
    assert found is not None
    return found.score


class TestOneAttempt:
    def test_is_shown_with_every_answer_as_it_was_given(self, attempt: Attempt) -> None:
        found = inspect(attempt)
        given = [(answer.slug, answer.seen.given, answer.saves) for answer in found.answers]
        assert given == [("true", "The address answers ARP", 1), ("source", "10.244.1.1", 1)]
        assert [answer.seen.result is not None for answer in found.answers] == [True, True]

    def test_speaks_of_the_learner_by_name_and_not_to_them(self, attempt: Attempt, editor: Client) -> None:
        User.objects.filter(username="dora").update(first_name="Dora", last_name="Ito")
        page = editor.get(url(attempt)).text
        assert "<h1>Dora Ito</h1>" in page
        assert "The learner’s answer" in page
        assert "Your answer" not in page

    def test_is_shown_before_it_is_submitted_as_well(self, editor: Client) -> None:
        assert editor.get(url(make_attempt())).status_code == 200

    def test_tells_the_engine_and_the_seed(self, attempt: Attempt, editor: Client) -> None:
        page = editor.get(url(attempt)).content.decode()
        assert attempt.seed in page
        assert attempt.grades.get().engine_version in page

    def test_gets_a_score_of_a_person(self, attempt: Attempt, editor: Client) -> None:
        editor.post(url(attempt), {"score": "2.5", "reason": WHY, "action": "give"})
        assert score(attempt) == Decimal("2.5")

    def test_takes_it_back(self, attempt: Attempt, editor: Client) -> None:
        editor.post(url(attempt), {"score": "2.5", "reason": WHY, "action": "give"})
        editor.post(url(attempt), {"reason": "Wrong attempt.", "action": "take_back"})
        assert (score(attempt), ManualGrade.objects.count()) == (0, 2)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"score": "9", "reason": WHY}, "The score lies between 0 and 3"),
            ({"score": "-1", "reason": WHY}, "The score lies between 0 and 3"),
            ({"score": "1", "reason": ""}, "This field is required"),
            ({"score": "many", "reason": WHY}, "Enter a number"),
        ],
        ids=["too much", "too little", "no reason", "no number"],
    )
    def test_keeps_what_was_typed_where_it_cannot_be_a_score(
        self, attempt: Attempt, editor: Client, form: dict[str, str], words: str
    ) -> None:
        page = editor.post(url(attempt), form | {"action": "give"})
        assert (page.status_code, ManualGrade.objects.count()) == (422, 0)
        assert words in page.content.decode()
        assert page.context["set_form"]["score"].value() == form["score"]

    def test_shows_the_learner_the_person_s_reason_beside_the_engine_s_score(
        self, attempt: Attempt, client: Client
    ) -> None:
        manual_grades.give(attempt, Decimal(2), WHY, make_instructor())
        client.force_login(attempt.learner.user)
        page = client.get(attempt.get_absolute_url()).content.decode()
        assert "set this score to 2 points; the engine found 0" in page
        assert WHY in page

    def test_shows_the_learner_no_note_where_nobody_did_anything(self, attempt: Attempt, client: Client) -> None:
        client.force_login(attempt.learner.user)
        assert "score__reason" not in client.get(attempt.get_absolute_url()).content.decode()


class TestWhoMay:
    """A class's assistants look, its instructors set scores, strangers find nothing."""

    @pytest.fixture
    def enrolled(self, attempt: Attempt) -> Attempt:
        course_class = make_class(course=attempt.quiz.lesson.course)
        Attempt.objects.update(enrolment=put_in(course_class, "carl"))
        return Attempt.objects.get(pk=attempt.pk)

    @pytest.mark.parametrize(
        ("role", "looks", "sets"),
        [(Role.LEARNER, 404, 404), (Role.ASSISTANT, 200, 404), (Role.INSTRUCTOR, 200, 302)],
        ids=str,
    )
    def test_depends_on_the_role_in_the_attempt_s_class(
        self, enrolled: Attempt, client: Client, role: Role, looks: int, sets: int
    ) -> None:
        assert enrolled.enrolment is not None
        client.force_login(put_in(enrolled.enrolment.course_class, "fred", role).learner.user)
        form = {"score": "1", "reason": WHY, "action": "give"}
        assert client.get(url(enrolled)).status_code == looks
        assert client.post(url(enrolled), form).status_code == sets
        assert ManualGrade.objects.exists() is (sets == 302)

    def test_is_nobody_from_another_class(self, enrolled: Attempt, client: Client) -> None:
        client.force_login(put_in(make_class(make_user("gina")), "fred", Role.INSTRUCTOR).learner.user)
        assert client.get(url(enrolled)).status_code == 404

    def test_is_not_the_learner(self, attempt: Attempt, client: Client) -> None:
        client.force_login(attempt.learner.user)
        assert client.get(url(attempt)).status_code == 404

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_the_list_is_hidden_from_learners(self, attempt: Attempt, client: Client, method: str) -> None:
        failed(attempt)
        client.force_login(attempt.learner.user)
        assert getattr(client, method)("/quizzes/grading/").status_code == 404
        assert Attempt.objects.get().state == State.FAILED


class TestWithoutAGrade:
    def test_are_those_that_failed_and_those_that_wait_too_long(self, attempt: Attempt, editor: Client) -> None:
        quiz, user = attempt.quiz, make_user("hank", is_staff=True, is_superuser=True)
        long_ago = timezone.now() - timedelta(hours=1)
        waiting = failed(make_attempt(quiz), state=State.SUBMITTED, submitted_at=long_ago)
        failed(make_attempt(quiz), state=State.SUBMITTED, submitted_at=timezone.now())
        broken = failed(make_attempt(quiz), submitted_at=timezone.now())
        assert list(ungraded.ungraded(user)) == [waiting, broken]

    def test_are_listed_with_the_reason(self, attempt: Attempt, editor: Client) -> None:
        failed(attempt)
        assert "No answer." in editor.get("/quizzes/grading/").content.decode()

    def test_are_all_graded_again_by_one_button(self, attempt: Attempt, editor: Client) -> None:
        for _ in range(2):
            failed(taken(attempt.quiz, right))
        editor.post("/quizzes/grading/")
        assert not Attempt.objects.filter(state=State.FAILED).exists()
        assert Attempt.objects.filter(state=State.SUBMITTED, failure="").count() == 2

    def test_of_other_classes_are_left_alone_by_a_class_s_assistant(self, attempt: Attempt, client: Client) -> None:
        course_class = make_class(course=attempt.quiz.lesson.course)
        failed(attempt, enrolment=put_in(course_class, "carl"))
        other = failed(taken(attempt.quiz, right))
        client.force_login(put_in(course_class, "fred", Role.ASSISTANT).learner.user)
        client.post("/quizzes/grading/")
        assert list(Attempt.objects.filter(state=State.FAILED)) == [other]

    def test_are_counted_on_the_page_of_their_class(self, attempt: Attempt) -> None:
        course_class = make_class(course=attempt.quiz.lesson.course)
        failed(attempt, enrolment=put_in(course_class, "carl"))
        [entry] = ungraded.class_entries(None, course_class, Role.ASSISTANT)
        assert (entry.url, entry.summary) == ("/quizzes/grading/", "1 attempt has no grade yet")
        assert ungraded.class_entries(None, course_class, Role.LEARNER) == []


def test_a_quiz_whose_questions_changed_is_on_the_page_until_it_is_regraded(attempt: Attempt, editor: Client) -> None:
    assert editor.get("/quizzes/grading/").context["outdated"] == ()
    correct(attempt.quiz, options=only_option_1(attempt.quiz))
    [outdated] = editor.get("/quizzes/grading/").context["outdated"]
    assert (outdated.quiz, outdated.attempts) == (attempt.quiz, 1)
