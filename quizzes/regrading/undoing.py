"""A regrade taken back: another one, whose dry run says who gets back which grade, and which adds them when applied.

request(regrade, ...)   begins that dry run, in a worker
refusal(regrade)        why it cannot be taken back, in words for the instructor
applied_undo(regrade)   the one that took it back
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from quizzes.models import Grade, Regrade
from quizzes.regrading.running import AT_WORK, RegradeRefusedError, begun

Kind, State = Regrade.Kind, Regrade.State


@transaction.atomic
def request(regrade: Regrade, *, reason: str, by: AbstractBaseUser | AnonymousUser) -> Regrade:
    """Raises ValidationError without a reason, and RegradeRefusedError.

    It may lower grades: whoever takes a regrade back asks for that, and sees beforehand for whom.
    """
    if words := refusal(regrade):
        raise RegradeRefusedError(words)
    undo = Regrade(quiz=regrade.quiz, kind=Kind.UNDO, undoes=regrade, reason=reason, may_lower=True)
    undo.requested_by_id = by.pk
    return begun(undo)


def refusal(regrade: Regrade) -> str:
    """ "" where it can be taken back."""
    if regrade.state in AT_WORK:
        return gettext("It is still being worked on. Wait for it, or cancel it.")
    if not regrade.grades.exists():
        return gettext("It has changed no grade, so there is nothing to take back.")
    if applied_undo(regrade) is not None:
        return gettext("It has been taken back already.")
    if not still_newest(regrade).exists():
        return gettext("Every attempt that it changed has a newer grade since, so nothing can be taken back any more.")
    return ""


def applied_undo(regrade: Regrade) -> Regrade | None:
    return regrade.undone_by.filter(state=State.APPLIED).first()


def still_newest(regrade: Regrade) -> QuerySet[Grade]:
    """The grades that it added and none came after."""
    newer = Grade.objects.filter(attempt=OuterRef("attempt"), run__gt=OuterRef("run"))
    return regrade.grades.exclude(Exists(newer))
