"""Invitations: made, sent, opened once."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from classes import enrolling, inviting, mailing
from classes.enrolling import EnrolmentError
from classes.models import CourseClass, Enrolment, Invitation, Role
from tests.classes.factories import make_class, put_in
from tests.lessons.factories import make_user

pytestmark = pytest.mark.django_db
SITE = "https://hop.example"


@pytest.fixture
def course_class() -> CourseClass:
    return make_class()


def invite(course_class: CourseClass, **values: Any) -> Invitation:
    return inviting.invite(course_class, User.objects.get(username="iris"), **({"email": "zoe@example.org"} | values))


def test_who_accepts_comes_in_as_the_invitation_says(course_class: CourseClass) -> None:
    section = course_class.sections.create(name="A")
    invitation = invite(course_class, name="Zoe van Park", role=Role.ASSISTANT, section=section)
    user = make_user("zoe")
    enrolment = inviting.accept(invitation.token, user)
    invitation.refresh_from_db()
    assert (enrolment.role, enrolment.section, enrolment.name) == (Role.ASSISTANT, section, "Zoe van Park")
    assert invitation.accepted_by == enrolment


def test_an_invitation_works_once(course_class: CourseClass) -> None:
    token = invite(course_class).token
    inviting.accept(token, make_user("zoe"))
    with pytest.raises(EnrolmentError, match="used already"):
        inviting.accept(token, make_user("max"))
    assert not Enrolment.objects.filter(learner__user__username="max").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [({"expires_at": timezone.now() - timedelta(hours=1)}, "has expired"), ({}, "has ended")],
    ids=["expired", "archived class"],
)
def test_an_invitation_that_opens_nothing_says_why(
    course_class: CourseClass, client: Client, values: dict[str, Any], message: str
) -> None:
    invitation = invite(course_class, **values)
    if not values:
        CourseClass.objects.update(archived_at=timezone.now())
    answer = client.get(f"/classes/invitations/{invitation.token}/")
    assert (answer.status_code, message in answer.content.decode()) == (410, True)


def test_an_unknown_link_says_what_to_do(client: Client) -> None:
    answer = client.get("/classes/invitations/nothing/")
    assert (answer.status_code, "Ask for another" in answer.content.decode()) == (404, True)


def test_the_link_leads_whom_it_let_in_to_the_class(client: Client, course_class: CourseClass) -> None:
    invitation, user = invite(course_class), make_user("zoe")
    inviting.accept(invitation.token, user)
    client.force_login(user)
    assert client.get(f"/classes/invitations/{invitation.token}/").url == course_class.get_absolute_url()


def test_after_renewal_the_old_link_opens_nothing(course_class: CourseClass) -> None:
    invitation = invite(course_class)
    old = invitation.token
    assert inviting.open_invitation(inviting.renew(invitation).token)
    with pytest.raises(Invitation.DoesNotExist):
        inviting.open_invitation(old)


def test_whoever_is_in_does_not_use_up_an_invitation(course_class: CourseClass) -> None:
    invitation = invite(course_class)
    with pytest.raises(EnrolmentError, match="in this class already"):
        inviting.accept(invitation.token, put_in(course_class, "ana").learner.user)
    assert inviting.open_invitation(invitation.token)


def test_a_learner_becomes_an_assistant_by_invitation(course_class: CourseClass) -> None:
    ana = put_in(course_class, "ana")
    inviting.accept(invite(course_class, role=Role.ASSISTANT).token, ana.learner.user)
    ana.refresh_from_db()
    assert ana.role == Role.ASSISTANT


def test_an_invitation_lets_in_whom_the_code_does_not(course_class: CourseClass) -> None:
    ana = put_in(course_class, "ana")
    enrolling.remove(ana)
    assert inviting.accept(invite(course_class).token, ana.learner.user).removed is False


def test_one_address_has_one_open_invitation(course_class: CourseClass) -> None:
    invite(course_class)
    with pytest.raises(EnrolmentError, match="invited already"):
        invite(course_class, email="ZOE@example.org")


def test_a_name_that_a_person_has_is_kept(course_class: CourseClass) -> None:
    user = make_user("zoe", first_name="Zoë")
    assert inviting.accept(invite(course_class, name="Zoe Park").token, user).name == "Zoë"


def test_a_visitor_signs_up_and_comes_back_to_the_invitation(course_class: CourseClass, client: Client) -> None:
    address = f"/classes/invitations/{invite(course_class).token}/"
    assert f"/accounts/signup/?next={address}" in client.get(address).content.decode()
    client.force_login(make_user("zoe"))
    assert client.post(address).headers["Location"] == course_class.get_absolute_url()


def test_where_no_mail_is_sent_the_links_are_shown_and_downloaded(course_class: CourseClass, client: Client) -> None:
    client.force_login(User.objects.get(username="iris"))
    address = reverse("class_invitations", args=[course_class.pk])
    page = client.post(address, {"email": "zoe@example.org", "role": "learner"}, follow=True).content.decode()
    link = f"http://testserver/classes/invitations/{Invitation.objects.get().token}/"
    assert link in page
    assert "This site sends no e-mail" in page
    assert link in client.get(reverse("class_invitation_links", args=[course_class.pk])).content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "learner"}, "Give a name or an e-mail address"),
        ({"role": "learner", "name": "Zoe", "expires_at": "2020-01-01T10:00"}, "has passed"),
        ({"role": "king", "name": "Zoe"}, "Select a valid choice"),
        ({"role": "learner", "email": "zoe@"}, "valid email"),
    ],
    ids=["nobody", "past", "no role", "no address"],
)
def test_a_form_with_a_mistake_says_which(
    course_class: CourseClass, client: Client, values: dict[str, str], message: str
) -> None:
    client.force_login(User.objects.get(username="iris"))
    answer = client.post(reverse("class_invitations", args=[course_class.pk]), values)
    assert (answer.status_code, message in answer.content.decode()) == (422, True)


def test_the_mail_names_class_person_and_link(course_class: CourseClass) -> None:
    invitation = invite(course_class, name="Zoe")
    assert mailing.send([invitation.pk], SITE, "en") == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["zoe@example.org"], "Invitation to “Winter”")
    for words in ("Hello Zoe", "iris invites you", f"{SITE}/classes/invitations/{invitation.token}/"):
        assert words in message.body


def test_the_mail_speaks_the_inviters_language(course_class: CourseClass) -> None:
    mailing.send([invite(course_class).pk], SITE, "de")
    assert mail.outbox[0].subject == "Einladung in „Winter“"


def test_a_task_that_comes_twice_sends_once(course_class: CourseClass) -> None:
    ids = [invite(course_class).pk]
    assert [mailing.send(ids, SITE, "en") for _ in range(2)] == [1, 0]
    assert len(mail.outbox) == 1


def test_two_workers_with_the_same_task_send_each_mail_once(
    course_class: CourseClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker does the whole task while the first one is in the middle of it."""
    deliver = EmailBackend.send_messages
    ids = [invite(course_class, email=f"n{number}@example.org").pk for number in range(2)]

    def send(self: EmailBackend, messages: list[Any]) -> int:
        monkeypatch.setattr(EmailBackend, "send_messages", deliver)
        mailing.send(ids, SITE, "en")
        return deliver(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    mailing.send(ids, SITE, "en")
    assert sorted(message.to[0] for message in mail.outbox) == ["n0@example.org", "n1@example.org"]


def test_a_mail_that_fails_says_why_and_stops_no_other(
    course_class: CourseClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = EmailBackend.send_messages

    def send(self: EmailBackend, messages: list[Any]) -> int:
        if messages[0].to == ["bad@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"no such user")})
        return deliver(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    bad, good = invite(course_class, email="bad@example.org"), invite(course_class)
    assert mailing.send([bad.pk, good.pk], SITE, "en") == 1
    bad.refresh_from_db()
    assert "no such user" in bad.mail_problem
    assert bad.sent_at is None


def test_a_queue_that_is_down_is_told_to_the_instructor(
    course_class: CourseClass, monkeypatch: pytest.MonkeyPatch, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    settings.SENDS_EMAIL = True
    monkeypatch.setattr(mailing.current_app, "send_task", refuse)
    invitation = invite(course_class)
    with django_capture_on_commit_callbacks(execute=True):
        mailing.send_later([invitation], SITE)
    invitation.refresh_from_db()
    assert "queue did not answer" in invitation.mail_problem


def test_many_mails_are_sent_in_small_tasks(
    course_class: CourseClass, monkeypatch: pytest.MonkeyPatch, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[list[int]] = []
    settings.SENDS_EMAIL = True
    monkeypatch.setattr(mailing.current_app, "send_task", lambda _name, args: sent.append(args[0]))
    invitations = [invite(course_class, email=f"n{number}@example.org") for number in range(23)]
    with django_capture_on_commit_callbacks(execute=True):
        mailing.send_later(invitations, SITE)
    assert [len(ids) for ids in sent] == [10, 10, 3]


def made(course_class: CourseClass) -> dict[str, Invitation]:
    """One in each state."""
    values: dict[str, dict[str, Any]] = {
        "open": {},
        "sent": {"sent_at": timezone.now()},
        "problem": {"mail_problem": "SMTPException: full"},
        "expired": {"expires_at": timezone.now() - timedelta(hours=1), "sent_at": timezone.now()},
        "accepted": {"accepted_at": timezone.now(), "sent_at": timezone.now()},
    }
    found = {name: invite(course_class, email=f"{name}@example.org", name=f"Zoe {name}") for name in values}
    for name, fields in values.items():
        Invitation.objects.filter(pk=found[name].pk).update(**fields)
    return {name: Invitation.objects.get(pk=each.pk) for name, each in found.items()}


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        pytest.param("", ["problem", "expired", "open", "sent", "accepted"], id="all"),
        pytest.param("state=waiting", ["problem", "open", "sent"], id="not answered yet"),
        pytest.param("state=expired", ["expired"], id="expired"),
        pytest.param("q=ZOE+sent", ["sent"], id="by every word of the name"),
        pytest.param("q=open%40", ["open"], id="by e-mail address"),
        pytest.param("state=nonsense", ["problem", "expired", "open", "sent", "accepted"], id="malformed"),
        pytest.param("q=nobody", [], id="none"),
    ],
)
def test_invitations_are_found_by_state_and_words(
    client: Client, course_class: CourseClass, query: str, listed: list[str]
) -> None:
    made(course_class)
    client.force_login(User.objects.get(username="iris"))
    page = client.get(f"/classes/{course_class.pk}/invitations/?{query}").context["page"]
    assert sorted(row.state for row in page) == sorted(listed)


def test_a_page_shows_some_of_many_invitations(client: Client, course_class: CourseClass) -> None:
    for number in range(30):
        invite(course_class, email=f"p{number}@example.org")
    client.force_login(User.objects.get(username="iris"))
    answer = client.get(f"/classes/{course_class.pk}/invitations/?q=p&page=2")
    assert answer.text.count("class-invitation") == 5
    assert "?q=p&amp;page=1" in answer.text


class TestReminding:
    def test_keeps_links_that_work_and_renews_those_that_expired(self, course_class: CourseClass) -> None:
        before = made(course_class)
        assert {each.pk for each in inviting.remind(course_class)} == {
            before[name].pk for name in ("open", "sent", "problem", "expired")
        }
        now = {name: Invitation.objects.get(pk=each.pk) for name, each in before.items()}
        assert {name for name in now if now[name].token != before[name].token} == {"expired"}
        assert not inviting.expired(now["expired"])

    def test_sends_again_what_was_sent_and_leaves_who_answered_alone(self, course_class: CourseClass) -> None:
        before = made(course_class)
        inviting.remind(course_class)
        assert mailing.send([each.pk for each in before.values()], SITE, "en") == 4
        assert "accepted@example.org" not in {address for each in mail.outbox for address in each.to}

    def test_is_for_instructors(self, client: Client, course_class: CourseClass) -> None:
        put_in(course_class, "max", Role.ASSISTANT)
        client.force_login(User.objects.get(username="max"))
        assert client.post(reverse("class_invitations_remind", args=[course_class.pk])).status_code == 404
