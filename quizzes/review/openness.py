"""Which questions may be practiced. Practice shows the key at once, so it must not help in a quiz that still counts."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from lessons.models import Learner
from quizzes.models import Attempt, Quiz
from quizzes.policies.finding import base_document, rules_for
from quizzes.policies.rules import Moment, Rules
from quizzes.policies.showing import showing_of
from quizzes.policies.tries import tries_with

State = Attempt.State


def refusal(quiz: Quiz, learner: Learner | None, now: datetime) -> str:
    """Why this learner cannot practice the questions of this quiz now; "" when they can."""
    rules = rules_for(quiz, learner)
    if rules.opens_at is not None and now < rules.opens_at:
        return gettext("These questions can be practiced once their quiz is open.")
    if is_free(rules):
        return ""
    if learner is None:
        return gettext("These questions can be practiced after their quiz.")
    attempt = Attempt(quiz=quiz, learner=learner, enrolment=rules.enrolment, rules=base_document(quiz, rules))
    if not showing_of(attempt, now).key:
        return gettext("These questions can be practiced once the quiz shows its right answers.")
    states = list(tries_with(attempt).values_list("state", flat=True))
    used_up = rules.max_attempts is not None and len(states) >= rules.max_attempts
    over = rules.last_moment is not None and now >= rules.last_moment
    if State.IN_PROGRESS in states or not (used_up or over):
        return gettext("These questions can be practiced after your last try at the quiz.")
    return ""


def is_free(rules: Rules) -> bool:
    """Whether the quiz may be tried without end, at no cost, and explains every answer each time."""
    unlimited = rules.max_attempts is None and rules.penalty_percent == 0
    return unlimited and rules.key == Moment.GRADED and rules.feedback == Moment.GRADED
