"""Who gets a certificate, what it says, and who can confirm it."""

from __future__ import annotations

import re
import zlib

import pytest
from django.contrib.auth.models import User
from django.test import Client

from lessons import progress
from lessons.certificates.document import certificate_pdf, extent, unwritable
from lessons.models import Certificate, Course, Learner, Lesson
from tests.lessons.factories import make_experiment, make_instructor, make_lesson, make_user

pytestmark = pytest.mark.django_db
FORM = "/courses/networking/certificate/"


@pytest.fixture
def course() -> Course:
    return make_experiment(make_lesson(minutes=95)).lesson.course


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def learner(user: User, client: Client) -> Learner:
    client.force_login(user)
    return Learner.objects.create(user=user)


def complete(course: Course, learner: Learner) -> None:
    for lesson in course.lessons.all():
        progress.record_completed(learner, lesson)


def issued(client: Client, course: Course, learner: Learner, name: str = "Ana Müller") -> Certificate:
    complete(course, learner)
    client.post(FORM, {"name": name})
    return Certificate.objects.get()


def test_a_guest_is_told_that_it_needs_an_account(client: Client, course: Course) -> None:
    assert "it needs an account" in client.get(FORM).content.decode()


def test_what_is_missing_is_listed_with_its_place(client: Client, course: Course, learner: Learner) -> None:
    page = client.get(FORM).content.decode()
    assert '<a href="/courses/networking/services/">' in page
    assert "Make a prediction in every experiment" in page


def test_nobody_gets_one_before_the_end(client: Client, course: Course, learner: Learner) -> None:
    assert client.post(FORM, {"name": "Ana"}).status_code == 409
    assert not Certificate.objects.exists()


def test_drafts_are_not_asked_for(client: Client, course: Course, learner: Learner) -> None:
    complete(course, learner)
    Lesson.objects.create(course=course, slug="later", title="Later", status="draft")
    client.post(FORM, {"name": "Ana"})
    assert Certificate.objects.get().lessons == ["Services"]


def test_it_keeps_what_was_true_when_it_was_made(client: Client, course: Course, learner: Learner) -> None:
    certificate = issued(client, course, learner)
    Course.objects.update(title="Renamed")
    certificate.refresh_from_db()
    assert (certificate.course_title, certificate.lessons, certificate.hours) == ("Networking", ["Services"], 2)


def test_a_second_one_changes_only_the_name(client: Client, course: Course, learner: Learner) -> None:
    first = issued(client, course, learner)
    client.post(FORM, {"name": "  Ana   Maria "})
    second = Certificate.objects.get()
    assert (second.code, second.name) == (first.code, "Ana Maria")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "名前"])
def test_a_name_that_cannot_be_printed_is_refused_and_kept(
    client: Client, course: Course, learner: Learner, name: str
) -> None:
    complete(course, learner)
    response = client.post(FORM, {"name": name})
    assert response.status_code == 422
    assert not Certificate.objects.exists()
    assert name.strip() in response.content.decode()


@pytest.mark.parametrize(
    ("name", "letters"), [("Zażółć Ünal", ""), ("Дмитрий", ""), ("Ελένη", ""), ("Nguyễn", ""), ("A名名前", "名前")]
)
def test_the_fonts_know_many_scripts(name: str, letters: str) -> None:
    assert unwritable(name) == letters


@pytest.mark.parametrize("name", ["Ana Müller", "Zażółć Дмитрий", "Ελένη Nguyễn"])
def test_the_document_has_every_letter_of_a_name(
    client: Client, course: Course, learner: Learner, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    certificate_pdf(issued(client, course, learner, name=name), "https://hop.example/")
    assert not [record for record in caplog.records if record.name.startswith("fpdf")]


def test_everybody_with_the_code_can_confirm_it(client: Client, course: Course, learner: Learner) -> None:
    certificate = issued(client, course, learner)
    page = Client().get(certificate.get_absolute_url()).content.decode()
    assert "This certificate is genuine." in page
    assert "Ana Müller" in page


def test_another_code_confirms_nothing(client: Client, course: Course, learner: Learner) -> None:
    issued(client, course, learner)
    answer = Client().get("/certificates/AAAAAAAAAAAA/")
    assert answer.status_code == 404
    assert "No certificate has the code AAAAAAAAAAAA." in answer.content.decode()


def test_a_code_may_be_typed_in_groups_and_small_letters(client: Client, course: Course, learner: Learner) -> None:
    code = issued(client, course, learner).code.lower()
    assert Client().get(f"/certificates/{code[:4]}-{code[4:8]}-{code[8:]}/").status_code == 200


def test_a_revoked_one_says_so_and_has_no_document(client: Client, course: Course, learner: Learner) -> None:
    certificate = issued(client, course, learner)
    instructor = Client()
    instructor.force_login(make_instructor())
    url = "/admin/lessons/certificate/"
    instructor.post(url, {"action": "revoke", "_selected_action": [certificate.pk]})
    response = Client().get(certificate.get_absolute_url())
    assert response.status_code == 410
    assert "It does not count." in response.content.decode()
    assert Client().get(f"{certificate.get_absolute_url()}certificate.pdf").status_code == 404
    instructor.post(url, {"action": "restore", "_selected_action": [certificate.pk]})
    assert Client().get(certificate.get_absolute_url()).status_code == 200


def test_the_document_is_a_pdf_with_a_language_and_a_title(client: Client, course: Course, learner: Learner) -> None:
    certificate = issued(client, course, learner)
    response = client.get(f"{certificate.get_absolute_url()}certificate.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert b"/Lang (en" in response.content


def test_the_document_links_to_the_page_that_confirms_it(client: Client, course: Course, learner: Learner) -> None:
    certificate = issued(client, course, learner)
    pdf = certificate_pdf(certificate, f"https://hop.example{certificate.get_absolute_url()}")
    assert f"/URI (https://hop.example/certificates/{certificate.code}/)".encode() in pdf


@pytest.mark.parametrize(
    ("name", "is_large"), [("Ana Müller", True), ("Wolfeschlegelsteinhausenbergerdorff " * 2, False)]
)
def test_a_name_that_does_not_fit_the_line_is_printed_smaller(
    client: Client, course: Course, learner: Learner, name: str, is_large: bool
) -> None:
    pdf = certificate_pdf(issued(client, course, learner, name=name), "https://hop.example/")
    streams = map(_inflated, re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL))
    content = next(text for text in streams if b" Tf " in text)
    assert (b"25.00" in re.findall(rb"/F\d+ ([\d.]+) Tf", content)) is is_large


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@pytest.mark.parametrize(
    ("lessons", "minutes", "said"),
    [
        pytest.param(["One"], 60, "1 lesson, about 1 hour", id="one of each"),
        pytest.param(["One", "Two"], 180, "2 lessons, about 3 hours", id="several"),
    ],
)
def test_lessons_and_hours_are_counted_in_words(lessons: list[str], minutes: int, said: str) -> None:
    assert extent(Certificate(lessons=lessons, minutes=minutes)) == said
