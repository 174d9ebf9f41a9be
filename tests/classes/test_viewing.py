"""Looking at the course as a learner: what is seen, that nothing counts, that it is logged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from classes import enrolling, entries, managing, membership, signals, viewing
from classes.entries import Due
from classes.models import CourseClass, Enrolment, Role
from lessons.experiments import predictions
from lessons.models import Certificate, Learner, Lesson, Prediction, Status
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_experiment, make_lesson, make_user

pytestmark = pytest.mark.django_db
CHRISTMAS = datetime(2026, 12, 24, 10, tzinfo=UTC)


@pytest.fixture
def lesson() -> Lesson:
    return make_experiment(make_lesson()).lesson


@pytest.fixture
def course_class(lesson: Lesson) -> CourseClass:
    return make_class(course=lesson.course)


@pytest.fixture
def iris(course_class: CourseClass, client: Client) -> User:
    """Signed in, and views the class as a learner."""
    user = User.objects.get(username="iris")
    client.force_login(user)
    client.post(reverse("view_as_learner", args=[course_class.pk]))
    return user


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is there to answer."""
    monkeypatch.setattr(predictions, "WAIT_SECONDS", 0.0)


def predict(client: Client, lesson: Lesson) -> None:
    experiment = lesson.experiments.get()
    client.post(f"/experiments/{experiment.pk}/predict/", {"option": experiment.options.all()[0].pk, "round": 1})


def test_every_page_says_so_and_offers_to_stop(client: Client, iris: User, lesson: Lesson) -> None:
    for page in ("/", "/classes/", "/glossary/", lesson.get_absolute_url(), "/nowhere/"):
        text = client.get(page).content.decode()
        assert "You view the site as a learner." in text, page
        assert reverse("view_as_stop") in text, page


def test_the_admin_says_so_too(client: Client, iris: User) -> None:
    assert "You view the site as a learner." in client.get("/admin/").content.decode()


def test_what_is_done_is_the_stand_ins(client: Client, iris: User, lesson: Lesson) -> None:
    predict(client, lesson)
    assert Prediction.objects.get().learner.stand_in_of == iris
    assert not Prediction.objects.filter(learner__user=iris).exists()


def test_afterwards_the_instructor_is_themself_again(client: Client, iris: User, lesson: Lesson) -> None:
    predict(client, lesson)
    client.post(reverse("view_as_stop"))
    text = client.get(lesson.get_absolute_url()).content.decode()
    assert "You view the site as a learner." not in text
    assert "prediction locked in" not in text


def test_the_work_is_still_there_when_the_view_is_opened_again(
    client: Client, iris: User, lesson: Lesson, course_class: CourseClass
) -> None:
    predict(client, lesson)
    client.post(reverse("view_as_stop"))
    client.post(reverse("view_as_learner", args=[course_class.pk]))
    assert "prediction locked in" in client.get(lesson.get_absolute_url()).content.decode()


def test_starting_over_deletes_the_stand_ins_work_alone(client: Client, iris: User, lesson: Lesson) -> None:
    own = Learner.objects.get(user=iris)
    Prediction.objects.create(learner=own, experiment=lesson.experiments.get(), option_text="mine")
    predict(client, lesson)
    client.post(reverse("view_as_start_over"))
    assert Prediction.objects.get().option_text == "mine"
    assert "You view the site as a learner." in client.get("/").content.decode()


@pytest.mark.parametrize("what", ["lesson", "course"])
def test_drafts_are_hidden_while_viewing(client: Client, iris: User, lesson: Lesson, what: str) -> None:
    draft = lesson if what == "lesson" else lesson.course
    draft.status = Status.DRAFT
    draft.save()
    assert client.get(lesson.get_absolute_url()).status_code == 404
    client.post(reverse("view_as_stop"))
    assert client.get(lesson.get_absolute_url()).status_code == 200


def test_stand_ins_are_in_no_list_and_no_count(client: Client, iris: User, course_class: CourseClass) -> None:
    put_in(course_class, "ana")
    assert Enrolment.objects.active().filter(course_class=course_class).count() == 3
    assert membership.look(course_class, Role.INSTRUCTOR, None, timezone.now()).learners == 1
    assert {each.name for each in membership.find_people(course_class)} == {"iris", "ana"}
    assert managing.counted_sections(course_class) == []


def test_there_is_no_certificate_for_a_stand_in(client: Client, iris: User, lesson: Lesson) -> None:
    predict(client, lesson)
    page = client.post(f"/courses/{lesson.course.slug}/certificate/", {"name": "Iris"})
    assert "there is no certificate for it" in page.content.decode()
    assert not Certificate.objects.exists()


def test_whoever_views_joins_and_leaves_no_class(client: Client, iris: User, course_class: CourseClass) -> None:
    other = make_class(make_user("ida"))
    answer = client.post("/classes/join/", {"code": other.code})
    assert "Stop viewing before you join" in answer.content.decode()
    assert client.post(reverse("class_leave", args=[course_class.pk])).status_code == 404
    assert Enrolment.objects.people().active().filter(learner__user=iris).count() == 1


