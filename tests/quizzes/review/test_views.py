"""Pages of practice: what they show, to whom, and that the key stays on the server until there is an answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from lessons.learners import SESSION_KEY
from lessons.models import Learner, Lesson, Status
from quizzes.models import PracticeAnswer, Quiz, ReviewCard
from quizzes.review import practice, views
from tests.quizzes.review.practice_questions import form, make_practice_quiz, practiced

pytestmark = pytest.mark.django_db
PRACTICE = "/quizzes/practice/"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(views, "GRADE_WAIT_SECONDS", 0)
    return


@pytest.fixture
def quiz(db: None) -> Quiz:
    return make_practice_quiz()


@pytest.fixture
def lesson(quiz: Quiz) -> Lesson:
    return quiz.lesson


@pytest.fixture
def learner(db: None) -> Learner:
    return Learner.objects.create()


@pytest.fixture
def client(learner: Learner) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = learner.pk
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def ask(client: Client, lesson: Lesson, objective: int = 1) -> PracticeAnswer:
    response = client.post(f"{PRACTICE}lessons/{lesson.pk}/{objective}/")
    return PracticeAnswer.objects.get(pk=response.url.split("/")[-2])


def post(client: Client, asked: PracticeAnswer, which: int = 0) -> str:
    """The page after an answer, graded where there was one."""
    response = client.post(f"{PRACTICE}{asked.pk}/answer/", form(asked, which) | {"page": [str(uuid4())]})
    assert response.url == f"{PRACTICE}{asked.pk}/"
    practice.perform(asked.pk)
    return client.get(response.url).content.decode()


def make_due(learner: Learner) -> None:
    ReviewCard.objects.filter(learner=learner).update(due_at=timezone.now() - timedelta(hours=1))


class TestPracticePage:
    def test_shows_a_visitor_every_objective(self, lesson: Lesson) -> None:
        page = Client().get(PRACTICE).content.decode()
        assert all(objective in page for objective in lesson.objectives)
        assert "Nothing to repeat yet" in page

    def test_leaves_out_what_visitors_do_not_see(self, quiz: Quiz) -> None:
        Quiz.objects.update(status=Status.DRAFT)
        assert "There is nothing to practice yet" in Client().get(PRACTICE).content.decode()

    def test_leads_to_what_is_due(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson)
        assert "Nothing is due now" in client.get(PRACTICE).content.decode()
        make_due(learner)
        assert "One objective is due" in client.get(PRACTICE).content.decode()

    def test_names_what_is_mastered_in_words(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, objective=2)
        page = client.get(PRACTICE).content.decode()
        assert "Mastered" in page
        assert "1 of 2 objectives mastered" in page

    @pytest.mark.parametrize("chosen", ["", "x", "0", "-3", "9" * 30], ids=str)
    def test_does_not_mind_any_chosen_lesson(self, client: Client, lesson: Lesson, chosen: str) -> None:
        assert client.get(PRACTICE, {"lesson": chosen}).status_code == 200


class TestAsking:
    def test_what_is_due_asks_the_most_overdue(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, objective=2)
        make_due(learner)
        client.post(f"{PRACTICE}due/")
        assert learner.practice_answers.get(answered_at=None).objective == 2

    def test_says_when_nothing_is_due(self, client: Client, lesson: Lesson) -> None:
        assert "Nothing is due now" in client.post(f"{PRACTICE}due/", follow=True).content.decode()

    def test_knows_no_lesson_whose_quiz_is_a_draft(self, client: Client, lesson: Lesson) -> None:
        Quiz.objects.update(status=Status.DRAFT)
        assert client.post(f"{PRACTICE}lessons/{lesson.pk}/1/").status_code == 404

    def test_never_sends_the_key(self, client: Client, lesson: Lesson) -> None:
        asked = ask(client, lesson)
        page = client.get(f"{PRACTICE}{asked.pk}/").content.decode()
        assert "Rules translate" in page
        assert "They do." not in page


class TestAnswering:
    def test_explains_the_answer(self, client: Client, lesson: Lesson) -> None:
        page = post(client, ask(client, lesson), which=1)
        assert "Wrong" in page
        assert "It is on no interface." in page

    def test_says_how_far_it_is_mastered_and_when_it_comes_back(self, client: Client, lesson: Lesson) -> None:
        page = post(client, ask(client, lesson))
        assert "It is mastered with 4 different questions right; you have 1." in page
        assert "It comes back on" in page

    def test_without_an_answer_shows_the_question_again(self, client: Client, lesson: Lesson) -> None:
        asked = ask(client, lesson)
        response = client.post(f"{PRACTICE}{asked.pk}/answer/", {"page": str(uuid4())})
        assert response.status_code == 422
        assert "a guess costs nothing" in response.content.decode()

    def test_keeps_what_cannot_be_read_on_the_page(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson)
        asked = ask(client, lesson)
        response = client.post(f"{PRACTICE}{asked.pk}/answer/", {"page": str(uuid4()), "source": "10.244.1.999"})
        assert response.status_code == 422
        assert "10.244.1.999" in response.content.decode()

    @pytest.mark.parametrize("forged", ["none", "99", "-1"])
    def test_refuses_a_forged_choice(self, client: Client, lesson: Lesson, forged: str) -> None:
        asked = ask(client, lesson)
        response = client.post(f"{PRACTICE}{asked.pk}/answer/", {"page": str(uuid4()), "true": forged})
        assert response.status_code == 422

    def test_twice_from_two_windows_keeps_the_first(self, client: Client, lesson: Lesson) -> None:
        asked = ask(client, lesson)
        post(client, asked)
        data = form(asked, 1) | {"page": [str(uuid4())]}
        page = client.post(f"{PRACTICE}{asked.pk}/answer/", data, follow=True).content.decode()
        assert "answered in another window" in page
        assert PracticeAnswer.objects.get().right is True

    def test_that_waits_asks_again_by_itself(self, client: Client, lesson: Lesson) -> None:
        asked = ask(client, lesson)
        client.post(f"{PRACTICE}{asked.pk}/answer/", form(asked) | {"page": [str(uuid4())]})
        assert f'hx-get="{PRACTICE}{asked.pk}/?n=1"' in client.get(f"{PRACTICE}{asked.pk}/").content.decode()

    def test_that_could_not_be_graded_can_be_graded_again(self, client: Client, lesson: Lesson) -> None:
        asked = ask(client, lesson)
        post(client, asked)
        PracticeAnswer.objects.update(result=None, right=None, failure="no engine")
        assert "went wrong" in client.get(f"{PRACTICE}{asked.pk}/").content.decode()
        client.post(f"{PRACTICE}{asked.pk}/retry/")
        assert practice.perform(asked.pk)


class TestStrangers:
    @pytest.mark.parametrize("page", ["", "packets/0/"])
    def test_find_nothing(self, learner: Learner, lesson: Lesson, page: str) -> None:
        asked = practiced(learner, lesson)
        assert Client().get(f"{PRACTICE}{asked.pk}/{page}").status_code == 404

    @pytest.mark.parametrize("page", ["answer/", "retry/"])
    def test_change_nothing(self, learner: Learner, lesson: Lesson, page: str) -> None:
        asked = practice.ask(learner, lesson, 1)
        assert Client().post(f"{PRACTICE}{asked.pk}/{page}", {"page": str(uuid4())}).status_code == 404


class TestElsewhere:
    def test_the_home_page_links_to_what_is_due(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson)
        assert "is due: practice it" not in client.get("/").content.decode()
        make_due(learner)
        assert "is due: practice it" in client.get("/").content.decode()

    def test_the_course_map_counts_mastered_objectives(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, objective=2)
        assert "1 of 2 objectives mastered" in client.get(lesson.course.get_absolute_url()).content.decode()

    def test_the_lesson_marks_its_objectives(self, client: Client, learner: Learner, lesson: Lesson) -> None:
        practiced(learner, lesson, objective=2)
        page = client.get(lesson.get_absolute_url()).content.decode()
        assert page.count("Mastered") == 1
