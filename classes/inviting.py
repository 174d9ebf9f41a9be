"""Invitations: a link for one person, which works once. It is sent by e-mail, or passed on by whoever made it.

invite(course_class, user, …)       a new one
open_invitation(token)              the one that this link still opens
accept(invitation, user)            the person who opens it comes in
came_by(token, user)                the class where the person came in by it before
renew(invitation), withdraw(invitation)
remind(course_class)                everybody who has not answered is asked once more
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from classes.enrolling import EnrolmentError, enrol, take_name
from classes.models import CourseClass, Enrolment, Invitation, Role, Section
from classes.models.enrolment import new_token
from classes.permissions import RANK, User, role_of
from classes.spreadsheets import csv_text
from lessons.learners import learner_of

VALID_FOR = timedelta(days=30)
LINK_COLUMNS = ("name", "email", "role", "section", "link")


@dataclass(frozen=True, slots=True)
class Listed:
    """An invitation in the instructor's list. `state` is one of accepted, expired, problem, sent, open."""

    invitation: Invitation
    link: str
    state: str

    @property
    def open(self) -> bool:
        return self.state not in ("accepted", "expired")


def default_expiry() -> datetime:
    return timezone.now() + VALID_FOR


@transaction.atomic
def invite(
    course_class: CourseClass,
    user: User,
    *,
    email: str = "",
    name: str = "",
    role: Role = Role.LEARNER,
    section: Section | None = None,
    time_factor: Decimal = Decimal(1),
    expires_at: datetime | None = None,
) -> Invitation:
    """Raises EnrolmentError where this e-mail address has an open invitation already."""
    CourseClass.objects.select_for_update().get(pk=course_class.pk)  # two at once invite one address once
    if email and course_class.invitations.filter(email__iexact=email, accepted_at=None).exists():
        raise EnrolmentError(_("%s is invited already. Renew that invitation, or withdraw it first.") % email)
    return Invitation.objects.create(
        course_class=course_class,
        created_by_id=user.pk,
        email=email,
        name=name,
        role=role,
        section=section,
        time_factor=time_factor,
        expires_at=expires_at or default_expiry(),
    )


def open_invitation(token: str) -> Invitation:
    """Raises Invitation.DoesNotExist for an unknown token, EnrolmentError for one that opens nothing any more."""
    found = Invitation.objects.select_related("course_class__course", "created_by", "section").get(token=token)
    if found.accepted_at:
        raise EnrolmentError(_("This invitation was used already. Each one works once; ask for another."))
    if expired(found):
        raise EnrolmentError(_("This invitation has expired. Ask your instructor for a new one."))
    if found.course_class.archived_at:
        raise EnrolmentError(_("This class has ended."))
    return found


def came_by(token: str, user: User) -> CourseClass | None:
    """The class that this person came into by this link, as long as they are in it."""
    accepted = Enrolment.objects.active().filter(invitations__token=token, learner__user=user.pk)
    enrolment = accepted.select_related("course_class").first()
    return enrolment.course_class if enrolment else None


def listed(course_class: CourseClass, site: str) -> list[Listed]:
    """Those that wait for an answer first."""
    found = course_class.invitations.select_related("section", "accepted_by__learner__user")
    rows = [Listed(each, link(each, site), _state(each)) for each in found]
    return sorted(rows, key=lambda row: (row.state == "accepted", row.state != "problem"))


def find(course_class: CourseClass, site: str, *, words: str = "", states: Collection[str] = ()) -> list[Listed]:
    """Those in one of these states, all without any, whose name or e-mail address holds every word."""
    wanted = words.casefold().split()
    return [
        row
        for row in listed(course_class, site)
        if (not states or row.state in states)
        and all(word in f"{row.invitation.name} {row.invitation.email}".casefold() for word in wanted)
    ]


def expired(invitation: Invitation) -> bool:
    return invitation.expires_at is not None and invitation.expires_at <= timezone.now()


@transaction.atomic
def accept(token: str, user: AbstractUser, name: str = "") -> Enrolment:
    """Whoever has no name yet gets this one, or else that of the invitation.

    Raises what open_invitation raises, and EnrolmentError for who is in the class with that role already.
    """
    Invitation.objects.select_for_update().get(token=token)
    invitation = open_invitation(token)
    own, offered = role_of(user, invitation.course_class), Role(invitation.role)
    if own and RANK[own] >= RANK[offered]:
        raise EnrolmentError(_("You are in this class already. The invitation is still there for whom it is meant."))
    enrolment, _new = enrol(
        invitation.course_class,
        learner_of(user),
        role=offered,
        section=invitation.section,
        time_factor=invitation.time_factor,
    )
    invitation.accepted_by, invitation.accepted_at = enrolment, timezone.now()
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    take_name(user, name or invitation.name)
    return enrolment


def renew(invitation: Invitation) -> Invitation:
    """A new link with a new end; the old link opens nothing any more."""
    invitation.token, invitation.expires_at = new_token(), default_expiry()
    invitation.sent_at, invitation.mail_problem = None, ""
    invitation.save(update_fields=["token", "expires_at", "sent_at", "mail_problem"])
    return invitation


def unanswered(course_class: CourseClass) -> QuerySet[Invitation]:
    """With an e-mail address to write to, expired ones as well."""
    return course_class.invitations.filter(accepted_at=None).exclude(email="")


@transaction.atomic
def remind(course_class: CourseClass) -> list[Invitation]:
    """Returns those to be sent again. Their links stay; those that have expired get a new one and a new end."""
    found = list(unanswered(course_class).select_for_update())
    for invitation in found:
        if expired(invitation):
            renew(invitation)
    unanswered(course_class).update(sent_at=None, mail_problem="")
    return found


def withdraw(invitation: Invitation) -> None:
    invitation.delete()


def link(invitation: Invitation, site: str) -> str:
    """`site` is the address of this site without a slash at its end."""
    return site + reverse("invitation", args=[invitation.token])


def links_csv(invitations: Iterable[Invitation], site: str) -> str:
    """To pass on by hand where the site sends no e-mail, for example with a mail merge."""
    rows = (
        (each.name, each.email, each.role, each.section.name if each.section else "", link(each, site))
        for each in invitations
    )
    return csv_text(LINK_COLUMNS, rows)


def _state(invitation: Invitation) -> str:
    if invitation.accepted_at:
        return "accepted"
    if expired(invitation):
        return "expired"
    if invitation.mail_problem:
        return "problem"
    return "sent" if invitation.sent_at else "open"
