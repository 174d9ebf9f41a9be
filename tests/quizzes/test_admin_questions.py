"""How an author begins a question in the admin, and tries it before it is stored."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from quizzes.admin.examples import examples, free_slug
from quizzes.kinds import KINDS
from quizzes.models import Question, Quiz
from quizzes.questions import yaml_text
from tests.lessons.factories import make_instructor, make_lesson, make_user
from tests.quizzes.every_kind import make_quiz_of_every_kind
from tests.quizzes.factories import make_quiz
from tests.quizzes.test_admin import form_of

pytestmark = pytest.mark.django_db
ADD, TRY = "/admin/quizzes/question/add/", "/admin/quizzes/question/try/"


@pytest.fixture
def instructor() -> Client:
    client = Client()
    client.force_login(make_instructor())
    return client


def initial(response: Any) -> dict[str, Any]:
    form = response.context["adminform"].form
    return {name: form[name].value() for name in form.fields}


def test_every_kind_has_an_example_to_start_from(instructor: Client) -> None:
    quiz = make_quiz_of_every_kind()
    shown = instructor.get(f"{ADD}?quiz={quiz.pk}&position=99").context["examples"]
    assert [each.question.kind for each in shown] == list(KINDS)


def test_an_example_fills_the_form_and_keeps_the_quiz_that_was_chosen(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    values = initial(instructor.get(f"{ADD}?quiz={question.quiz_id}&position=7&copy={question.pk}"))
    assert values["spec"] == yaml_text.dump(question.spec)
    assert (values["kind"], values["quiz"], values["position"]) == (question.kind, question.quiz_id, "7")
    assert values["slug"] == "sees-2"


def test_a_copy_can_be_saved_beside_its_original(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    response = instructor.get(f"{ADD}?copy={question.pk}")
    values = {name: "" if value is None else value for name, value in initial(response).items()}
    assert instructor.post(ADD, values).status_code == 302
    assert set(Question.objects.values_list("slug", flat=True)) == {"sees", "sees-2"}


@pytest.mark.parametrize("number", ["0", "x", "", "9" * 30], ids=["unknown", "no number", "empty", "too long"])
def test_a_copy_of_nothing_is_an_empty_form(instructor: Client, number: str) -> None:
    assert initial(instructor.get(f"{ADD}?copy={number}"))["slug"] is None


def test_a_quiz_that_is_no_number_is_that_of_the_copied_question(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    assert initial(instructor.get(f"{ADD}?quiz=x&copy={question.pk}"))["quiz"] == question.quiz_id


def test_a_slug_counts_on_until_it_is_free() -> None:
    quiz: Quiz = make_quiz(slugs=("sees",))
    Question.objects.create(quiz=quiz, slug="sees-2", kind="verdict", spec={})
    assert free_slug("sees", quiz.pk) == "sees-3"


def test_a_question_is_tried_as_it_stands_in_the_form_and_stays_as_it_was_stored(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    text = yaml_text.dump(question.spec | {"prompt": "Now what does it see?"})
    response = instructor.post(f"{TRY}?question={question.pk}", form_of(question, spec=text))
    assert "Now what does it see?" in response.text
    assert Question.objects.get().spec == question.spec


def test_a_new_question_is_tried_without_being_stored(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    response = instructor.post(TRY, form_of(question, slug="other"))
    assert response.status_code == 200
    assert Question.objects.count() == 1


def test_what_cannot_be_tried_names_the_line(instructor: Client) -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    response = instructor.post(f"{TRY}?question={question.pk}", form_of(question, spec="prompt: [\n"))
    assert response.status_code == 422
    assert "Line 2" in response.text


BUTTON = re.compile(r'<input type="submit" value="([^"]+)"')


def test_the_enter_key_saves() -> None:
    page = at_question("add_question", "change_question", "view_question")
    assert BUTTON.findall(page)[0] == "Save"
    assert "Preview without saving" in page


def test_who_may_only_look_is_offered_nothing_else() -> None:
    page = at_question("view_question")
    assert ("Preview without saving" in page, "?copy=" in page) == (False, False)


def at_question(*permissions: str) -> str:
    """The page of a question, for staff with these permissions."""
    question, reader, client = make_quiz(slugs=("sees",)).questions.get(), make_user("rita", is_staff=True), Client()
    reader.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(reader)
    return client.get(f"/admin/quizzes/question/{question.pk}/change/").content.decode()


def test_trying_is_for_those_who_may_write_questions() -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    assert Client().post(TRY, form_of(question)).headers["Location"].startswith("/admin/login/")


def test_an_example_is_of_the_quiz_itself_where_it_has_one_and_short_elsewhere() -> None:
    question = make_quiz(slugs=("sees",)).questions.get()
    own = question.quiz
    quiz = Quiz.objects.create(lesson=make_lesson(slug="other", course=own.lesson.course), title="Other")
    longer = {"prompt": "x" * 500}
    for slug, spec in (("long", longer), ("short", {"prompt": "x"})):
        Question.objects.create(quiz=quiz, slug=slug, kind=question.kind, spec=spec)
    assert [(each.question.slug, each.elsewhere) for each in examples(own)] == [("sees", False)]
    assert [(each.question.slug, each.elsewhere) for each in examples(None)] == [("short", True)]
