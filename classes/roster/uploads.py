"""A stored upload: what it would do, and doing it, once.

store(course_class, user, text)   keeps the text for the review; the user's earlier, open one is dropped
review(upload)                    the Plan as things are now
apply(upload)                     enrols, invites and changes, in one transaction; left-out lines stay in the upload
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from classes import inviting
from classes.models import CourseClass, Enrolment, Invitation, Role, RosterUpload, Section
from classes.permissions import User
from classes.roster import planning, reading
from classes.roster.planning import Kind, Plan, Step
from classes.signals import time_granted
from classes.spreadsheets import csv_text
from lessons.models import Learner

BATCH = 500


@transaction.atomic
def store(course_class: CourseClass, user: User, text: str) -> RosterUpload:
    """Raises reading.RosterError where no line of it can be read."""
    reading.read(text)
    open_ones = RosterUpload.objects.filter(course_class=course_class, created_by=user.pk, applied_at=None)
    open_ones.delete()
    return RosterUpload.objects.create(course_class=course_class, created_by_id=user.pk, text=text)


def review(upload: RosterUpload) -> Plan:
    return planning.plan(upload.course_class, reading.read(upload.text))


@transaction.atomic
def apply(upload: RosterUpload, user: User) -> list[Invitation]:
    """The invitations that it made, to be sent. A second call, also at the same time, does nothing.

    The class's row is locked with the upload's, so that two lists wait for each other and invite nobody twice.
    """
    held = RosterUpload.objects.select_for_update(of=("self", "course_class"))
    found = held.select_related("course_class").get(pk=upload.pk)
    if found.applied_at is not None:
        return []
    sheet = reading.read(found.text)
    plan = planning.plan(found.course_class, sheet)
    sections = _sections(found.course_class, plan)
    _enrol(found.course_class, plan.of(Kind.ENROL), sections)
    _change([step for step in plan.of(Kind.ENROL, Kind.CHANGE) if step.enrolment], sections, user)
    invitations = Invitation.objects.bulk_create(
        (_invitation(found.course_class, step, sections, user) for step in plan.of(Kind.INVITE)), BATCH
    )
    found.text = csv_text(sheet.header, (step.row.cells for step in plan.wrong)) if plan.wrong else ""
    found.outcome = plan.counts | {"problems": [[step.row.line, step.row.person, step.remark] for step in plan.wrong]}
    found.applied_at = timezone.now()
    found.save(update_fields=["text", "outcome", "applied_at"])
    return invitations


def discard(upload: RosterUpload) -> None:
    upload.delete()


def _sections(course_class: CourseClass, plan: Plan) -> dict[str, Section]:
    """Every section of the class by its name in lower case; the ones that are missing are made."""
    made = [Section(course_class=course_class, name=name) for name in plan.new_sections]
    Section.objects.bulk_create(made, BATCH, ignore_conflicts=True)
    return {section.name.casefold(): section for section in Section.objects.filter(course_class=course_class)}


def _enrol(course_class: CourseClass, steps: list[Step], sections: dict[str, Section]) -> None:
    """Those who were never in. Whoever joins by the code in this very moment stays as they came."""
    steps = [step for step in steps if step.enrolment is None]
    users = [step.user.pk for step in steps if step.user]
    Learner.objects.bulk_create((Learner(user_id=pk) for pk in users), BATCH, ignore_conflicts=True)
    learners = {learner.user_id: learner for learner in Learner.objects.filter(user__in=users)}
    fresh = [
        Enrolment(course_class=course_class, learner=learners[step.user.pk], **_said(step, sections, everything=True))
        for step in steps
        if step.user
    ]
    Enrolment.objects.bulk_create(fresh, BATCH, ignore_conflicts=True)


def _change(steps: list[Step], sections: dict[str, Section], user: User) -> None:
    changed, before = [], {step.enrolment.pk: step.enrolment.time_factor for step in steps if step.enrolment}
    for step in steps:
        if step.enrolment is None:
            continue
        returns = step.kind == Kind.ENROL
        for name, value in _said(step, sections, everything=returns).items():
            setattr(step.enrolment, name, value)
        if returns:
            step.enrolment.left_at, step.enrolment.removed = None, False
        changed.append(step.enrolment)
    fields = ["section", "role", "time_factor", "left_at", "removed"]
    Enrolment.objects.bulk_update(changed, fields, BATCH)
    for enrolment in changed:
        if enrolment.time_factor > before[enrolment.pk]:
            time_granted.send(sender=Enrolment, enrolment=enrolment, by=user)


def _said(step: Step, sections: dict[str, Section], *, everything: bool) -> dict[str, Any]:
    """The values of a row; `everything`: with what holds where the row says nothing."""
    row = step.row
    values: dict[str, Any] = {"section": sections.get(row.section.casefold()) if row.section else None}
    values |= {"role": row.role, "time_factor": row.time_factor}
    if everything:
        return values | {"role": row.role or Role.LEARNER, "time_factor": row.time_factor or Decimal(1)}
    return {name: value for name, value in values.items() if value is not None}


def _invitation(course_class: CourseClass, step: Step, sections: dict[str, Section], user: User) -> Invitation:
    return Invitation(
        course_class=course_class,
        email=step.row.email,
        name=step.row.name,
        created_by_id=user.pk,
        expires_at=inviting.default_expiry(),
        **_said(step, sections, everything=True),
    )
