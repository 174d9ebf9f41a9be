"""What an instructor does in the admin: export a quiz, review a file, add what was chosen of it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from lessons.models import Status
from quizzes.exchange import gift, moodle_xml
from quizzes.models import Question, Quiz
from quizzes.questions.placeholders import MISSING_EXPLANATION
from tests.lessons.factories import make_instructor, make_lesson
from tests.quizzes.every_kind import make_quiz_of_every_kind
from tests.quizzes.factories import make_quiz

pytestmark = pytest.mark.django_db
TWO = "::First one::Which?{=a#Yes.~b#No.}\n\n::Second::How many?{#3####Count.}\n\n::Third::Why?{}"


@pytest.fixture
def instructor() -> Client:
    client = Client()
    client.force_login(make_instructor())
    return client


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(status=Status.DRAFT, slugs=("true",))


def page(quiz: Quiz, name: str) -> str:
    return f"/admin/quizzes/quiz/{quiz.pk}/{name}/"


def upload(client: Client, quiz: Quiz, text: str | bytes, name: str = "q.gift") -> HttpResponse:
    data = text.encode() if isinstance(text, str) else text
    return client.post(page(quiz, "import"), {"file": SimpleUploadedFile(name, data)})


def token(response: HttpResponse) -> str:
    found = re.search(r'name="review" value="([^"]+)"', response.text)
    assert found
    return found[1]


def test_the_quiz_leads_to_both_pages(instructor: Client, quiz: Quiz) -> None:
    text = instructor.get(page(quiz, "change")).text
    assert page(quiz, "import") in text
    assert page(quiz, "export") in text


@pytest.mark.parametrize("name", ["import", "export"])
def test_the_pages_are_for_instructors_only(quiz: Quiz, name: str) -> None:
    assert Client().get(page(quiz, name)).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("name", ["import", "export"])
def test_staff_without_permission_are_refused(quiz: Quiz, name: str) -> None:
    user = make_instructor()
    user.is_superuser = False
    user.save()
    client = Client()
    client.force_login(user)
    assert client.get(page(quiz, name)).status_code == 403


def test_the_export_page_says_what_the_file_does_not_hold(instructor: Client) -> None:
    quiz = make_quiz_of_every_kind()
    text = instructor.get(page(quiz, "export"), {"format": "gift"}).text
    assert "Not in the file" in text
    assert "GIFT has no question with gaps to fill; Moodle XML has." in text
    assert "In the file, but not as here" in text


@pytest.mark.parametrize(
    ("name", "reader", "ending"),
    [("gift", gift.read, ".gift.txt"), ("moodle-xml", moodle_xml.read, ".xml")],
    ids=["GIFT", "Moodle XML"],
)
def test_the_download_is_a_file_with_the_questions(instructor: Client, name: str, reader, ending: str) -> None:
    quiz = make_quiz(slugs=("sees", "true"))
    response = instructor.get(page(quiz, "export"), {"format": name, "download": ""})
    assert response.headers["Content-Disposition"].endswith(f'{quiz.lesson.slug}{ending}"')
    assert [item.name for item in reader(response.text, "f").items] == ["sees", "true"]


def test_an_export_of_nothing_says_so(instructor: Client) -> None:
    assert "There is nothing to export" in instructor.get(page(make_quiz(slugs=()), "export")).text


def test_a_review_shows_questions_problems_and_what_is_not_carried_and_adds_nothing(
    instructor: Client, quiz: Quiz
) -> None:
    text = upload(instructor, quiz, TWO).text
    assert "2 questions can be added" in text
    assert "first-one" in text
    assert "so it is an essay, which nobody here could grade." in text
    assert "q.gift:5" in text
    assert quiz.questions.count() == 1


def test_a_missing_explanation_is_shown_with_its_option(instructor: Client, quiz: Quiz) -> None:
    text = upload(instructor, quiz, "Which?{=a#Yes.~b}").text
    assert "An explanation is missing for option 2." in text


def test_only_what_was_chosen_is_added_behind_the_questions_there_are(instructor: Client, quiz: Quiz) -> None:
    review = token(upload(instructor, quiz, TWO))
    response = instructor.post(page(quiz, "import"), {"review": review, "chosen": ["second"]}, follow=True)
    assert "1 question was added." in response.text
    added = Question.objects.exclude(slug="true").get()
    assert (added.slug, added.kind, added.position) == ("second", "number", 2)
    assert added.spec == {"prompt": "How many?", "explanation": "Count.", "answer": {"value": 3}}


def test_choosing_nothing_adds_nothing_and_says_so(instructor: Client, quiz: Quiz) -> None:
    review = token(upload(instructor, quiz, TWO))
    response = instructor.post(page(quiz, "import"), {"review": review}, follow=True)
    assert "Nothing was chosen" in response.text
    assert quiz.questions.count() == 1


def test_what_is_there_already_is_shown_and_not_chosen(instructor: Client, quiz: Quiz) -> None:
    review = token(upload(instructor, quiz, TWO))
    instructor.post(page(quiz, "import"), {"review": review, "chosen": ["first-one"]})
    text = upload(instructor, quiz, TWO).text
    assert "The same as “first-one”, which is there already." in text
    assert 'value="first-one-2" form="import-form">' in text
    assert 'value="second" form="import-form" checked>' in text


def test_a_published_quiz_takes_no_questions(instructor: Client) -> None:
    quiz = make_quiz(slugs=("true",))
    response = upload(instructor, quiz, TWO)
    assert "This quiz is published, so it takes no questions now." in response.text
    assert "Add the chosen questions" not in response.text
    posted = instructor.post(page(quiz, "import"), {"review": token(response), "chosen": ["second"]}, follow=True)
    assert "is published, so nothing was added" in posted.text
    assert quiz.questions.count() == 1


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: "x"], ids=["cut", "made up"])
def test_a_review_that_was_changed_is_refused(instructor: Client, quiz: Quiz, change) -> None:
    review = change(token(upload(instructor, quiz, TWO)))
    response = instructor.post(page(quiz, "import"), {"review": review, "chosen": ["second"]}, follow=True)
    assert "This review is out of date" in response.text
    assert quiz.questions.count() == 1


def test_a_review_is_of_one_quiz_only(instructor: Client, quiz: Quiz) -> None:
    review = token(upload(instructor, quiz, TWO))
    lesson = make_lesson(course=quiz.lesson.course, slug="other")
    other = make_quiz(lesson, status=Status.DRAFT, slugs=())
    response = instructor.post(page(other, "import"), {"review": review, "chosen": ["second"]}, follow=True)
    assert "This review is out of date" in response.text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "The submitted file is empty.", id="empty"),
        pytest.param(b"Q{T}\n" * 200_001, "1,000,000 are allowed", id="too large"),
        pytest.param("Q{T}\nä".encode("latin-1"), "q.gift:2: is not in UTF-8", id="other encoding"),
        pytest.param(b"<quiz>\n<question></quiz>", "q.gift:2: is no well-formed XML", id="broken XML"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(instructor: Client, quiz: Quiz, data: bytes, message: str) -> None:
    response = upload(instructor, quiz, data)
    assert response.status_code == 200
    assert escape(message) in response.text


def test_a_file_without_questions_says_what_a_question_is(instructor: Client, quiz: Quiz) -> None:
    assert "There is no question in this file." in upload(instructor, quiz, "// nothing yet").text


def test_markup_of_a_file_is_shown_and_never_run(instructor: Client, quiz: Quiz) -> None:
    text = upload(instructor, quiz, "::<script>x</script>::<script>alert(1)</script>Q{=<b onclick=x>a</b> ~b}").text
    assert "<script>x" not in text
    assert "alert(1)" not in text
    assert "onclick" not in text


def test_a_quiz_with_a_placeholder_is_not_published(instructor: Client, quiz: Quiz) -> None:
    review = token(upload(instructor, quiz, "::gap::Which?{=a#Yes.~b}"))
    instructor.post(page(quiz, "import"), {"review": review, "chosen": ["gap"]})
    assert MISSING_EXPLANATION in quiz.questions.get(slug="gap").spec["options"][1]["explanation"]
    form = {"action": "publish", "_selected_action": [quiz.pk]}
    text = instructor.post("/admin/quizzes/quiz/", form, follow=True).text
    assert "Question gap: write the explanations that the import left open: options[1].explanation" in text
    assert Quiz.objects.get().status == Status.DRAFT
