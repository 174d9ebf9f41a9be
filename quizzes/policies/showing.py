"""What a learner may see of a graded attempt: points, and the key with its explanations; and when the rest shows.

“Closed” means closed for everybody in the class, extensions and running attempts with extra time included: a key that
one learner reads must help no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext

from lessons.time_zones import in_words
from quizzes.models import Attempt, Extension, Quiz
from quizzes.policies.finding import class_rules, rules_of
from quizzes.policies.rules import Moment, Rules
from quizzes.policies.tries import tries_with

State = Attempt.State


@dataclass(frozen=True, slots=True)
class Showing:
    """`key`: right answers and explanations. `notes`: for each thing that is hidden a sentence that says until when."""

    points: bool
    key: bool
    notes: tuple[str, ...] = ()


EVERYTHING = Showing(points=True, key=True)  # for instructors


def showing_of(attempt: Attempt, now: datetime) -> Showing:
    rules = rules_of(attempt)
    points = reached(rules.feedback, attempt, rules, now)
    key = points and reached(rules.key, attempt, rules, now)
    return Showing(points, key, tuple(notes(attempt, rules, points=points, key=key)))


def notes(attempt: Attempt, rules: Rules, *, points: bool, key: bool) -> Iterable[str]:
    """For what does not show, until when."""
    if not points:
        yield note(gettext("Points"), rules.feedback, attempt, rules)
    if not key:
        later = rules.key if points or rules.key != Moment.GRADED else rules.feedback
        yield note(gettext("Right answers and explanations"), later, attempt, rules)


def announced(quiz: Quiz, rules: Rules) -> tuple[str, ...]:
    """The same of an attempt that is not begun yet: what will not show as soon as it is graded."""
    attempt = Attempt(quiz=quiz, enrolment=rules.enrolment)
    at_once = {"points": rules.feedback == Moment.GRADED, "key": rules.feedback == rules.key == Moment.GRADED}
    return tuple(notes(attempt, rules, **at_once))


def without_points(quiz: Quiz, attempts: Iterable[Attempt], now: datetime) -> set[int]:
    """The keys of those attempts whose points do not show yet. Costs nothing more where all show at once."""
    moments: dict[int | None, Moment] = {}
    hidden = set()
    for attempt in attempts:
        if attempt.enrolment_id not in moments:
            moments[attempt.enrolment_id] = class_rules(quiz, attempt.enrolment).feedback
        if moments[attempt.enrolment_id] != Moment.GRADED and not showing_of(attempt, now).points:
            hidden.add(attempt.pk)
    return hidden


def reached(moment: Moment, attempt: Attempt, rules: Rules, now: datetime) -> bool:
    if moment in (Moment.GRADED, Moment.NEVER):
        return moment == Moment.GRADED
    closed_at = closed_for_all(attempt, rules)
    if closed_at is not None and now >= closed_at:
        return True
    return moment == Moment.LAST_TRY and was_last_try(attempt, rules)


def was_last_try(attempt: Attempt, rules: Rules) -> bool:
    """Whether the learner has used all tries, and none of them is still under way."""
    if rules.max_attempts is None:
        return False
    states = list(tries_with(attempt).values_list("state", flat=True))
    return State.IN_PROGRESS not in states and len(states) >= rules.max_attempts


def closed_for_all(attempt: Attempt, rules: Rules) -> datetime | None:
    """From when nobody in the class can work on the quiz any more; None: that never comes."""
    closed_at, enrolment = rules.last_moment, attempt.enrolment
    if closed_at is None or enrolment is None:
        return closed_at
    of_class = {"enrolment__course_class": enrolment.course_class_id, "quiz": attempt.quiz_id}
    extended = Extension.objects.filter(**of_class).aggregate(last=Max("closes_at"))["last"]
    running = Attempt.objects.filter(state=State.IN_PROGRESS, **of_class).aggregate(last=Max("deadline_at"))["last"]
    return max(moment for moment in (closed_at, extended, running) if moment is not None)


def note(what: str, moment: Moment, attempt: Attempt, rules: Rules) -> str:
    """Until when something is hidden, in words for the learner."""
    if moment == Moment.NEVER:
        return gettext("{what} are not shown for this quiz.").format(what=what)
    closed_at = closed_for_all(attempt, rules)
    if closed_at is None and moment == Moment.LAST_TRY and rules.max_attempts is not None:
        return gettext("{what} are shown after your last try.").format(what=what)
    if closed_at is None:
        return gettext("{what} are shown once the quiz is closed; no date is set for that yet.").format(what=what)
    if moment == Moment.LAST_TRY and rules.max_attempts is not None:
        words = gettext("{what} are shown after your last try, at the latest on {moment}.")
    else:
        words = gettext("{what} are shown on {moment}.")
    return words.format(what=what, moment=in_words(closed_at))
