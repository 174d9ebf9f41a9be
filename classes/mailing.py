"""Sends invitations by e-mail, in a worker.

    send_later(invitations, site)        tells a worker, on commit
    send(ids, site, language)            the worker's part: each is sent once, what went wrong stands with it

Without EMAIL_URL (settings.SENDS_EMAIL) nothing is sent: the links are shown to the instructor to pass them on.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from functools import partial

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from classes import inviting
from classes.models import Invitation

TASK = "classes.tasks.send_invitations"
AT_ONCE = 10
"""Invitations in one task: slow servers must not run into its time limit."""
logger = logging.getLogger(__name__)


def send_later(invitations: Sequence[Invitation], site: str) -> None:
    """Those without an e-mail address are left out."""
    ids = [invitation.pk for invitation in invitations if invitation.email]
    if settings.SENDS_EMAIL and ids:
        transaction.on_commit(partial(_enqueue, ids, site, get_language() or settings.LANGUAGE_CODE))


def send(ids: Sequence[int], site: str, language: str) -> int:
    """Returns how many went out. One that fails does not stop the others; its reason stands with it."""
    waiting = Invitation.objects.filter(pk__in=ids, accepted_at=None, sent_at=None)
    invitations = list(waiting.select_related("course_class__course", "created_by", "section"))
    sent = 0
    with translation.override(language):
        connection = get_connection()
        for invitation in invitations:
            sent += _send(invitation, site, connection)
        connection.close()
    return sent


def _enqueue(ids: list[int], site: str, language: str) -> None:
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        try:
            current_app.send_task(TASK, args=[some, site, language])
        except OperationalError as error:
            logger.warning("invitations are not queued, the broker does not answer: %s", type(error).__name__)
            with translation.override(language):
                problem = _("The queue did not answer. Send it again.")
            Invitation.objects.filter(pk__in=ids[start:]).update(mail_problem=problem)
            return


def _send(invitation: Invitation, site: str, connection: BaseEmailBackend) -> bool:
    """Claims it first, by a conditional update, so that a task that is delivered twice sends it once."""
    unsent = Invitation.objects.filter(pk=invitation.pk, sent_at=None)
    if not unsent.update(sent_at=timezone.now(), mail_problem=""):
        return False
    try:
        message(invitation, site, connection).send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("invitation %s could not be sent: %s", invitation.pk, error)
        problem = f"{type(error).__name__}: {error}"[:500]
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=None, mail_problem=problem)
        return False
    return True


def message(invitation: Invitation, site: str, connection: BaseEmailBackend | None = None) -> EmailMessage:
    """Plain text in the active language."""
    course_class = invitation.course_class
    lines = [
        _("Hello %s,") % invitation.name if invitation.name else _("Hello,"),
        _("%(name)s invites you to the class “%(title)s”, which takes the course “%(course)s” on Hop by Hop.")
        % {"name": _inviter(invitation), "title": course_class.title, "course": course_class.course.title},
        _("Open this link, and sign up or log in:"),
        inviting.link(invitation, site),
    ]
    if invitation.expires_at:
        lines.append(
            _("It is for you alone, works once, and ends on %s.") % date_format(invitation.expires_at, "DATE_FORMAT")
        )
    subject = _("Invitation to “%s”") % " ".join(course_class.title.split())
    return EmailMessage(subject, "\n\n".join(lines) + "\n", to=[invitation.email], connection=connection)


def _inviter(invitation: Invitation) -> str:
    user = invitation.created_by
    return (user.get_full_name() or user.get_username()) if user else _("An instructor")
