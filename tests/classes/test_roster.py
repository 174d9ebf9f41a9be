"""Lists of people: what is read, what would happen, what happens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classes import enrolling, inviting, managing
from classes.models import CourseClass, Enrolment, Invitation, Role, RosterUpload, Section
from classes.roster import planning, reading, uploads, writing
from classes.roster.planning import Kind
from classes.roster.reading import RosterError
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user


def test_the_example_of_the_page_can_be_read() -> None:
    sheet = reading.read(reading.EXAMPLE)
    assert [(row.role, row.time_factor, row.problem) for row in sheet.rows] == [
        (None, None, ""),
        (Role.LEARNER, Decimal("1.5"), ""),
        (Role.ASSISTANT, None, ""),
    ]
    assert not sheet.ignored


@pytest.mark.parametrize(
    "text",
    [
        "email,name,section\nana@example.org,Ana Silva,A",
        "E-Mail;Full name;Group\nana@example.org;Ana Silva;A",
        "Name\tE-mail address\tSection\nAna Silva\tana@example.org\tA",
        "last name,first name,EMAIL,section\nSilva,Ana,ana@example.org,A",
        'email,name,section\n"ana@example.org","Ana\n Silva", A ',
        "Username,Name,Section\nana@example.org,Ana Silva,A",
        "Anmeldename;Vorname;Nachname;Gruppe\nana@example.org;Ana;Silva;A",
        "\n\nemail,name,section\n\nana@example.org,Ana Silva,A\n\n",
    ],
    ids=["plain", "semicolons", "tabs", "two names", "quoted", "address as user name", "German", "empty lines"],
)
def test_columns_are_known_however_they_are_spelled(text: str) -> None:
    (row,) = reading.read(text).rows
    assert (row.email, row.name, row.section, row.problem) == ("ana@example.org", "Ana Silva", "A", "")


@pytest.mark.parametrize(
    ("cell", "role"),
    [("", None), ("Learner", "learner"), ("student", "learner"), ("TA", "assistant"), ("Dozentin", "instructor")],
)
def test_roles_are_known_by_their_usual_words(cell: str, role: str | None) -> None:
    assert reading.read(f"email,role\nana@example.org,{cell}").rows[0].role == role


@pytest.mark.parametrize(("cell", "factor"), [("1.5", "1.5"), ('"1,5"', "1.5"), ("150 %", "1.5"), ("10", "10")])
def test_time_factors_are_read_as_people_write_them(cell: str, factor: str) -> None:
    assert reading.read(f"email,extra time\nana@example.org,{cell}").rows[0].time_factor == Decimal(factor)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ana,,,", ""),
        ("ana@,,,", "not an e-mail address"),
        (",Ana,,", "neither"),
        ("ana@example.org,Ana,king,", "“king” is no role"),
        ("ana@example.org,Ana,,0.5", "no time factor"),
        ("ana@example.org,Ana,,11", "no time factor"),
        ("ana@example.org,Ana,,NaN", "no time factor"),
        ("ana@example.org,Ana,,,more", "more cells"),
        (f"ana@example.org,{'x' * 201},,", "too long: name"),
    ],
)
def test_what_is_wrong_with_a_line_stands_in_its_row(line: str, problem: str) -> None:
    (row,) = reading.read(f"email,name,role,time factor\n{line}").rows
    assert row.line == 2
    assert problem in row.problem if problem else not row.problem


def test_lines_are_counted_as_an_editor_does() -> None:
    sheet = reading.read('email,name\n\nana@example.org,"A\nB"\n\nben@example.org,Ben')
    assert [row.line for row in sheet.rows] == [3, 6]


def test_the_same_person_counts_once() -> None:
    rows = reading.read("email\nana@example.org\nANA@example.org").rows
    assert [row.problem for row in rows] == ["", "The same person stands in line 2."]


def test_a_list_of_addresses_needs_no_columns() -> None:
    assert [row.email for row in reading.read("a@example.org\nb@example.org").rows] == [
        "a@example.org",
        "b@example.org",
    ]


def test_columns_that_mean_nothing_are_named() -> None:
    assert reading.read("email,phone\na@example.org,5").ignored == ("phone",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing in it"),
        ("email,name", "no people"),
        ("name,section\nAna,A", "must name the columns"),
        ("a,b\nc,d", "must name the columns"),
        ("email,e-mail\na@example.org,b@example.org", "Two columns say the same: email"),
        ("email\n" + "a@example.org\n" * 5001, "at most 5000"),
        ('email,name\na@example.org,"' + "x" * 200_000, "Line 2"),
    ],
    ids=["empty", "nobody", "no address", "no columns", "doubled column", "too many", "endless cell"],
)
def test_a_list_that_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(RosterError, match=message):
        reading.read(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_spreadsheets_are_decoded(encoding: str) -> None:
    assert reading.decode("name\nJürgen".encode(encoding)) == "name\nJürgen"


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0", b"\xff\xfe\0"], ids=["a workbook", "half a letter"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(RosterError, match="no text"):
        reading.decode(content)


@pytest.fixture
def course_class(db: None) -> CourseClass:
    """With iris as instructor, ana in section A, ben who left, and max who is invited."""
    found = make_class()
    put_in(found, "ana", section=managing.add_section(found, "A"))
    enrolling.leave(put_in(found, "ben"))
    inviting.invite(found, found.enrolments.first().learner.user, email="max@example.org")
    make_user("cleo", email="Cleo@example.org")
    return found


def iris() -> User:
    return User.objects.get(username="iris")


@pytest.mark.parametrize(
    ("cells", "kind", "remark"),
    [
        ("new@example.org,,,", Kind.INVITE, ""),
        ("max@example.org,,,", Kind.SAME, "Invited already"),
        ("cleo,,,", Kind.ENROL, ""),
        ("cleo@EXAMPLE.org,,,", Kind.ENROL, ""),
        ("ben,,,", Kind.ENROL, "Comes back"),
        ("ana,,,", Kind.SAME, ""),
        ("ana,A,learner,1", Kind.SAME, ""),
        ("ana,B,,", Kind.CHANGE, "A → B"),
        ("ana,,assistant,", Kind.CHANGE, "Learner → Assistant"),
        ("ana,,,1.5", Kind.CHANGE, "× 1.00 → × 1.50"),
        ("iris,,learner,", Kind.WRONG, "They are an instructor"),
        ("nobody,,,", Kind.WRONG, "Nobody here has the user name “nobody”"),
        ("nobody@,,,", Kind.WRONG, "not an e-mail address"),
    ],
)
def test_each_line_has_one_consequence(course_class: CourseClass, cells: str, kind: Kind, remark: str) -> None:
    sheet = reading.read(f"email,section,role,time factor\n{cells}")
    (step,) = planning.plan(course_class, sheet).steps
    assert step.kind == kind
    assert remark in step.remark if remark else not step.remark


def test_two_accounts_with_one_address_are_told_apart_by_name(course_class: CourseClass) -> None:
    make_user("clea", email="cleo@example.org")
    plan = planning.plan(course_class, reading.read("email,username\ncleo@example.org,\ncleo@example.org,clea"))
    assert "Several accounts" in plan.steps[0].remark


def test_a_person_named_in_two_ways_counts_once(course_class: CourseClass) -> None:
    plan = planning.plan(course_class, reading.read("email\ncleo\ncleo@example.org"))
    assert [step.kind for step in plan.steps] == [Kind.ENROL, Kind.WRONG]


def test_a_person_who_came_by_invitation_is_known_by_its_address(course_class: CourseClass) -> None:
    inviting.accept(Invitation.objects.get().token, make_user("maxi"))
    (step,) = planning.plan(course_class, reading.read("email\nmax@example.org")).steps
    assert (step.kind, step.user and step.user.username) == (Kind.SAME, "maxi")


LIST = """\
email,name,section,role,time_factor,phone
cleo,Cleo,B,,1.5,1
ben,,A,,,2
ana,,b,assistant,,3
new@example.org,New Person,B,assistant,2,4
wrong@,Wrong,,,,5
"""


def test_applying_does_what_the_review_said(course_class: CourseClass) -> None:
    upload = uploads.store(course_class, iris(), LIST)
    assert Enrolment.objects.filter(course_class=course_class).count() == 3
    uploads.apply(upload, iris())
    people = {
        each.learner.user.username: (each.section and each.section.name, each.role, each.time_factor, each.left_at)
        for each in Enrolment.objects.select_related("learner__user", "section")
    }
    assert people["cleo"] == ("B", Role.LEARNER, Decimal("1.5"), None)
    assert people["ben"] == ("A", Role.LEARNER, 1, None)
    assert people["ana"] == ("B", Role.ASSISTANT, 1, None)
    made = Invitation.objects.get(email="new@example.org")
    assert (made.name, made.section, made.role, made.time_factor) == (
        "New Person",
        Section.objects.get(name="B"),
        Role.ASSISTANT,
        2,
    )


def test_lines_that_were_left_out_stay_to_be_corrected(course_class: CourseClass) -> None:
    upload = uploads.store(course_class, iris(), LIST)
    uploads.apply(upload, iris())
    upload.refresh_from_db()
    assert upload.text == "email,name,section,role,time_factor,phone\nwrong@,Wrong,,,,5\n"
    assert upload.outcome["problems"] == [[6, "Wrong", "“wrong@” is not an e-mail address."]]


def test_applying_twice_does_nothing_more(course_class: CourseClass) -> None:
    upload = uploads.store(course_class, iris(), "email\ncleo\nnew@example.org")
    assert [len(uploads.apply(upload, iris())) for _ in range(2)] == [1, 0]


def test_a_second_upload_replaces_the_one_that_was_never_applied(course_class: CourseClass) -> None:
    first = uploads.store(course_class, iris(), LIST)
    uploads.store(course_class, iris(), LIST)
    assert not RosterUpload.objects.filter(pk=first.pk).exists()


def test_500_people_cost_as_many_queries_as_one(course_class: CourseClass) -> None:
    User.objects.bulk_create(User(username=f"user{number}") for number in range(250))
    known = "".join(f"user{number},S{number % 5}\n" for number in range(250))
    new = "".join(f"n{number}@example.org,S{number % 5}\n" for number in range(250))
    counts = []
    for text in ("cleo,A\nx@example.org,A\n", known + new):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            uploads.apply(uploads.store(course_class, iris(), f"email,section\n{text}"), iris())
        counts.append(len(queries))
    assert Enrolment.objects.people().active().filter(course_class=course_class).count() == 253
    assert counts[1] <= counts[0] + 6, counts  # SQLite takes the inserts in a few batches more


def test_the_downloaded_list_can_be_uploaded_again(course_class: CourseClass) -> None:
    put_in(course_class, "formula", time_factor=Decimal("1.5"))
    User.objects.filter(username="formula").update(first_name="=1+1", last_name="")
    text = writing.people_csv(Enrolment.objects.people().active().filter(course_class=course_class))
    assert ",formula," in text
    assert "'=1+1" in text
    assert {step.kind for step in planning.plan(course_class, reading.read(text)).steps} == {Kind.SAME}


@pytest.fixture
def instructor(course_class: CourseClass, client: Client) -> Client:
    client.force_login(iris())
    return client


def post(client: Client, course_class: CourseClass, **values: Any) -> Any:
    return client.post(reverse("class_roster", args=[course_class.pk]), values, follow=True)


def test_the_review_shows_every_line_before_anything_happens(course_class: CourseClass, instructor: Client) -> None:
    text = post(instructor, course_class, file=SimpleUploadedFile("list.csv", LIST.encode())).content.decode()
    for words in ("Cleo", "New Person", "“wrong@” is not an e-mail address.", "New sections: B", "not used: phone"):
        assert words in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Choose a file"),
        ({"file": SimpleUploadedFile("big.csv", b"x" * 1_000_001)}, "larger than 1 MB"),
        ({"file": SimpleUploadedFile("book.xlsx", b"PK\x03\x04\0")}, "This is no text"),
        ({"text": "name\nAna"}, "must name the columns"),
    ],
    ids=["nothing", "too large", "a workbook", "no columns"],
)
def test_an_upload_that_cannot_be_read_says_why(
    course_class: CourseClass, instructor: Client, values: dict[str, Any], message: str
) -> None:
    answer = post(instructor, course_class, **values)
    assert (answer.status_code, message in answer.content.decode()) == (422, True)


def test_a_list_is_applied_and_its_rest_downloaded(course_class: CourseClass, instructor: Client) -> None:
    post(instructor, course_class, text=LIST)
    upload = RosterUpload.objects.get()
    page = instructor.post(f"{upload.get_absolute_url()}apply/", follow=True).content.decode()
    assert "These lines were left out" in page
    rest = instructor.get(f"{upload.get_absolute_url()}left-out.csv")
    assert "wrong@" in rest.content.decode("utf-8-sig")


def test_a_dropped_list_is_gone(course_class: CourseClass, instructor: Client) -> None:
    post(instructor, course_class, text=LIST)
    instructor.post(f"{RosterUpload.objects.get().get_absolute_url()}discard/")
    assert not RosterUpload.objects.exists()
