"""What the pages of a class show of its quizzes: where staff look, and what learners have to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from classes.entries import Due, Entry
from classes.models import CourseClass, Enrolment, Role
from lessons.models import Learner, Status
from quizzes.assigning.planning import assignments_of
from quizzes.gradebook.cells import Cell, State, attempts_of, cells_of, window
from quizzes.models import Assignment, Attempt, Policy
from quizzes.policies.showing import without_points


def class_entries(sender: Any, course_class: CourseClass, role: Role, **_: Any) -> list[Entry]:
    """Receiver of classes.signals.class_page_asked: staff are led to the gradebook, learners to their grades."""
    if role == Role.LEARNER:
        summary = gettext("Every attempt, and how its score came about")
        return [Entry(gettext("Your grades"), f"{reverse('me')}#grades", summary)]
    count = Assignment.objects.filter(course_class=course_class).count()
    assigned = ngettext("%(count)s quiz is assigned", "%(count)s quizzes are assigned", count) % {"count": count}
    people = Enrolment.objects.people().filter(course_class=course_class)
    graded = attempts_of(people).filter(state=Attempt.State.GRADED).count()
    summary = ngettext("%(count)s attempt is graded", "%(count)s attempts are graded", graded) % {"count": graded}
    return [
        Entry(gettext("Gradebook"), reverse("class_gradebook", args=[course_class.pk]), summary),
        Entry(
            gettext("Assignments"),
            reverse("class_assignments", args=[course_class.pk]),
            assigned if count else gettext("Start here: nothing is assigned yet"),
        ),
    ]


def person_entries(sender: Any, enrolment: Enrolment, **_: Any) -> list[Entry]:
    """Receiver of classes.signals.person_page_asked."""
    address = reverse("class_learner", args=[enrolment.course_class_id, enrolment.pk])
    return [Entry(gettext("Work and grades"), address, gettext("Attempts, predictions, practice, activity"))]


def due(sender: Any, course_classes: Sequence[CourseClass], learner: Learner, now: datetime, **_: Any) -> list[Due]:
    """Receiver of classes.signals.due_asked: what is open, what will be, what is done; not what was missed."""
    own = Enrolment.objects.active().filter(course_class__in=course_classes, learner=learner, role=Role.LEARNER)
    found = []
    for enrolment in own.select_related("course_class"):
        assigned = assignments_of(enrolment.course_class).filter(quiz__status=Status.PUBLISHED)
        mine = Enrolment.objects.filter(pk=enrolment.pk).select_related("learner__user")
        for _enrolment, cells in cells_of(tuple(assigned), mine, now):
            found += [due_of(enrolment.course_class, cell, now) for cell in cells if is_due(cell, now)]
    return found


def is_due(cell: Cell, now: datetime) -> bool:
    closed = cell.closes_at is not None and cell.closes_at <= now
    return not closed or cell.score is not None or cell.state == State.IN_PROGRESS


def due_of(course_class: CourseClass, cell: Cell, now: datetime) -> Due:
    quiz, moments = cell.assignment.quiz, window(cell.assignment, cell.enrolment, cell.extension)
    state, done, failed = standing(cell, now)
    late = moments.closes_at is not None and moments.closes_at <= now
    if late and not done:
        state = ", ".join(filter(None, (state, gettext("late"))))
    return Due(
        course_class=course_class,
        title=str(quiz),
        url=quiz.get_absolute_url(),
        due_at=moments.last_moment if late else moments.closes_at,
        state=state,
        done=done,
        failed=failed,
        opens_at=moments.opens_at if cell.state == State.NOT_OPEN else None,
    )


class Standing(NamedTuple):
    """A word, whether there is nothing left to do, and whether that is because it was not passed."""

    state: str
    done: bool
    failed: bool = False


def standing(cell: Cell, now: datetime) -> Standing:
    """It says no more of the points than the learner may see."""
    if cell.score is None:
        untouched = cell.state in (State.NOT_STARTED, State.NOT_OPEN)
        return Standing("" if untouched else str(cell.state.label), done=cell.state == State.WAITING)
    closed = cell.closes_at is not None and cell.closes_at <= now
    policy = cell.assignment.policy or cell.assignment.quiz.policy
    at_once = policy is None or policy.feedback == Policy.Moment.GRADED
    if not at_once and without_points(cell.assignment.quiz, [cell.score.attempt], now):
        return Standing(gettext("handed in"), done=True)
    under_way = any(attempt.state == Attempt.State.IN_PROGRESS for attempt in cell.attempts)
    used_up = closed or (cell.tries_left == 0 and not under_way)
    passed = cell.state == State.PASSED
    return Standing(str(cell.state.label), done=passed or used_up, failed=used_up and cell.state == State.NOT_PASSED)
