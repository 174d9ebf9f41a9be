"""Who may need help. Three rules, each with what it found and where to look:

* two or more graded attempts at an assigned quiz, and none of them passed;
* the last three first predictions, in one lesson, were all wrong (predicting again does not count);
* nothing done for seven days, while an assigned quiz is open and not handed in.

They are told to the staff of a class, never to learners, and mean “have a look”, no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext, ngettext

from classes.models import Enrolment, Role
from lessons.models import Course, Lesson, Prediction
from quizzes.gradebook.activity import last_active
from quizzes.gradebook.cells import Cell, State
from quizzes.models import Quiz

FAILED_ATTEMPTS = 2
WRONG_IN_A_ROW = 3
QUIET = timedelta(days=7)


class Kind(Enum):
    FAILING = "failing"
    GUESSING = "guessing"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may be stuck, and the page of the course that it is about. Most are counted and never read, so the
    words are found when they are."""

    kind: Kind
    about: Quiz | Lesson
    count: int

    @property
    def text(self) -> str:
        values = {"count": self.count, "about": self.about}
        if self.kind == Kind.GUESSING:
            return gettext("%(count)s wrong predictions in a row in “%(about)s”") % values
        if self.kind == Kind.QUIET:
            return gettext("Nothing done for %(count)s days, and “%(about)s” is open") % values
        words = ngettext("%(count)s attempt at “%(about)s”, not passed",
                         "%(count)s attempts at “%(about)s”, none passed",
                         self.count)  # fmt: skip
        return words % values

    @property
    def url(self) -> str:
        return self.about.get_absolute_url()


@dataclass(frozen=True, slots=True)
class Signs:
    """What the rules read besides the cells: by learner, when they last did something and in which lessons they
    predicted wrong."""

    last_active: Mapping[int, datetime]
    wrong_in: Mapping[int, Sequence[Lesson]]


def signs_of(learners: QuerySet[Any], course: Course) -> Signs:
    """`learners`: a queryset of their keys. Seven queries."""
    return Signs(last_active(learners, course), lessons_predicted_wrong(learners, course))


def reasons_of(enrolment: Enrolment, cells: Sequence[Cell], signs: Signs, now: datetime) -> tuple[Reason, ...]:
    if enrolment.role != Role.LEARNER or enrolment.left_at is not None:
        return ()
    failed = (cell for cell in cells if cell.state == State.NOT_PASSED and cell.graded >= FAILED_ATTEMPTS)
    reasons = [Reason(Kind.FAILING, cell.assignment.quiz, cell.graded) for cell in failed]
    guessed = signs.wrong_in.get(enrolment.learner_id, ())
    reasons += [Reason(Kind.GUESSING, lesson, WRONG_IN_A_ROW) for lesson in guessed]
    due = next((cell for cell in cells if cell.is_open), None)
    last = max(enrolment.joined_at, signs.last_active.get(enrolment.learner_id, enrolment.joined_at))
    if due is not None and now - last >= QUIET:
        reasons.append(Reason(Kind.QUIET, due.assignment.quiz, (now - last).days))
    return tuple(reasons)


def lessons_predicted_wrong(learners: QuerySet[Any], course: Course) -> dict[int, list[Lesson]]:
    """By learner, the lesson in which the newest first predictions were all wrong.

    Only where they are now counts: experiments ask about misconceptions, so that nearly everybody is wrong somewhere.
    """
    first = Prediction.objects.filter(
        learner__in=learners, experiment__lesson__course=course, round=1, right__isnull=False
    )
    newest_first: Any = {"partition_by": F("learner"), "order_by": F("pk").desc()}
    counted = first.annotate(
        count=Window(RowNumber(), **newest_first),
        wrong=Window(Count("pk", filter=Q(right=False)), **newest_first),
        lowest=Window(Min("experiment__lesson"), **newest_first),
        highest=Window(Max("experiment__lesson"), **newest_first),
    )
    stuck = counted.filter(count=WRONG_IN_A_ROW, wrong=WRONG_IN_A_ROW, lowest=F("highest")).order_by()
    lessons = Lesson.objects.filter(course=course).select_related("course").in_bulk()
    found: dict[int, list[Lesson]] = defaultdict(list)
    for learner, lesson in sorted(stuck.values_list("learner", "experiment__lesson")):
        found[learner].append(lessons[lesson])
    return found