def test_the_chosen_section_is_the_stand_ins(client: Client, iris: User, course_class: CourseClass) -> None:
    section = managing.add_section(course_class, "Tuesday")
    client.post(reverse("view_as_stop"))
    client.post(reverse("view_as_learner", args=[course_class.pk]), {"section": section.pk})
    assert Enrolment.objects.get(learner__stand_in_of=iris).section == section
    assert "Tuesday" in client.get("/").content.decode()


def test_a_stand_in_learns_in_one_class_at_a_time(client: Client, iris: User, course_class: CourseClass) -> None:
    other = managing.create_class(iris, course_class.course, "Summer")
    client.post(reverse("view_as_stop"))
    client.post(reverse("view_as_learner", args=[other.pk]))
    assert Enrolment.objects.active().get(learner__stand_in_of=iris).course_class == other


def test_the_chosen_date_holds_and_goes_on(course_class: CourseClass) -> None:
    request = RequestFactory().get("/")
    request.user, request.session = User.objects.get(username="iris"), SessionStore()  # type: ignore[assignment]
    viewing.begin(request, course_class, moment=CHRISTMAS)
    request.viewing = viewing.current(request)  # type: ignore[attr-defined]
    first, second = viewing.now(request), viewing.now(request)
    assert timedelta() < second - first < timedelta(seconds=5)
    assert timedelta() <= first - CHRISTMAS < timedelta(seconds=30)


def test_without_a_date_it_is_now(course_class: CourseClass) -> None:
    assert timezone.now() - viewing.now(RequestFactory().get("/")) < timedelta(seconds=5)


def test_what_is_due_follows_the_chosen_date(client: Client, iris: User, course_class: CourseClass) -> None:
    heard: list[datetime] = []

    def listen(now: datetime, **_: object) -> list[Due]:
        heard.append(now)
        return [Due(course_class, "The quiz", "/quiz/", CHRISTMAS + timedelta(days=1))]

    client.post(reverse("view_as_stop"))
    client.post(reverse("view_as_learner", args=[course_class.pk]), {"moment": "2026-12-24T10:00"})
    signals.due_asked.connect(listen)
    try:
        text = client.get(course_class.course.get_absolute_url()).content.decode()
    finally:
        signals.due_asked.disconnect(listen)
    assert "The quiz" in text
    assert {moment.date() for moment in heard} == {CHRISTMAS.date()}


def test_beginning_and_end_are_in_the_admins_history(client: Client, iris: User, course_class: CourseClass) -> None:
    client.post(reverse("view_as_stop"))
    words = [entry.change_message for entry in LogEntry.objects.filter(object_id=course_class.pk).order_by("pk")]
    assert [word.split()[0] for word in words] == ["Began", "Ended"]


def test_logging_out_ends_it(client: Client, iris: User) -> None:
    client.post("/accounts/logout/")
    assert LogEntry.objects.filter(change_message__startswith="Ended").exists()
    assert not Enrolment.objects.active().filter(learner__stand_in_of=iris).exists()


def test_it_ends_with_the_role_and_says_so(client: Client, iris: User, course_class: CourseClass) -> None:
    put_in(course_class, "ben", Role.INSTRUCTOR)
    enrolling.remove(Enrolment.objects.get(learner__user=iris))
    assert "You no longer view the site as a learner." in client.get("/").content.decode()
    assert "You view the site as a learner." not in client.get("/").content.decode()


def test_the_password_form_never_takes_a_users_rights(client: Client, iris: User) -> None:
    """The user of the request is saved by it: what hides the staff's pages must not be stored."""
    values = {"old_password": "hop-by-hop-1", "new_password1": "hop-by-hop-2", "new_password2": "hop-by-hop-2"}
    assert client.post("/accounts/password/", values).status_code == 302
    iris.refresh_from_db()
    assert iris.is_staff


def test_what_is_not_open_yet_is_not_next(course_class: CourseClass) -> None:
    opens = Due(course_class, "opens", "/", opens_at=CHRISTMAS)
    assert membership.Taken(course_class, (opens,)).next is None


def test_things_to_do_come_by_their_end_and_done_ones_last(course_class: CourseClass) -> None:
    def listen(**_: object) -> list[Due]:
        return [
            Due(course_class, "done", "/", CHRISTMAS, done=True),
            Due(course_class, "open end", "/"),
            Due(course_class, "opens", "/", CHRISTMAS + timedelta(days=3), opens_at=CHRISTMAS + timedelta(days=1)),
            Due(course_class, "late", "/", CHRISTMAS + timedelta(days=2)),
            Due(course_class, "soon", "/", CHRISTMAS),
        ]

    signals.due_asked.connect(listen)
    try:
        found = entries.due_in([course_class], put_in(course_class, "ana").learner, CHRISTMAS)
    finally:
        signals.due_asked.disconnect(listen)
    assert [due.title for due in found] == ["soon", "late", "open end", "opens", "done"]
