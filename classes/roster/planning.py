"""What a roster would do to a class: one Step for each row, decided with the same few queries however many rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classes.models import CourseClass, Enrolment, Role
from classes.roster.reading import Row, Sheet


class Kind(Enum):
    """What happens to a row."""

    WRONG = "wrong"
    INVITE = "invite"
    ENROL = "enrol"
    CHANGE = "change"
    SAME = "same"

    @property
    def label(self) -> Any:
        return LABELS[self]


LABELS = {
    Kind.WRONG: gettext_lazy("left out"),
    Kind.INVITE: gettext_lazy("new here: gets an invitation"),
    Kind.ENROL: gettext_lazy("has an account: is enrolled"),
    Kind.CHANGE: gettext_lazy("in the class already: changes"),
    Kind.SAME: gettext_lazy("stays as it is"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A row and what happens to it. `user` for whoever has an account, `enrolment` for whoever is or was in."""

    row: Row
    kind: Kind
    remark: str = ""
    user: User | None = None
    enrolment: Enrolment | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`new_sections` are the names of sections that will be made, in the order of the file."""

    steps: tuple[Step, ...]
    new_sections: tuple[str, ...]
    ignored: tuple[str, ...]

    def of(self, *kinds: Kind) -> list[Step]:
        return [step for step in self.steps if step.kind in kinds]

    @property
    def counts(self) -> dict[str, int]:
        return {kind.value: len(self.of(kind)) for kind in Kind}

    @property
    def wrong(self) -> list[Step]:
        return self.of(Kind.WRONG)

    @property
    def right(self) -> list[Step]:
        return [step for step in self.steps if step.kind != Kind.WRONG]

    @property
    def does_something(self) -> bool:
        return bool(self.of(Kind.INVITE, Kind.ENROL, Kind.CHANGE))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows of the people in a file. Names of users as they are, e-mail addresses in lower case."""

    by_username: dict[str, User]
    by_email: dict[str, list[User]]
    enrolments: dict[int, Enrolment]
    invited: set[str]
    accepted: dict[str, Enrolment]


def plan(course_class: CourseClass, sheet: Sheet) -> Plan:
    known = _known(course_class, sheet.rows)
    steps = _once_each([_step(row, known) for row in sheet.rows])
    sections = {section.name.casefold() for section in course_class.sections.all()}
    wanted = dict.fromkeys(step.row.section for step in steps if step.kind != Kind.WRONG and step.row.section)
    fresh: dict[str, str] = {}
    for name in wanted:
        if name.casefold() not in sections:
            fresh.setdefault(name.casefold(), name)
    return Plan(tuple(steps), tuple(fresh.values()), sheet.ignored)


def _known(course_class: CourseClass, rows: Sequence[Row]) -> _Known:
    usernames = {row.username for row in rows if row.username}
    emails = {row.email.lower() for row in rows if row.email}
    users = User.objects.annotate(lower_email=Lower("email"))
    found = list(users.filter(Q(username__in=usernames) | Q(lower_email__in=emails)))
    by_email: dict[str, list[User]] = defaultdict(list)
    for user in found:
        if user.email:
            by_email[user.email.lower()].append(user)
    everybody = Enrolment.objects.people().filter(course_class=course_class)
    enrolments = everybody.select_related("learner__user", "section", "course_class")
    invitations = course_class.invitations.exclude(email="").values_list("email", "accepted_by")
    by_pk = {enrolment.pk: enrolment for enrolment in enrolments}
    return _Known(
        by_username={user.username: user for user in found},
        by_email=by_email,
        enrolments={enrolment.learner.user_id or 0: enrolment for enrolment in by_pk.values()},
        invited={email.lower() for email, accepted in invitations if accepted is None},
        accepted={email.lower(): by_pk[accepted] for email, accepted in invitations if accepted in by_pk},
    )


def _step(row: Row, known: _Known) -> Step:
    if row.problem:
        return Step(row, Kind.WRONG, row.problem)
    users = [known.by_username[row.username]] if row.username in known.by_username else []
    users = users or known.by_email.get(row.email.lower(), [])
    if len(users) > 1:
        return Step(row, Kind.WRONG, _("Several accounts have this e-mail address. Give the user name."))
    user = users[0] if users else None
    enrolment = known.enrolments.get(user.pk) if user else known.accepted.get(row.email.lower())
    if enrolment is not None and enrolment.left_at is None:
        return _in_already(row, enrolment)
    if enrolment is not None:
        return Step(row, Kind.ENROL, _("Comes back."), enrolment.learner.user, enrolment)
    if user is not None:
        return Step(row, Kind.ENROL, user=user)
    if not row.email:
        words = _("Nobody here has the user name “%s”. With an e-mail address they would be invited.")
        return Step(row, Kind.WRONG, words % row.username)
    if row.email.lower() in known.invited:
        return Step(row, Kind.SAME, _("Invited already."))
    return Step(row, Kind.INVITE)


def _in_already(row: Row, enrolment: Enrolment) -> Step:
    """Empty cells change nothing. An instructor's role is changed on their own page, never by a file."""
    if enrolment.role == Role.INSTRUCTOR and row.role not in (None, Role.INSTRUCTOR):
        return Step(row, Kind.WRONG, _("They are an instructor of this class. Change that on their own page."))
    changes = []
    section = enrolment.section.name if enrolment.section else ""
    if row.section and row.section.casefold() != section.casefold():
        changes.append(f"{section or '–'} → {row.section}")
    if row.role and row.role != enrolment.role:
        changes.append(f"{Role(enrolment.role).label} → {row.role.label}")
    if row.time_factor and row.time_factor != enrolment.time_factor:
        changes.append(f"× {enrolment.time_factor} → × {row.time_factor}")
    kind = Kind.CHANGE if changes else Kind.SAME
    return Step(row, kind, ", ".join(changes), enrolment.learner.user, enrolment)


def _once_each(steps: list[Step]) -> list[Step]:
    """A person whom two lines name differently (by user name and by e-mail address) counts by the first."""
    seen: dict[int, int] = {}
    for number, step in enumerate(steps):
        if step.user is None or step.kind == Kind.WRONG:
            continue
        if step.user.pk in seen:
            words = _("The same person stands in line %d.") % seen[step.user.pk]
            steps[number] = replace(step, kind=Kind.WRONG, remark=words)
        seen.setdefault(step.user.pk, step.row.line)
    return steps
